"""The parts that are missing of the client of the `openai` package, and what to use instead."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module

__all__ = ["LEFT_OUT", "find_name", "missing_attribute"]

#: Path of a group or a method below the client -> what it is for. A test compares this table with the `openai` package.
LEFT_OUT: Mapping[str, str] = {
    "admin": "administration of an organization",
    "beta.chatkit": "ChatKit",
    "beta.realtime": "sent over WebSocket",
    "beta.responses": "the beta version of Responses; see `client.responses`",
    "containers": "containers of the code interpreter",
    "content_provenance_checks": "judging content",
    "decisions": "judging content",
    "evals": "evaluations",
    "fine_tuning": "fine-tuning",
    "live": "sent over WebSocket",
    "realtime": "sent over WebSocket",
    "responses.connect": "sent over WebSocket",
    "safety": "administration of an organization",
    "skills": "skills",
    "videos": "videos",
    "webhooks": "signatures of webhooks",
}


def _missing(path: str, reason: str) -> str:
    """Return the message for a group or a method that is missing."""
    return (
        f"ssescan has no `{path}` ({reason}). Call its URL with `client.get` or `client.post`, or use the `openai` "
        "package for it."
    )


def missing_attribute(owner: object, path: str, name: str) -> AttributeError:
    """Return the exception for an attribute that a client or a group does not have.

    Args:
        owner: The client, or the group.
        path: The path of the group below the client; empty for the client.
        name: The name of the attribute.
    """
    path = f"{path}.{name}".lstrip(".")
    if path in LEFT_OUT:
        return AttributeError(_missing(f"client.{path}", LEFT_OUT[path]), name=name, obj=owner)
    return AttributeError(f"{type(owner).__name__!r} object has no attribute {name!r}", name=name, obj=owner)


#: Names of version 0 of the `openai` package -> what replaced each.
OLD_NAMES: Mapping[str, str] = {
    "Audio": "client.audio.transcriptions.create",
    "ChatCompletion": "client.chat.completions.create",
    "Completion": "client.completions.create",
    "Deployment": "client.models.list",
    "Edit": "client.chat.completions.create",
    "Embedding": "client.embeddings.create",
    "File": "client.files.create",
    "FineTune": "client.post",
    "FineTuningJob": "client.post",
    "Image": "client.images.generate",
    "Model": "client.models.list",
    "Moderation": "client.moderations.create",
}


def find_name(name: str) -> object:
    """Return an async class or a private module of the package, by name.

    Raises:
        AttributeError: There is no such name.
    """
    package = __package__
    if name.startswith("_") and not name.startswith("__"):
        try:
            return import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":
                raise
    elif name in OLD_NAMES:
        raise _no_attribute(f"`openai.{name}` was removed in version 1. Use `{OLD_NAMES[name]}`.", name)
    elif name in LEFT_OUT:
        raise _no_attribute(_missing(f"openai.{name}", LEFT_OUT[name]), name)
    from ._async import async_names

    return async_names(package)(name)


def _no_attribute(message: str, name: str) -> AttributeError:
    return AttributeError(message, name=name, obj=sys.modules[__package__])
