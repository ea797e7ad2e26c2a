"""Classes of events for which the `openai` package has none."""
