"""The same small program run with `openai` and with `ssescan.openai`, against the same scripted server.

A case is a row: a program, what the server plays for it, and in which way the two may differ, if they may::

    Row("chat", lambda it: it.client().chat.completions.create(...), plays=(answer({...}),), differs=("accept",))

What is compared is what left the process (`requests`) and what the program saw (`result`, `error`, `warnings`, `logs`).
A difference has a name, which is a heading in docs/explanation/differences.md, and says which of these it shows in. A row that names
one must show it: when it has gone away, the row fails.
"""

from __future__ import annotations

import importlib
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, get_args, get_origin
from urllib.parse import parse_qsl, urlsplit

import pytest

from faultserver import Answer, FaultServer, Request, Script, head, length

__all__ = ["Row", "SDK", "Sight", "answer", "names_of", "seen_by", "shown"]

#: What every request has, and what is of the library or of the connection.
NOT_COMPARED = {
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "host",
    "user-agent",
    "x-stainless-package-version",
}


@dataclass(frozen=True)
class Row:
    """A program, and the script of each answer; the last one serves all further requests."""

    name: str
    program: Callable[[SDK], Any]
    plays: tuple[Script | Answer, ...] = ()
    #: Differences by name, and the parts of what was seen that they show in.
    differs: dict[str, str] = field(default_factory=dict)
    environ: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SDK:
    """One of the two, for a program: `it.openai` is the package, `it.client()` its client of the server."""

    package: str
    server: FaultServer

    @property
    def openai(self) -> Any:
        return importlib.import_module(self.package)

    @property
    def url(self) -> str:
        return f"{self.server.origin}/v1"

    def load(self, path: str) -> Any:
        """A module below the package: `types.beta.threads`."""
        return importlib.import_module(f"{self.package}.{path}")

    def client(self, **options: Any) -> Any:
        return self.openai.OpenAI(**{"api_key": "sk-secret", "base_url": self.url, **options})

    def azure(self, **options: Any) -> Any:
        given = {"api_key": "az-secret", "api_version": "2024-10-21", "azure_endpoint": self.server.origin}
        return self.openai.AzureOpenAI(**{**given, **options})


@dataclass
class Sight:
    """What came of a program."""

    requests: list[Any]
    result: Any = None
    error: Any = None
    warnings: list[str] = field(default_factory=list)
    slept_s: list[float] = field(default_factory=list)


def answer(body: Any, *headers: str, status: str = "200 OK", kind: str | None = "application/json") -> Script:
    """A whole answer that is no stream."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return (head(length(len(content)), *headers, status=status, kind=kind), content)


def seen_by(package: str, row: Row, server: FaultServer, monkeypatch: pytest.MonkeyPatch) -> Sight:
    """Runs the program of `row` with a package."""
    server.requests.clear()
    server.play_each(*(row.plays or (answer({}),)))
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    for name, value in row.environ.items():
        monkeypatch.setenv(name, value.replace("ORIGIN", server.origin).replace("HOST", f"127.0.0.1:{server.port}"))
    sight, made = Sight([]), clients_of(package, monkeypatch)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            sight.result = shown(row.program(SDK(package, server)))
        except Exception as error:
            sight.error = shown(error)
        for client in made:
            client.close()
    sight.requests = [_request(request) for request in server.requests]
    sight.warnings = sorted({str(it.message) for it in caught if it.category is DeprecationWarning})
    sight.slept_s = [round(seconds, 3) for seconds in slept]
    return sight


def clients_of(package: str, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The clients that the package makes from now on."""
    cls, made = importlib.import_module(package).OpenAI, []
    init = cls.__init__

    def noted(client: Any, *args: Any, **options: Any) -> None:
        init(client, *args, **options)
        made.append(client)

    monkeypatch.setattr(cls, "__init__", noted)
    return made


def _request(request: Request) -> Any:
    url = urlsplit(request.path)
    try:
        body = json.loads(request.body) if request.body else None
    except ValueError:
        body = request.body
    headers = {name: value for name, value in request.headers.items() if name not in NOT_COMPARED}
    kind, _, boundary = headers.get("content-type", "").partition("; boundary=")
    if boundary:  # it is random, and the order of the parts means nothing
        headers["content-type"], body = kind, sorted(request.body.split(b"--" + boundary.encode()))
    return {
        "method": request.method,
        "asked of a proxy": url.netloc,
        "path": url.path,
        "query": sorted(parse_qsl(url.query, keep_blank_values=True)),
        "body": body,
        "keys": list(body) if isinstance(body, dict) else None,
        "headers": headers,
    }


def shown(value: Any) -> Any:
    """A value without what is of the package: models by class name and content, exceptions by what they tell."""
    if isinstance(value, BaseException):
        return _error(value)
    if hasattr(value, "to_dict"):
        return [
            type(value).__name__.partition("[")[0],
            _plain(value.to_dict()),
            _plain(value.model_dump()),
            _extra(value),
        ]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if value is None or isinstance(value, (str, int, float, bytes)):
        return value
    return f"<{type(value).__name__}>"


def _extra(model: Any) -> Any:
    return [getattr(model, "_request_id", None), sorted(model.model_fields_set - {*(model.model_extra or ())})]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value), parse_constant=str)  # NaN is not equal to itself


#: What a program may ask an exception for.
TOLD = ("message", "body", "code", "param", "type", "status_code", "request_id")


def _error(error: BaseException) -> Any:
    told = {name: shown(getattr(error, name)) for name in TOLD if getattr(error, name, None) is not None}
    bases = [cls.__name__ for cls in type(error).__mro__ if cls.__name__ in PUBLIC]
    response, request = getattr(error, "response", None), getattr(error, "request", None)
    if response is not None:
        told["response"] = [response.status_code, response.headers.get("X-Request-Id"), response.request.method]
        told["body"] = [shown(error.body), response.text, response.content]  # type: ignore[attr-defined]
    if request is not None:
        told["request"] = [request.method, str(request.url), request.content or b""]
    return {"class": type(error).__name__, "bases": bases, "says": str(error), "told": told}


#: Exceptions that programs catch.
PUBLIC = {
    "APIConnectionError",
    "APIError",
    "APIResponseValidationError",
    "APIStatusError",
    "APITimeoutError",
    "AuthenticationError",
    "BadRequestError",
    "ConflictError",
    "InternalServerError",
    "NotFoundError",
    "OpenAIError",
    "PermissionDeniedError",
    "RateLimitError",
    "UnprocessableEntityError",
    "TypeError",
    "ValueError",
    "RuntimeError",
}


def names_of(cls: Any) -> list[str]:
    """Return the names of the classes in a class, a union or a class of streams."""
    if get_origin(cls) is None:
        return [str(getattr(cls, "__name__", cls)).partition("[")[0]]
    if get_origin(cls) is Annotated:
        return names_of(get_args(cls)[0])
    return [getattr(cls, "__name__", ""), *(name for part in get_args(cls) for name in names_of(part))]
