"""`BaseModel`: the base of the models, under its name in the `openai` package."""

from ssescan.models import Model as BaseModel

__all__ = ["BaseModel"]
