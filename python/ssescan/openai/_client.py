"""`OpenAI`: the client."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, Mapping

from ssescan import errors

from ._base_client import BaseClient
from ._types import not_given

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

    from .resources.beta import Beta
    from .resources.chat import Chat
    from .resources.completions import Completions
    from .resources.models import Models
    from .resources.responses import Responses

__all__ = ["Client", "OpenAI"]


class OpenAI(BaseClient):
    """A client of OpenAI's API, or of a server that speaks it. Thread-safe.

    `api_key` (or OPENAI_API_KEY; a callable is asked before every request), `organization`
    (OPENAI_ORG_ID), `project` (OPENAI_PROJECT_ID), `base_url` (OPENAI_BASE_URL). `timeout`: see
    `ssescan.Timeouts.of`. `max_retries`: further tries of a request that got no good response.
    `http_client`: a urllib3 `PoolManager` of the caller's, which is not closed.

    Raises `OpenAIError` if there is no API key.
    """

    def __init__(
        self,
        *,
        api_key: str | Callable[[], str] | None = None,
        organization: str | None = None,
        project: str | None = None,
        base_url: str | None = None,
        timeout: Any = not_given,
        max_retries: int = 2,
        default_headers: Mapping[str, str] | None = None,
        default_query: Mapping[str, object] | None = None,
        http_client: Any = None,
    ) -> None:
        api_key = api_key if api_key is not None else os.environ.get("OPENAI_API_KEY")
        if api_key is None:
            raise errors.OpenAIError(
                "Missing credentials. Please pass an `api_key`, or set the `OPENAI_API_KEY` environment variable."
            )
        self._api_key = api_key
        self.organization = organization if organization is not None else os.environ.get("OPENAI_ORG_ID")
        self.project = project if project is not None else os.environ.get("OPENAI_PROJECT_ID")
        super().__init__(
            base_url=str(base_url or os.environ.get("OPENAI_BASE_URL") or "https://api.openai.com/v1"),
            timeout=timeout,
            max_retries=max_retries,
            default_headers=default_headers,
            default_query=default_query,
            http_client=http_client,
        )

    @property
    def api_key(self) -> str:
        return self._api_key() if callable(self._api_key) else self._api_key

    def _auth_headers(self) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {self.api_key}"}
        if self.organization:
            headers["OpenAI-Organization"] = self.organization
        if self.project:
            headers["OpenAI-Project"] = self.project
        return headers

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

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<OpenAI {self.base_url}>"


Client = OpenAI
