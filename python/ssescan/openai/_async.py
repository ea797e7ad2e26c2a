"""The async names of the `openai` package. Programs can import, subclass, make and close these classes; calls raise.

Which names exist is in `_async_names`, which `make types` writes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

from ssescan import errors

from ._async_names import NAMES

__all__ = ["add_async_names", "async_names"]

if TYPE_CHECKING:
    # Checkers see classes without members: a call of one is a mistake.
    class AsyncAPIResponse: ...

    class AsyncAssistantEventHandler: ...

    class AsyncAzureOpenAI: ...

    class AsyncBedrockOpenAI: ...

    class AsyncClient: ...

    class AsyncComputerDriver: ...

    class AsyncComputerToolset: ...

    class AsyncOpenAI: ...

    class AsyncStream: ...

    class DefaultAioHttpClient: ...

    class DefaultAsyncHttpx2Client: ...

    class DefaultAsyncHttpxClient: ...


ROOT = __package__


def add_async_names(module: str) -> None:
    """Add its async names to a module; see `async_names`. Type checkers do not see them."""
    vars(sys.modules[module])["__getattr__"] = async_names(module)


def async_names(module: str) -> Callable[[str], Any]:
    """Return the `__getattr__` of a module, which makes the async classes of that module on first use.

    It also makes the classes of `with_raw_response` and `with_streaming_response`.
    """
    path = module.removeprefix(ROOT).removeprefix(".")
    known = NAMES.get(path, "").split()

    def find(name: str) -> Any:
        found = async_class(path, name) if name in known else _access_class(module, name)
        if found is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        setattr(sys.modules[module], name, found)
        return found

    return find


def _access_class(module: str, name: str) -> Any:
    """Return a class such as `FilesWithRawResponse` of a module that has the group; None for another name."""
    if not name.endswith(("WithRawResponse", "WithStreamingResponse")):
        return None
    sync = import_module(f"{ROOT}.resources._access").access_named(sys.modules[module], name.removeprefix("Async"))
    return sync if sync is None or not name.startswith("Async") else _plain_class(name)


def refuse(name: str) -> NoReturn:
    """Raise the error of a call that is async."""
    raise errors.OpenAIError(
        f"ssescan has no async calls: {name}. Call the sync client in a thread (`await asyncio.to_thread(...)`), or "
        "use the `openai` package for async code."
    )


def async_class(path: str, name: str) -> Any:
    """Return the async class of a module, as a class that is the same for all modules that export it."""
    if name == "AsyncAzureADTokenProvider":
        return Callable[[], Any]
    name = {"AsyncClient": "AsyncOpenAI"}.get(name, name)
    if name in CLIENTS:
        return _client_class(name)
    if path.startswith("resources"):
        home, sync = _sync_of(path, name)
        return _group_class(name, home, sync)
    return _plain_class(name)


#: Names of async clients -> path and name of the sync client whose settings they have.
CLIENTS = {
    "AsyncOpenAI": ("_client", "OpenAI"),
    "AsyncAzureOpenAI": ("lib.azure", "AzureOpenAI"),
}


class AsyncBase:
    """The base of the async classes. They take any arguments, and can be closed."""

    def __init__(self, *args: Any, **arguments: Any) -> None:
        pass

    async def __aenter__(self) -> Any:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close it. There is nothing to close."""

    aclose = close

    def __aiter__(self) -> Any:
        refuse(f"async for ... in {type(self).__name__}")

    def __class_getitem__(cls, item: Any) -> Any:
        return cls


def _refused(name: str) -> Any:
    def call(*args: Any, **arguments: Any) -> NoReturn:
        refuse(name)

    call.__name__ = call.__qualname__ = name.rpartition(".")[2]
    return call


@cache
def _plain_class(name: str) -> Any:
    """Return a class without a sync counterpart that has settings: streams, responses, HTTP clients, handlers."""
    members = {"__doc__": f"`{name}` of the `openai` package. It can be made and closed; calls raise."}
    return type(name, (AsyncBase,), {**members, "__module__": ROOT, "__getattr__": _missing})


