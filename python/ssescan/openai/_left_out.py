"""The groups of endpoints of the `openai` package that are missing here, and what to use instead."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module

__all__ = ["LEFT_OUT", "LEFT_OUT_OF_BETA", "missing_attribute", "find_name", "missing_group"]

#: Group of a client -> the reason. Tests compare this table with the `openai` package.
LEFT_OUT: Mapping[str, str] = {
    "admin": "administration of an organization",
    "containers": "containers of the code interpreter",
    "content_provenance_checks": "judging content",
    "decisions": "judging content",
    "evals": "evaluations",
    "fine_tuning": "fine-tuning",
    "live": "sent over WebSocket",
    "realtime": "sent over WebSocket",
    "safety": "administration of an organization",
    "skills": "skills",
    "videos": "videos",
    "webhooks": "checking the signatures of webhooks",
}
#: Group of `client.beta` -> the reason.
LEFT_OUT_OF_BETA: Mapping[str, str] = {
    "chatkit": "ChatKit",
    "realtime": "sent over WebSocket",
    "responses": "the beta version of Responses; use `client.responses`",
}


def missing_group(path: str, reason: str) -> str:
    """Return the message for a group that is missing."""
    return (
        f"ssescan has no `{path}` ({reason}). Call its URL with `client.get` or `client.post`, or use the `openai` "
        "package for it."
    )


def missing_attribute(owner: object, name: str, path: str, table: Mapping[str, str]) -> AttributeError:
    """Return the exception for an attribute that `owner` does not have.

    Args:
        owner: A client, or a group.
        name: The name of the attribute.
        path: How a program writes `owner`.
        table: The groups that are missing.
    """
    if name in table:
        return AttributeError(missing_group(f"{path}.{name}", table[name]), name=name, obj=owner)
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
        raise _no_attribute(missing_group(f"openai.{name}", LEFT_OUT[name]), name)
    from ._async import async_names

    return async_names(package)(name)


def _no_attribute(message: str, name: str) -> AttributeError:
    return AttributeError(message, name=name, obj=sys.modules[__package__])
