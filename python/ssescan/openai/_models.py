"""`BaseModel` and `FinalRequestOptions`, under their names in the `openai` package."""

from ssescan.models import Model as BaseModel

from ._call import Call as FinalRequestOptions

__all__ = ["BaseModel", "FinalRequestOptions"]
