"""The endpoints, grouped as in the `openai` package."""
