"""`AzureOpenAI`: the client for OpenAI's models on Azure."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Callable, Mapping

from ssescan import errors

from .._client import CopyOptions, OpenAI
from .._constants import DEFAULT_MAX_RETRIES
from .._endpoints import url_path
from .._types import not_given

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from .._endpoints import Call
    from .._types import DataResidency, NotGiven

    AzureADTokenProvider = Callable[[], str]

__all__ = ["AzureOpenAI", "MutuallyExclusiveAuthError"]

#: Calls that go to the deployment of the model that they name.
DEPLOYMENT_CALLS = (
    "/completions",
    "/chat/completions",
    "/embeddings",
    "/audio/transcriptions",
    "/audio/translations",
    "/audio/speech",
    "/images/generations",
    "/images/edits",
)
#: Stands where a key is expected and there is none: a token is used instead.
NO_KEY = "<missing API key>"


class MutuallyExclusiveAuthError(errors.OpenAIError):
    """More than one credential was given."""

    def __init__(self) -> None:
        super().__init__(
            "The `api_key`, `azure_ad_token` and `azure_ad_token_provider` arguments are mutually exclusive; "
            "Only one can be passed at a time"
        )


class AzureOpenAI(OpenAI):
    """A client of a resource on Azure. The arguments are those of `OpenAI`, and:

    `azure_endpoint` (or AZURE_OPENAI_ENDPOINT): where the resource is. `azure_deployment`: one that all calls go to;
    without it they go to the deployment that is named like their model. `api_version` (OPENAI_API_VERSION).
    One credential: `api_key` (AZURE_OPENAI_API_KEY), `azure_ad_token` (AZURE_OPENAI_AD_TOKEN), or
    `azure_ad_token_provider`, which is asked before every request.
    """

    def __init__(
        self,
        *,
        api_version: str | None = None,
        azure_endpoint: str | None = None,
        azure_deployment: str | None = None,
        api_key: str | Callable[[], str] | None = None,
        azure_ad_token: str | None = None,
        azure_ad_token_provider: AzureADTokenProvider | None = None,
        base_url: str | NotGiven | None = None,
        default_query: Mapping[str, object] | None = None,
        max_retries: int = DEFAULT_MAX_RETRIES,
        _strict_response_validation: bool = False,
        _enforce_credentials: bool = True,
        **options: Unpack[CopyOptions],
    ) -> None:
        key, token, provider = _credential(api_key, azure_ad_token, azure_ad_token_provider)
        if _enforce_credentials and key is None and token is None and provider is None:
            raise errors.OpenAIError(
                "Missing credentials. Please pass one of `api_key`, `azure_ad_token`, `azure_ad_token_provider`, or "
                "the `AZURE_OPENAI_API_KEY` or `AZURE_OPENAI_AD_TOKEN` environment variables."
            )
        api_version = api_version if api_version is not None else os.environ.get("OPENAI_API_VERSION")
        if api_version is None:
            raise ValueError(
                "Must provide either the `api_version` argument or the `OPENAI_API_VERSION` environment variable"
            )
        if base_url is None and azure_endpoint is None:
            azure_endpoint = os.environ.get("AZURE_OPENAI_ENDPOINT")
        self._api_version, self._azure_ad_token, self._azure_ad_token_provider = api_version, token, provider
        self._azure_endpoint = None if azure_endpoint is None else azure_endpoint.rstrip("/")
        self._azure_deployment = azure_deployment if azure_endpoint else None
        super().__init__(
            api_key=NO_KEY if key is None else key,
            base_url=_base_url(base_url, azure_endpoint, azure_deployment),
            default_query={**(default_query or {}), "api-version": api_version},
            max_retries=max_retries,
            _strict_response_validation=_strict_response_validation,
            _enforce_credentials=_enforce_credentials,
            **options,
        )

    def copy(
        self,
        *,
        api_key: str | Callable[[], str] | None = None,
        azure_ad_token: str | None = None,
        azure_ad_token_provider: AzureADTokenProvider | None = None,
        api_version: str | None = None,
        base_url: str | NotGiven | None = not_given,
        data_residency: DataResidency | None = None,
        workload_identity: None = None,
        provider: NotGiven | None = not_given,
        max_retries: int | NotGiven = not_given,
        set_default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, object] | None = None,
        set_default_query: Mapping[str, object] | None = None,
        _enforce_credentials: bool | None = None,
        _extra_kwargs: Mapping[str, Any] = {},  # noqa: B006
        **options: Unpack[CopyOptions],
    ) -> Self:
        """A client like this one but for what is given, over the same connections."""
        if data_residency is not None:
            raise errors.OpenAIError("`data_residency` is only supported by OpenAI clients")
        if api_key is None and azure_ad_token is None and azure_ad_token_provider is None:
            azure_ad_token, azure_ad_token_provider = self._azure_ad_token, self._azure_ad_token_provider
        elif api_key is None:
            api_key = NO_KEY  # not the one that this client has
        azure = {"azure_ad_token": azure_ad_token, "azure_ad_token_provider": azure_ad_token_provider}
        copied = super().copy(
            api_key=api_key,
            workload_identity=workload_identity,
            provider=provider,
            base_url=base_url,
            max_retries=max_retries,
            set_default_headers=set_default_headers,
            default_query=default_query,
            set_default_query=set_default_query,
            _enforce_credentials=_enforce_credentials,
            _extra_kwargs={**azure, "api_version": api_version or self._api_version, **_extra_kwargs},
            **options,
        )
        if not base_url:
            copied._azure_endpoint, copied._azure_deployment = self._azure_endpoint, self._azure_deployment
        return copied

    with_options = copy

    @property
    def auth_headers(self) -> dict[str, str]:
        if self._azure_ad_token is not None:
            return {"Authorization": f"Bearer {self._azure_ad_token}"}
        return {"api-key": self.api_key} if self.api_key and self.api_key != NO_KEY else {}

    def _auth_headers(self, call: Call) -> dict[str, Any]:
        auth = super()._auth_headers(call)  # of a callable, this asks for the key
        auth.pop("Authorization", None)
        token = self._token()
        if token is not None:
            return {**auth, "Authorization": f"Bearer {token}"}
        return {**auth, **self.auth_headers}

    def _token(self) -> str | None:
        if self._azure_ad_token is not None or self._azure_ad_token_provider is None:
            return self._azure_ad_token
        token: Any = self._azure_ad_token_provider()
        if not isinstance(token, str) or not token:
            raise ValueError("Expected `azure_ad_token_provider` argument to return a non-empty string.")
        return token

    def _check_auth(self, headers: Mapping[str, Any], call: Call) -> None:
        names = {*headers, *(name.lower() for name in call.headers)}
        if not names & {"authorization", "api-key"}:
            raise TypeError(
                '"Could not resolve authentication method. Expected either api_key, azure_ad_token or '
                "azure_ad_token_provider to be set. Or for one of the `Authorization` or `api-key` headers to be "
                'explicitly supplied or omitted"'
            )

    def _prepared(self, call: Call) -> Call:
        """The call with its deployment in its path, if it goes to one; else below the resource itself."""
        if call.url in DEPLOYMENT_CALLS:
            model = call.body.get("model") if isinstance(call.body, Mapping) else None
            if model is None or "/deployments" in self.base_url:
                return call
            return call._replace(url=url_path("/deployments/{model}", {"model": model}) + call.url)
        if self._azure_deployment and self._azure_endpoint and "://" not in call.url:
            return call._replace(url=f"{self._azure_endpoint}/openai/{call.url.lstrip('/')}")
        return call


def _credential(key: Any, token: str | None, provider: Any) -> tuple[Any, str | None, Any]:
    """The one that was given, else what the environment has."""
    if sum([key is not None and key != NO_KEY, token is not None, provider is not None]) > 1:
        raise MutuallyExclusiveAuthError()
    if key is None and token is None and provider is None:
        token = os.environ.get("AZURE_OPENAI_AD_TOKEN")
        key = os.environ.get("AZURE_OPENAI_API_KEY") if token is None else None
    return key, token, provider


def _base_url(base_url: Any, endpoint: str | None, deployment: str | None) -> str:
    if base_url is not None and base_url is not not_given:
        if endpoint is not None:
            raise ValueError("base_url and azure_endpoint are mutually exclusive")
        return str(base_url)
    if endpoint is None:
        raise ValueError(
            "Must provide one of the `base_url` or `azure_endpoint` arguments, or the `AZURE_OPENAI_ENDPOINT` "
            "environment variable"
        )
    return f"{endpoint.rstrip('/')}/openai" + (f"/deployments/{deployment}" if deployment is not None else "")
