"""Markers for arguments that are not sent (`None` is sent, as null), and names for the types of arguments."""

from __future__ import annotations

from typing import Any, Literal, Mapping, Union

__all__ = ["NOT_GIVEN", "Body", "DataResidency", "Headers", "NotGiven", "Omit", "Query", "not_given", "omit"]


class NotGiven:
    """The type of `not_given`: the argument was not passed, so the default applies."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "NOT_GIVEN"


class Omit:
    """The type of `omit`: the argument, or a default header, is not sent."""

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "omit"


not_given = NOT_GIVEN = NotGiven()
omit = Omit()

#: Headers of one call; `omit` removes one.
Headers = Mapping[str, Union[str, Omit]]
Query = Mapping[str, object]
Body = object
NoneType = type(None)
RequestOptions = Mapping[str, Any]
#: Regions of OpenAI's own API.
DataResidency = Literal["global", "us", "eu", "ae", "au", "in", "jp"]
