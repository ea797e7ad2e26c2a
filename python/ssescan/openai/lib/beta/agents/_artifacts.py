"""`AgentResultArtifacts`: the files that one turn of an agent has left."""

from __future__ import annotations

import os
from typing import Any

from ...._binary import HttpxBinaryResponseContent
from ...._types import Body, Headers, NotGiven, Query, not_given
from ....types.beta.agents.sessions.session_artifact import SessionArtifact
from ._result import AgentTurnResult

__all__ = ["AgentResultArtifacts"]


class AgentResultArtifacts:
    """The artifacts of a turn, by their paths.

    Args:
        artifacts: `client.beta.agents.sessions.artifacts`.
        result: The result of the turn.
    """

    def __init__(self, artifacts: Any, result: AgentTurnResult[Any]) -> None:
        self._artifacts = artifacts
        self._session_id, self._turn_id = result.session_id, result.turn_id

    def content(
        self,
        path: str,
        *,
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: Any | NotGiven = not_given,
    ) -> HttpxBinaryResponseContent:
        """Return the content of an artifact.

        Args:
            path: The path of the artifact in the environment.
            extra_headers: Headers of all requests.
            extra_query: Query parameters of all requests.
            extra_body: Values of the JSON body of all requests.
            timeout: The timeout of each request.

        Raises:
            ValueError: No artifact of the turn has this path, or several have it.
        """
        options = _options(extra_headers, extra_query, extra_body, timeout)
        found = self._find(path, options)
        content: HttpxBinaryResponseContent = self._artifacts.content(found.id, session_id=self._session_id, **options)
        return content

    def download(
        self,
        path: str,
        *,
        to: str | os.PathLike[str],
        extra_headers: Headers | None = None,
        extra_query: Query | None = None,
        extra_body: Body | None = None,
        timeout: Any | NotGiven = not_given,
    ) -> SessionArtifact:
        """Write the content of an artifact to a file as it arrives, and return the artifact.

        Args:
            path: The path of the artifact in the environment.
            to: The file. It is replaced if it exists.
            extra_headers: Headers of all requests.
            extra_query: Query parameters of all requests.
            extra_body: Values of the JSON body of all requests.
            timeout: The timeout of each request.

        Raises:
            ValueError: No artifact of the turn has this path, or several have it. The file is unchanged.
        """
        options = _options(extra_headers, extra_query, extra_body, timeout)
        found = self._find(path, options)
        opening = self._artifacts.with_streaming_response.content
        with opening(found.id, session_id=self._session_id, **options) as content:
            content.stream_to_file(to)
        return found

    def _find(self, path: str, options: dict[str, Any]) -> SessionArtifact:
        mine = (self._session_id, self._turn_id, path)
        listed = self._artifacts.list(self._session_id, **options)
        found: list[SessionArtifact] = [it for it in listed if (it.session_id, it.turn_id, it.path) == mine]
        if not found:
            raise ValueError("No artifact matches this turn and path")
        if len(found) > 1:
            raise ValueError("More than one artifact matches this turn and path")
        return found[0]


def _options(headers: Headers | None, query: Query | None, body: Body | None, timeout: Any) -> dict[str, Any]:
    return {"extra_headers": headers, "extra_query": query, "extra_body": body, "timeout": timeout}
