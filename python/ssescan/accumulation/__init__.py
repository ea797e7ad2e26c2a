"""From the events of a stream to the final object: pure functions, which helpers, tool loops and batches share."""
