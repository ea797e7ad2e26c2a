"""The client of the package itself: `openai.api_key = "..."; openai.chat.completions.create(...)`.

It is made at the first call, from the variables of the package. Variables that are set later apply from then on.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

from ssescan import errors

from ._client import OpenAI
from ._url import URL
from .lib.azure import AzureOpenAI

if TYPE_CHECKING:
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

    audio: Audio
    batches: Batches
    beta: Beta
    chat: Chat
    completions: Completions
    conversations: Conversations
    embeddings: Embeddings
    files: Files
    images: Images
    models: Models
    moderations: Moderations
    responses: Responses
    uploads: Uploads
    vector_stores: VectorStores

__all__ = [
    "audio",
    "batches",
    "beta",
    "chat",
    "completions",
    "conversations",
    "embeddings",
    "files",
    "images",
    "models",
    "moderations",
    "responses",
    "uploads",
    "vector_stores",
]

_package: Any = sys.modules[__package__]


class _AmbiguousModuleClientUsageError(errors.OpenAIError):
    """The API cannot be determined: there are credentials for two of them."""

    def __init__(self) -> None:
        super().__init__(
            "Ambiguous use of module client; please set `openai.api_type` or the `OPENAI_API_TYPE` environment "
            "variable to `openai`, `azure`, or `amazon-bedrock`"
        )


def _setting(variable: str, otherwise: Any = None) -> Any:
    """Return an attribute of the client that is a variable of the package. Setting one sets the other.

    So a value that the client adds (Azure's `api-version`, headers from the environment) is visible in the package.
    """

    def get(client: Any) -> Any:
        value = getattr(_package, variable)
        return otherwise if value is None else value

    def put(client: Any, value: Any) -> None:
        setattr(_package, variable, value)

    return property(get, put)


class _Settings:
    """The variables of the package as the attributes that a client reads for each request."""

    api_key = _setting("api_key")
    admin_api_key = _setting("admin_api_key")
    organization = _setting("organization")
    project = _setting("project")
    webhook_secret = _setting("webhook_secret")
    timeout = _setting("timeout")
    max_retries = _setting("max_retries")
    _custom_headers = _setting("default_headers", {})
    _custom_query = _setting("default_query", {})

    @property
    def base_url(self) -> URL:
        """The base URL of the package once it is set; before that the client's own."""
        return URL(str(_package.base_url or self._base_url).rstrip("/") + "/")

    @base_url.setter
    def base_url(self, url: Any) -> None:
        self._base_url = url


class _ModuleClient(_Settings, OpenAI):
    pass


class _AzureModuleClient(_Settings, AzureOpenAI):
    pass


@cache
def _load_client() -> OpenAI:
    """Return the client of the package."""
    if _package.azure_endpoint is None:
        _package.azure_endpoint = os.environ.get("AZURE_OPENAI_ENDPOINT")
    if _package.api_version is None:
        _package.api_version = os.environ.get("OPENAI_API_VERSION")
    if _package.api_type is None:
        _package.api_type = _api_type()
    settings = {name: getattr(_package, name) for name in _ARGUMENTS}
    if _package.api_type == "azure":
        return _AzureModuleClient(**settings, **{name: getattr(_package, name) for name in _OF_AZURE})
    return _ModuleClient(**settings, _enforce_credentials=False)


#: Variables that are arguments of the client.
_ARGUMENTS = (
    "api_key",
    "admin_api_key",
    "organization",
    "project",
    "webhook_secret",
    "base_url",
    "timeout",
    "max_retries",
    "default_headers",
    "default_query",
    "http_client",
)
_OF_AZURE = ("azure_endpoint", "azure_ad_token", "azure_ad_token_provider", "api_version")


def _reset_client() -> None:
    """Forget the client: the next call makes one from the variables at that time."""
    _load_client.cache_clear()


def _api_type() -> str:
    """Return the name of the API that the credentials are for."""
    environment = os.environ
    azure = (
        _package.azure_endpoint,
        environment.get("AZURE_OPENAI_API_KEY"),
        environment.get("AZURE_OPENAI_AD_TOKEN"),
        _package.azure_ad_token,
        _package.azure_ad_token_provider,
    )
    if all(value is None for value in azure):
        return "openai"
    if "OPENAI_API_KEY" in environment:
        raise _AmbiguousModuleClientUsageError()
    return "azure"


class _Group:
    """A group of endpoints of the package's client. The client is made when the group is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(_load_client(), self._name), name)

    def __repr__(self) -> str:
        return f"<{__package__}.{self._name}>"


if not TYPE_CHECKING:
    globals().update({name: _Group(name) for name in __all__})
