"""The version, at its module path in the `openai` package."""

from ._version import VERSION

__all__ = ["VERSION"]
