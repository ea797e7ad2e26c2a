"""`OpenAI`: the client of OpenAI's API and of compatible servers."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypedDict, get_args

from ssescan import errors

from ._async import add_async_names
from ._base_client import BaseClient, merged_headers
from ._call import Call
from ._left_out import missing_attribute
from ._timeout import TimeoutTypes
from ._types import DataResidency, NotGiven, Omit, not_given

if TYPE_CHECKING:  # each group is loaded when it is first used
    from ssescan.reading.observers import StreamEnd

    from .resources._with_response import WithRawResponse, WithStreamingResponse
    from .resources.audio import Audio
    from .resources.batches import Batches
    from .resources.beta import Beta
    from .resources.chat import Chat
    from .resources.completions import Completions
    from .resources.conversations import Conversations
    from .resources.embeddings import Embeddings
    from .resources.files import Files
    from .resources.images import Images
    from .resources.models import Models
    from .resources.moderations import Moderations
    from .resources.responses import Responses
    from .resources.uploads import Uploads
    from .resources.vector_stores import VectorStores

__all__ = ["Client", "CopyOptions", "OpenAI"]

add_async_names(__name__)

DEFAULT_BASE_URL = "https://api.openai.com/v1"


class CopyOptions(TypedDict, total=False):
    """The arguments that every kind of client takes, when it is made or copied."""

    admin_api_key: str | None
    organization: str | None
    project: str | None
    webhook_secret: str | None
    websocket_base_url: str | None
    timeout: TimeoutTypes | NotGiven
    default_headers: Mapping[str, str] | None
    http_client: Any
    max_body_bytes: int | None
    on_stream_end: Callable[[StreamEnd], object] | None


class OpenAI(BaseClient):
    """A client of OpenAI's API, or of a compatible server. It is thread-safe.

    Further headers are read from OPENAI_CUSTOM_HEADERS, as lines of `Name: value`.

    Args:
        api_key: The key, or a function that returns it and is called before every request. Default: OPENAI_API_KEY.
        admin_api_key: The key of the administration API. Default: OPENAI_ADMIN_KEY.
        workload_identity: Not supported.
        organization: The id of the organization. Default: OPENAI_ORG_ID.
        project: The id of the project. Default: OPENAI_PROJECT_ID.
        webhook_secret: Stored, but unused. Default: OPENAI_WEBHOOK_SECRET.
        provider: Not supported.
        base_url: The URL of the API. Default: OPENAI_BASE_URL, else OpenAI's.
        data_residency: A region of OpenAI's API, in place of `base_url`.
        websocket_base_url: Stored, but unused.
        timeout: A number of seconds, a `Timeout`, a `ssescan.Timeouts`, or None for no timeout.
        max_retries: The retries of a request that fails before its response starts.
        default_headers: Headers to send with every request.
        default_query: Query parameters to send with every request.
        http_client: A `PoolManager` of urllib3, which the client does not close. Or a `DefaultHttpxClient`, or a client of
            httpx: its timeout, proxy, TLS context and headers are taken, and a warning names what has no effect.
        max_body_bytes: The largest body, after decoding, that is read whole. Streams have no limit. Default: 268435456.
        on_stream_end: Called with a `ssescan.StreamEnd` when a stream of this client has ended; see `Scanner`. A request that
            is refused gets no stream and no call: it raises.

    Raises:
        OpenAIError: There are no credentials, or an argument is not supported.
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
        timeout: TimeoutTypes | NotGiven = not_given,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, object] | None = None,
        http_client: Any = None,
        max_body_bytes: int | None = None,
        on_stream_end: Callable[[StreamEnd], object] | None = None,
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
            max_body_bytes=max_body_bytes,
            on_stream_end=on_stream_end,
            _strict_response_validation=_strict_response_validation,
        )

    # Credentials

    @property
    def auth_headers(self) -> dict[str, str]:
        """The Authorization header, if there is a key."""
        return {"Authorization": f"Bearer {self.api_key}"} if self.api_key else {}

    def _refresh_api_key(self) -> str:
        if self._api_key_provider is not None:
            # Another thread may refresh it at the same time, so this request keeps its own key.
            self.api_key = key = self._api_key_provider()
            return key
        return self.api_key

    def _auth_headers(self, call: Call) -> dict[str, Any]:
        key = self._refresh_api_key() if call.security.get("bearer_auth") else ""
        if not key and call.security.get("admin_api_key_auth"):
            key = self.admin_api_key or ""
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

    def _secrets(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.api_key, self.admin_api_key)))

    # Copies

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
        timeout: TimeoutTypes | NotGiven = not_given,
        http_client: Any = None,
        max_retries: int | NotGiven = not_given,
        default_headers: Mapping[str, str] | None = None,
        set_default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, object] | None = None,
        set_default_query: Mapping[str, object] | None = None,
        max_body_bytes: int | None = None,
        on_stream_end: Callable[[StreamEnd], object] | None = None,
        _enforce_credentials: bool | None = None,
        _extra_kwargs: Mapping[str, Any] = {},  # noqa: B006
    ) -> Self:
        """Return a client with other settings over the same connections. Arguments that are not passed keep their values.

        `default_headers` and `default_query` are added to those of this client; `set_default_headers` and
        `set_default_query` replace them. The other arguments are those of the class.

        Raises:
            ValueError: Two arguments exclude each other.
        """
        _refuse(workload_identity, provider)
        url = _base_url(base_url, data_residency, websocket_base_url)
        if data_residency is None:
            websocket_base_url = websocket_base_url or self.websocket_base_url
        return type(self)(
            api_key=api_key or self._api_key_provider or self.api_key,
            admin_api_key=admin_api_key or self.admin_api_key,
            organization=organization or self.organization,
            project=project or self.project,
            webhook_secret=webhook_secret or self.webhook_secret,
            websocket_base_url=websocket_base_url,
            base_url=url or self.base_url,
            timeout=self.timeout if isinstance(timeout, NotGiven) else timeout,
            http_client=http_client or self._transport,
            max_body_bytes=self.max_body_bytes if max_body_bytes is None else max_body_bytes,
            on_stream_end=on_stream_end or self.on_stream_end,
            max_retries=self.max_retries if isinstance(max_retries, NotGiven) else max_retries,
            default_headers=_added("headers", self._custom_headers, default_headers, set_default_headers),
            default_query=_added("query", self._custom_query, default_query, set_default_query),
            _enforce_credentials=_enforce_credentials is not False,
            **_extra_kwargs,
        )

    with_options = copy

    # Groups of endpoints

    if TYPE_CHECKING:
        with_raw_response = WithRawResponse()
        with_streaming_response = WithStreamingResponse()
    else:

        @property
        def with_raw_response(self) -> Any:
            """This client with calls that return responses: `LegacyAPIResponse`, with headers and `parse()`."""
            from .resources._access import RawAccess, access_class

            return access_class(RawAccess, type(self))(self)

        @property
        def with_streaming_response(self) -> Any:
            """This client with calls that return context managers of responses whose body is not read: `APIResponse`."""
            from .resources._access import StreamingAccess, access_class

            return access_class(StreamingAccess, type(self))(self)

    @cached_property
    def audio(self) -> Audio:
        """The endpoints of audio: speech, transcriptions, translations, voices."""
        from .resources.audio import Audio

        return Audio(self)

    @cached_property
    def batches(self) -> Batches:
        """The endpoints of batches that run on the server."""
        from .resources.batches import Batches

        return Batches(self)

    @cached_property
    def beta(self) -> Beta:
        """The endpoints in beta: agents, assistants, threads and runs."""
        from .resources.beta import Beta

        return Beta(self)

    @cached_property
    def chat(self) -> Chat:
        """The endpoints of Chat Completions."""
        from .resources.chat import Chat

        return Chat(self)

    @cached_property
    def completions(self) -> Completions:
        """The endpoint of legacy completions."""
        from .resources.completions import Completions

        return Completions(self)

    @cached_property
    def conversations(self) -> Conversations:
        """The endpoints of conversations."""
        from .resources.conversations import Conversations

        return Conversations(self)

    @cached_property
    def embeddings(self) -> Embeddings:
        """The endpoint of embeddings."""
        from .resources.embeddings import Embeddings

        return Embeddings(self)

    @cached_property
    def files(self) -> Files:
        """The endpoints of files."""
        from .resources.files import Files

        return Files(self)

    @cached_property
    def images(self) -> Images:
        """The endpoints of images."""
        from .resources.images import Images

        return Images(self)

    @cached_property
    def models(self) -> Models:
        """The endpoints of models."""
        from .resources.models import Models

        return Models(self)

    @cached_property
    def moderations(self) -> Moderations:
        """The endpoint of moderations."""
        from .resources.moderations import Moderations

        return Moderations(self)

    @cached_property
    def responses(self) -> Responses:
        """The endpoints of the Responses API."""
        from .resources.responses import Responses

        return Responses(self)

    @cached_property
    def uploads(self) -> Uploads:
        """The endpoints of uploads in parts."""
        from .resources.uploads import Uploads

        return Uploads(self)

    @cached_property
    def vector_stores(self) -> VectorStores:
        """The endpoints of vector stores."""
        from .resources.vector_stores import VectorStores

        return VectorStores(self)

    if not TYPE_CHECKING:  # checkers report attributes that are missing

        def __getattr__(self, name: str) -> Any:
            raise missing_attribute(self, "", name)


