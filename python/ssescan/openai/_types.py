"""Markers for arguments that are not sent (`None` is sent, as null), and names for the types of arguments."""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from typing import IO, Any, Iterable, Literal, Mapping, Optional, Sequence, Tuple, TypeVar, Union

__all__ = [
    "NOT_GIVEN",
    "Base64FileInput",
    "BinaryTypes",
    "Body",
    "DataResidency",
    "FileContent",
    "FileTypes",
    "Headers",
    "NotGiven",
    "Omit",
    "Query",
    "RequestFiles",
    "ResponseT",
    "SequenceNotStr",
    "not_given",
    "omit",
]


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
#: The class of the result of a call.
ResponseT = TypeVar("ResponseT")
#: Items in order. In `openai`, checkers refuse a str here.
SequenceNotStr = Sequence
RequestOptions = Mapping[str, Any]
#: Regions of OpenAI's own API.
DataResidency = Literal["global", "us", "eu", "ae", "au", "in", "jp"]
#: A body that is sent as it is.
BinaryTypes = Union[bytes, bytearray, IO[bytes], Iterable[bytes]]
#: A file of a multipart body: its content, or a tuple of name, content, media type and headers.
FileContent = Union[IO[bytes], bytes, PathLike[str]]
FileTypes = Union[
    FileContent,
    Tuple[Optional[str], FileContent],
    Tuple[Optional[str], FileContent, Optional[str]],
    Tuple[Optional[str], FileContent, Optional[str], Mapping[str, str]],
]
#: The files of a multipart body, with their names.
RequestFiles = Union[Mapping[str, FileTypes], Sequence[Tuple[str, FileTypes]]]
#: A file whose content is sent as base64 inside JSON.
Base64FileInput = Union[IO[bytes], PathLike[str]]


def __getattr__(name: str) -> Any:
    """Return `Timeout`, which programs import from here. The types of arguments and models need nothing of the client."""
    if name == "Timeout":
        return import_module(f"{__package__}._timeout").Timeout
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
