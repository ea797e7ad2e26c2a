"""The version, under the names that the `openai` package gives it."""

from ssescan import __version__

__all__ = ["VERSION", "__title__", "__version__"]

__title__ = "openai"
VERSION = __version__
