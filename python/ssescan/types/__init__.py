"""Event classes of other providers, under the provider's own names: `anthropic`, `gemini` and `cohere`."""