Client = OpenAI


def _refuse(workload_identity: Any, provider: Any) -> None:
    if workload_identity is not None or not (provider is None or isinstance(provider, NotGiven)):
        raise errors.OpenAIError("workload_identity= and provider= are not supported; pass api_key=")


def _of(value: Any, variable: str) -> Any:
    """Return an argument; its variable of the environment if the argument is None."""
    return os.environ.get(variable) if value is None else value


def _base_url(base_url: Any, data_residency: DataResidency | None, websocket_base_url: str | None) -> str | None:
    """Return the URL that was passed, directly or by its region; None if neither was.

    Raises:
        ValueError: Both were passed, or the region is unknown.
    """
    if data_residency is None:
        return None if base_url is None or isinstance(base_url, NotGiven) else str(base_url)
    for name, value in (("base_url", base_url), ("websocket_base_url", websocket_base_url or not_given)):
        if not isinstance(value, NotGiven):
            raise ValueError(f"The `data_residency` and `{name}` arguments are mutually exclusive")
    if data_residency not in get_args(DataResidency):
        raise ValueError("Invalid `data_residency`; expected one of 'global', 'us', 'eu', 'ae', 'au', 'in', or 'jp'")
    return DEFAULT_BASE_URL if data_residency == "global" else f"https://{data_residency}.api.openai.com/v1"


def _headers_of_environment(passed: Mapping[str, str]) -> dict[str, str]:
    lines = (line.partition(":") for line in os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n"))
    headers = {name.strip(): value.strip() for name, colon, value in lines if colon}
    known = merged_headers(passed)
    # An Authorization header that was passed overrides that of the environment, whatever its case.
    return {
        name: value
        for name, value in headers.items()
        if name.lower() != "authorization" or "authorization" not in known
    }


def _omits(headers: Mapping[str, Any], omitted: str) -> bool:
    return any(name.lower() == omitted and isinstance(value, Omit) for name, value in headers.items())


def _added(what: str, old: Mapping[str, Any], more: Any, instead: Any) -> Mapping[str, Any]:
    """Return `old` with `more` added, or `instead`."""
    if more is not None and instead is not None:
        raise ValueError(f"The `default_{what}` and `set_default_{what}` arguments are mutually exclusive")
    return instead if instead is not None else {**old, **(more or {})}