def _missing(self: Any, name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
    return _refused(f"{type(self).__name__}.{name}")


def _sync_of(path: str, name: str) -> tuple[str, Any]:
    """Return the module that defines the sync class of an async name, and that class; None if it is left out."""
    try:
        sync = getattr(import_module(f"{ROOT}.{path}"), name.replace("Async", "", 1), None)
    except ImportError:
        sync = None
    return (path if sync is None else sync.__module__), sync


@cache
def _group_class(name: str, home: str, sync: Any) -> Any:
    """Return the async class of a group of endpoints. Each method of the sync class is there, and raises."""
    members: dict[str, Any] = {"__doc__": f"The async form of `{name.replace('Async', '', 1)}`. Calls raise."}
    for base in reversed(sync.__mro__[:-1] if sync is not None else ()):
        for member, value in vars(base).items():
            if not member.startswith("_"):
                members[member] = _inner(member) if _is_property(value) else _refused(f"{name}.{member}")
    return type(name, (_Group,), {**members, "__module__": home})


def _is_property(value: Any) -> bool:
    return isinstance(value, property) or hasattr(value, "attrname")


def _inner(name: str) -> property:
    """Return the property of a group inside a group."""
    return property(lambda group: group._view(getattr(group._sync, name)))


class _Group(AsyncBase):
    """A group of endpoints.

    Args:
        client: The async client.
        sync: The sync group with the same endpoints.
    """

    def __init__(self, client: Any = None, sync: Any = None) -> None:
        self._client, self._sync = client, sync

    def _view(self, value: Any) -> Any:
        return _view(self._client, value)


def _view(client: Any, value: Any) -> Any:
    """Return an attribute of a sync client or group, as the async client has it."""
    if hasattr(type(value), "_ask"):  # a group of endpoints
        cls: Any = type(value)
        return _group_class(f"Async{cls.__name__}", cls.__module__, cls)(client, value)
    return _AnyGroup(value) if not callable(value) and hasattr(value, "_group") else value


class _AnyGroup(AsyncBase):
    """`with_raw_response` and `with_streaming_response` of an async group."""

    def __init__(self, access: Any) -> None:
        self._access = access

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._access, name)
        return _refused(name) if callable(found) else _AnyGroup(found)


@cache
def _client_class(name: str) -> Any:
    """Return an async client. Each method and group of the sync client is an attribute of the class, as tracers expect."""
    path, sync_name = CLIENTS[name]
    sync = getattr(import_module(f"{ROOT}.{path}"), sync_name)
    members: dict[str, Any] = {"__doc__": f"The async form of `{sync_name}`. It has its settings; calls raise."}
    for base in reversed(sync.__mro__[:-1]):
        for member, value in vars(base).items():
            if not member.startswith("_") and not hasattr(_AsyncClient, member):
                members[member] = _setting(member) if _is_property(value) else _refused(f"{name}.{member}")
    return type(name, (_AsyncClient,), {**members, "__module__": ROOT, "_sync_class": sync})


def _setting(name: str) -> property:
    """Return the property of a group or a setting of a client."""
    return property(
        lambda client: _view(client, getattr(client._sync, name)),
        lambda client, value: setattr(client._sync, name, value),
    )


class _AsyncClient(AsyncBase):
    """An async client: the settings of a sync client, without its calls."""

    _sync_class: Any

    def __init__(self, *, http_client: Any = None, **settings: Any) -> None:
        self._sync = self._sync_class(**settings)

    def copy(self, *, http_client: Any = None, **settings: Any) -> Any:
        """Return a client with other settings."""
        copied = object.__new__(type(self))
        copied._sync = self._sync.copy(**settings)
        return copied

    with_options = copy

    def is_closed(self) -> bool:
        """Return whether the client was closed."""
        return bool(self._sync.is_closed())

    async def close(self) -> None:
        """Close the client."""
        self._sync.close()

    aclose = close

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_sync":
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return _view(self, getattr(self._sync, name))
