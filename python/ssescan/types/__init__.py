"""Event classes that the `openai` package does not have: `anthropic`, `gemini` and `cohere` under their own names, `speech`."""
