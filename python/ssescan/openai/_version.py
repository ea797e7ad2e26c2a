"""The version of the `openai` package that this one stands in for: programs ask it for what there is to call."""

__all__ = ["VERSION", "__title__", "__version__"]

__title__ = "openai"
VERSION = __version__ = "3.54.0"
