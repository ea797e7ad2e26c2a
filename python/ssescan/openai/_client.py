"""`OpenAI`: the client."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Mapping, TypedDict, get_args

from ssescan import errors

from ._base_client import BaseClient, merged_headers
from ._types import DataResidency, NotGiven, Omit, not_given

if TYPE_CHECKING:
    from typing_extensions import Self

    from ._endpoints import Call
    from ._response import RawAccess, StreamingAccess
    from .resources.beta import Beta
    from .resources.chat import Chat
    from .resources.completions import Completions
    from .resources.models import Models
    from .resources.responses import Responses

__all__ = ["Client", "CopyOptions", "OpenAI"]

DEFAULT_BASE_URL = "https://api.openai.com/v1"


class CopyOptions(TypedDict, total=False):
    """What every kind of client takes, when it is made or copied."""

    admin_api_key: str | None
    organization: str | None
    project: str | None
    webhook_secret: str | None
    websocket_base_url: str | None
    timeout: Any
    default_headers: Mapping[str, str] | None
    http_client: Any


class OpenAI(BaseClient):
    """A client of OpenAI's API, or of a server that speaks it. Thread-safe.

    What is not given is taken from the environment: `api_key` (OPENAI_API_KEY; a callable is asked before every
    request), `admin_api_key` (OPENAI_ADMIN_KEY), `organization` (OPENAI_ORG_ID), `project` (OPENAI_PROJECT_ID),
    `base_url` (OPENAI_BASE_URL), headers (OPENAI_CUSTOM_HEADERS: lines of `Name: value`).

    `timeout`: a number of seconds, a `Timeout`, `ssescan.Timeouts`, or None. `max_retries`: further tries of a request
    that got no good response. `http_client`: a urllib3 `PoolManager` of the caller's, which is not closed.

    Raises `OpenAIError` if there is no credential.
    """

    api_key: str

    def __init__(
        self,
        *,
        api_key: str | Callable[[], str] | None = None,
        admin_api_key: str | None = None,
        workload_identity: None = None,
        organization: str | None = None,
        project: str | None = None,
        webhook_secret: str | None = None,
        provider: None = None,
        base_url: str | NotGiven | None = not_given,
        data_residency: DataResidency | None = None,
        websocket_base_url: str | None = None,
        timeout: Any = not_given,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, object] | None = None,
        http_client: Any = None,
        _strict_response_validation: bool = False,
        _enforce_credentials: bool = True,
    ) -> None:
        _refuse(workload_identity, provider)
        api_key = _of(api_key, "OPENAI_API_KEY")
        self._api_key_provider = api_key if callable(api_key) else None
        self.api_key = "" if callable(api_key) else api_key or ""
        self.admin_api_key = _of(admin_api_key, "OPENAI_ADMIN_KEY")
        if _enforce_credentials and not self.api_key and not callable(api_key) and self.admin_api_key is None:
            raise errors.OpenAIError(
                "Missing credentials. Please pass an `api_key`, `workload_identity`, `admin_api_key`, or set the "
                "`OPENAI_API_KEY` or `OPENAI_ADMIN_KEY` environment variable."
            )
        self.organization = _of(organization, "OPENAI_ORG_ID")
        self.project = _of(project, "OPENAI_PROJECT_ID")
        self.webhook_secret = _of(webhook_secret, "OPENAI_WEBHOOK_SECRET")
        self.websocket_base_url = websocket_base_url
        super().__init__(
            base_url=_of(_base_url(base_url, data_residency, websocket_base_url), "OPENAI_BASE_URL")
            or DEFAULT_BASE_URL,
            timeout=timeout,
            max_retries=max_retries,
            default_headers={**_headers_of_environment(default_headers or {}), **(default_headers or {})},
            default_query=default_query,
            http_client=http_client,
            _strict_response_validation=_strict_response_validation,
        )

    # Credentials

    @property
    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    def _refresh_api_key(self) -> str:
        if self._api_key_provider is not None:
            # Another thread may refresh it as well: this request keeps what it was given.
            self.api_key = key = self._api_key_provider()
            return key
        return self.api_key

    def _auth_headers(self, call: Call) -> dict[str, Any]:
        key = self._refresh_api_key()
        auth: dict[str, Any] = {"Authorization": f"Bearer {key}"} if key else {}
        for name, value in (("OpenAI-Organization", self.organization), ("OpenAI-Project", self.project)):
            if value is not None:
                auth[name] = value
        return auth

    def _check_auth(self, headers: Mapping[str, Any], call: Call) -> None:
        if "authorization" not in headers and not _omits(call.headers, "authorization"):
            raise TypeError(
                "Could not resolve authentication method. Expected either api_key or admin_api_key to be set. "
                "Or for the `Authorization` header to be explicitly omitted."
            )

    # Other clients like this one

    def copy(
        self,
        *,
        api_key: str | Callable[[], str] | None = None,
        admin_api_key: str | None = None,
        workload_identity: None = None,
        provider: NotGiven | None = not_given,
        organization: str | None = None,
        project: str | None = None,
        webhook_secret: str | None = None,
        websocket_base_url: str | None = None,
        base_url: str | NotGiven | None = not_given,
        data_residency: DataResidency | None = None,
        timeout: Any = not_given,
        http_client: Any = None,
        max_retries: int | NotGiven = not_given,
        default_headers: Mapping[str, str] | None = None,
        set_default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, object] | None = None,
        set_default_query: Mapping[str, object] | None = None,
        _enforce_credentials: bool | None = None,
        _extra_kwargs: Mapping[str, Any] = {},  # noqa: B006
    ) -> Self:
        """A client like this one but for what is given, over the same connections.

        `default_headers` and `default_query` are added; `set_default_headers`, `set_default_query` replace.
        """
        _refuse(workload_identity, provider)
        if base_url is None:
            base_url = not_given
        url = _base_url(base_url, data_residency, websocket_base_url)
        return type(self)(
            api_key=api_key or self._api_key_provider or self.api_key,
            admin_api_key=admin_api_key or self.admin_api_key,
            organization=organization or self.organization,
            project=project or self.project,
            webhook_secret=webhook_secret or self.webhook_secret,
            websocket_base_url=websocket_base_url or self.websocket_base_url,
            base_url=url or self.base_url,
            timeout=self.timeout if isinstance(timeout, NotGiven) else timeout,
            http_client=http_client or self._transport,
            max_retries=self.max_retries if isinstance(max_retries, NotGiven) else max_retries,
            default_headers=_added("headers", self._custom_headers, default_headers, set_default_headers),
            default_query=_added("query", self._custom_query, default_query, set_default_query),
            _enforce_credentials=_enforce_credentials is not False,
            **_extra_kwargs,
        )

    with_options = copy

    # Groups of endpoints

    @property
    def with_raw_response(self) -> RawAccess:
        """This client, its calls giving the responses: `LegacyAPIResponse`, with headers and `parse()`."""
        from ._response import RawAccess

        return RawAccess(self)

    @property
    def with_streaming_response(self) -> StreamingAccess:
        """The same in `with` blocks, and with nothing of the bodies read: `APIResponse`."""
        from ._response import StreamingAccess

        return StreamingAccess(self)

    @cached_property
    def beta(self) -> Beta:
        from .resources.beta import Beta

        return Beta(self)

    @cached_property
    def chat(self) -> Chat:
        from .resources.chat import Chat

        return Chat(self)

    @cached_property
    def completions(self) -> Completions:
        from .resources.completions import Completions

        return Completions(self)

    @cached_property
    def models(self) -> Models:
        from .resources.models import Models

        return Models(self)

    @cached_property
    def responses(self) -> Responses:
        from .resources.responses import Responses

        return Responses(self)


Client = OpenAI


def _refuse(workload_identity: Any, provider: Any) -> None:
    if workload_identity is not None or not (provider is None or isinstance(provider, NotGiven)):
        raise errors.OpenAIError("ssescan has neither workload identities nor providers: pass an `api_key`")


def _of(value: Any, variable: str) -> Any:
    """What was given, else what the environment says."""
    return os.environ.get(variable) if value is None else value


def _base_url(base_url: Any, data_residency: DataResidency | None, websocket_base_url: str | None) -> str | None:
    """The URL that was given, as it is or by its region. None for neither. ValueError for both."""
    if data_residency is None:
        return None if base_url is None or isinstance(base_url, NotGiven) else str(base_url)
    for name, value in (("base_url", base_url), ("websocket_base_url", websocket_base_url or not_given)):
        if not isinstance(value, NotGiven):
            raise ValueError(f"The `data_residency` and `{name}` arguments are mutually exclusive")
    if data_residency not in get_args(DataResidency):
        raise ValueError("Invalid `data_residency`; expected one of 'global', 'us', 'eu', 'ae', 'au', 'in', or 'jp'")
    return DEFAULT_BASE_URL if data_residency == "global" else f"https://{data_residency}.api.openai.com/v1"


def _headers_of_environment(given: Mapping[str, str]) -> dict[str, str]:
    lines = (line.partition(":") for line in os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n"))
    headers = {name.strip(): value.strip() for name, colon, value in lines if colon}
    known = merged_headers(given)
    # Who gives an Authorization means that one, however it is written.
    return {
        name: value
        for name, value in headers.items()
        if name.lower() != "authorization" or "authorization" not in known
    }


def _omits(headers: Mapping[str, Any], wanted: str) -> bool:
    return any(name.lower() == wanted and isinstance(value, Omit) for name, value in headers.items())


def _added(what: str, old: Mapping[str, Any], more: Any, instead: Any) -> Mapping[str, Any]:
    """`old` with `more`, or `instead` of it."""
    if more is not None and instead is not None:
        raise ValueError(f"The `default_{what}` and `set_default_{what}` arguments are mutually exclusive")
    return instead if instead is not None else {**old, **(more or {})}
