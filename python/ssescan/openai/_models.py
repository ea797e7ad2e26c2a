"""The base of the models, under the name that the `openai` package gives it."""

from ssescan.models import Model as BaseModel

__all__ = ["BaseModel"]
