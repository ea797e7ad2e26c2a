"""The version, where the `openai` package has it."""

from ._version import VERSION

__all__ = ["VERSION"]
