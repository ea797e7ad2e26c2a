"""`AzureOpenAI`: the client for OpenAI's models on Azure.

The messages of the exceptions are those of `openai`, on purpose.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any, Self, Unpack

from ssescan import errors
from ssescan.http.transport import Request

from .._async import add_async_names
from .._call import Call
from .._client import CopyOptions, OpenAI
from .._constants import DEFAULT_MAX_RETRIES
from .._endpoints import url_path
from .._types import DataResidency, NotGiven, not_given
from .._url import URL

__all__ = ["AzureOpenAI", "MutuallyExclusiveAuthError"]

add_async_names(__name__)

AzureADTokenProvider = Callable[[], str]

#: Paths of the calls that go to a deployment, which is named like the `model` of the call.
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
#: The value of `api_key` if the client uses a token instead.
NO_KEY = "<missing API key>"


class MutuallyExclusiveAuthError(errors.OpenAIError):
    """More than one credential was passed."""

    def __init__(self) -> None:
        super().__init__(
            "The `api_key`, `azure_ad_token` and `azure_ad_token_provider` arguments are mutually exclusive; "
            "Only one can be passed at a time"
        )


class AzureOpenAI(OpenAI):
    """A client of an OpenAI resource on Azure.

    Pass one credential: `api_key`, `azure_ad_token` or `azure_ad_token_provider`.

    Args:
        api_version: The version of the API. Default: the environment variable OPENAI_API_VERSION.
        azure_endpoint: The URL of the resource. Default: AZURE_OPENAI_ENDPOINT.
        azure_deployment: The deployment of all calls. Default: the deployment that is named like the model of a call.
        api_key: The key. Default: AZURE_OPENAI_API_KEY.
        azure_ad_token: A token of Microsoft Entra ID. Default: AZURE_OPENAI_AD_TOKEN.
        azure_ad_token_provider: A function that returns a token. It is called before every request.
        base_url: The URL of all calls, instead of `azure_endpoint`.
        default_query: Query parameters of every request.
        max_retries: The maximum number of retries of a request.
        **options: The other arguments of `OpenAI`.

    Raises:
        OpenAIError: There is no credential.
        MutuallyExclusiveAuthError: There is more than one credential.
        ValueError: The version or the URL is missing, or there are two URLs.
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
        """Return a client with the same settings and connections, except for the arguments.

        Args:
            api_key: A key, instead of the client's credential.
            azure_ad_token: A token, instead of the client's credential.
            azure_ad_token_provider: A function that returns a token, instead of the client's credential.
            api_version: The version of the API.
            base_url: The URL of all calls.
            data_residency: Not supported on Azure.
            workload_identity: Not supported.
            provider: Not supported.
            max_retries: The maximum number of retries of a request.
            set_default_headers: Headers that replace the default headers.
            default_query: Query parameters that are added to the default ones.
            set_default_query: Query parameters that replace the default ones.
            **options: The other arguments of `OpenAI`.

        Raises:
            OpenAIError: An argument is not supported.
        """
        if data_residency is not None:
            raise errors.OpenAIError("`data_residency` is only supported by OpenAI clients")
        if api_key is None and azure_ad_token is None and azure_ad_token_provider is None:
            azure_ad_token, azure_ad_token_provider = self._azure_ad_token, self._azure_ad_token_provider
        elif api_key is None:
            api_key = NO_KEY  # do not copy the key of this client
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
        auth = super()._auth_headers(call)  # calls `api_key` if it is a function
        key = auth.pop("Authorization", "").removeprefix("Bearer ")
        token = self._token()
        if token is not None:
            return {**auth, "Authorization": f"Bearer {token}"}
        return {**auth, "api-key": key} if key and key != NO_KEY else auth

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

    def _build_request(self, options: Call, *, retries_taken: int = 0) -> Request:
        """Return the request of a call, with the path of its deployment."""
        model = options.json_data.get("model") if isinstance(options.json_data, Mapping) else None
        if options.url in DEPLOYMENT_CALLS and model is not None and "/deployments" not in self.base_url.path:
            options.url = url_path("/deployments/{model}", {"model": model}) + options.url
        return super()._build_request(options, retries_taken=retries_taken)

    def _prepare_url(self, url: str) -> URL:
        """Return a URL. A path of a call that has no deployment is joined to the URL of the resource."""
        if self._azure_deployment and self._azure_endpoint and "://" not in url and url not in DEPLOYMENT_CALLS:
            return URL(f"{self._azure_endpoint}/openai/{url.lstrip('/')}")
        return super()._prepare_url(url)


def _credential(key: Any, token: str | None, provider: Any) -> tuple[Any, str | None, Any]:
    """Return the key, the token and the provider that were passed, or those of the environment."""
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
