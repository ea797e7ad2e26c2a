"""Helpers on top of the endpoints: accumulated streams, parsed answers, the tool loop, resumed responses, Azure."""
