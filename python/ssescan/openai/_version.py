"""The version of the `openai` package that this client follows. Programs check it for supported calls."""

__all__ = ["VERSION", "__title__", "__version__"]

__title__ = "openai"
VERSION = __version__ = "3.57.0"
