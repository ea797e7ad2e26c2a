"""What the `openai` package has beside its endpoints."""
