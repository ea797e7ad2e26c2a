"""The parts of a dialect: its rows, and what they are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

from ssescan._signatures import readable_signature

__all__ = ["UNSET", "Channel", "Condition", "Finish", "PresentKey", "Reason", "Row", "Text", "Unless", "When"]


@readable_signature
class When(NamedTuple):
    """A condition on the value at a path.

    Attributes:
        path: The path of the value. If it leads to several values, the condition holds if it holds for one of them.
        value: A string, or a tuple of strings: the value must be one of them. Integers, true and false in the event are
            compared as they are in JSON, so write "1" or "false" for them. True: the value must be truthy, as in Python.
            None: the value must not be null or an empty string. A missing value is null.
        ignore_case: Whether strings are compared without regard to case.
    """

    path: str
    value: str | tuple[str, ...] | Literal[True] | None = None
    ignore_case: bool = False


@readable_signature
class Unless(NamedTuple):
    """The opposite of `When`: it holds if `When` with the same arguments does not.

    Attributes:
        path: The path of the value.
        value: The value that it must not have; see `When`.
        ignore_case: Whether strings are compared without regard to case.
    """

    path: str
    value: str | tuple[str, ...] | Literal[True] | None = None
    ignore_case: bool = False


#: The white space of ASCII, as the core has it.
_BLANKS = " \t\n\r\f"

#: Strings that servers send as the finish reason of an answer that is not finished.
UNSET: Final = ("null", "none", "undefined")


@readable_signature
class Reason(NamedTuple):
    """A condition: the value at a path is a finish reason, which is a string that is not blank.

    Attributes:
        path: The path of the value.
        unset: Strings that are not a finish reason, in any case.
    """

    path: str
    unset: tuple[str, ...] = UNSET


#: A condition on a value of an event.
Condition: TypeAlias = When | Unless | Reason


@dataclass(frozen=True)
class Text:
    """A place where a text may be.

    Attributes:
        path: The path of the text. If it ends in `[*]`, the elements themselves are the texts.
        when: A condition on a value in the same element: its path must be the same as `path` up to the last `[*]`.
        as_json: Whether a value that is not a string is a text too: its JSON, as it was sent. Null is never a text.
    """

    path: str
    when: Condition | None = None
    as_json: bool = False


@dataclass(frozen=True)
class Channel:
    """Where a kind of text is in an event.

    Attributes:
        path: The path of the text, or a `Text`, or several of them as alternatives. They may be in different arrays. In each
            element of the innermost array that all of them go through, the first alternative with a text counts, never two.
        index: The path of the number of the choice, content part or tool call that the text belongs to, or None. Every path
            of the channel must begin like it, up to the last `[*]` of the index.
        reads_first: Whether the index that is read by default is the first one with a text, instead of that of the dialect.
            Not for the channel `text`: events and the summary read that one by the index of the dialect.
    """

    path: str | Text | tuple[str | Text, ...]
    index: str | None = None
    reads_first: bool = False

    @property
    def texts(self) -> list[Text]:
        """The alternatives, as a list."""
        alternatives = self.path if isinstance(self.path, tuple) else (self.path,)
        return [Text(one) if isinstance(one, str) else one for one in alternatives]

    @property
    def paths(self) -> list[str]:
        """The paths of the text, as a list."""
        return [text.path for text in self.texts]


@dataclass(frozen=True)
class Row:
    """The entry of a dialect for the events of one name.

    Attributes:
        cls: The name of their class in the dialect's `types`. None if they are not yielded: with `ends="mark"`, or with
            `error`. To ignore the events of a name, use `skip` of the dialect.
        channels: The texts that they may contain, by channel.
        ends: How they end the stream. None: not at all. "payload": the answer is complete, and reading continues. "mark":
            the end marker, which is not yielded. "last": the event is yielded, and nothing is read after it. "reopens": the
            answer is not complete, and an end marker does not complete it before a "payload" does.
        error: Paths at which the error object may be ("" is the payload itself, which may be plain text). The events are
            errors of the server. They are yielded only if `ends` is "last".
        fails: The path of the error of an answer that failed. Iteration does not raise it, readers do.
        usage: The path of the token counts, or several paths that end in the same key. The first one with a value counts.
        when: A condition, or several that must all hold. A name with several rows uses the first row whose conditions hold;
            its last row must have no condition.
        whole: True if the event contains the whole answer. For a whole part of it the paths of the values that identify the
            part. Such a row applies only if its text did not come before: in an event of another name, in pieces, or in an
            event for the same part. Else the next row of the name does.
    """

    cls: str | None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    ends: Literal["payload", "mark", "last", "reopens"] | None = None
    error: tuple[str, ...] | None = None
    fails: str | None = None
    usage: str | tuple[str, ...] | None = None
    when: Condition | tuple[Condition, ...] = ()
    whole: bool | tuple[str, ...] = False

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The conditions, as a tuple."""
        return (self.when,) if isinstance(self.when, (When, Unless, Reason)) else self.when


@dataclass(frozen=True)
class Finish:
    """How payloads say that an answer is complete: there was a finish reason at `path`, for every value seen at `each`.

    A finish reason is a string that is not blank. Null, numbers and objects are not finish reasons. `[DONE]` does not complete
    an answer with such a number or object, unless its finish reasons do.

    Attributes:
        path: The path of the finish reason.
        each: The path of the number of the choice; None if a stream has one answer only.
        fails: Finish reasons of an answer that failed, in any case. Iteration does not raise it, readers do.
        error: The path of an error of a choice, or several paths. An error there means the same.
        unset: Strings that are not a finish reason, in any case.
    """

    path: str
    each: str | None = None
    fails: tuple[str, ...] = ()
    error: str | tuple[str, ...] = ()
    unset: tuple[str, ...] = UNSET

    @property
    def errors(self) -> tuple[str, ...]:
        """The paths of errors, as a tuple."""
        return (self.error,) if isinstance(self.error, str) else self.error

    def has_failed(self, value: object) -> bool:
        """Return whether this finish reason means that the answer failed."""
        return isinstance(value, str) and value.lower() in map(str.lower, self.fails)

    def reason(self, value: object) -> str | None:
        """Return the value if it is a finish reason, else None."""
        if not isinstance(value, str) or not (word := value.strip(_BLANKS).lower()):
            return None
        return None if word in map(str.lower, self.unset) else value


@dataclass(frozen=True)
class PresentKey:
    """The name of an event is a key that is there: the first key that names a row and whose value is not null.

    Attributes:
        path: The keys of the object that has the key, joined by dots; "" is the payload itself.
    """

    path: str = ""
