"""`TurnResults`: the result of the turn whose events a stream yields."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, Self

from ....types.beta.agent_session_event import AgentSessionEvent
from ._result import AgentOutputParseError, AgentTurnResult, AgentTurnResultError, OutputT, TurnCollector

__all__ = ["TurnResults"]


class TurnResults(Generic[OutputT]):
    """The result of the turn whose events a stream yields."""

    _session_id: str | None = None
    _output_type: type[OutputT] | None = None
    #: The `ToolCalls` of the stream.
    _tools: Any = None
    #: True after the first event.
    _started = False
    _collector: TurnCollector | None = None
    _result: AgentTurnResult[OutputT] | None = None

    def __iter__(self) -> Iterator[AgentSessionEvent]:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    @property
    def _handled(self) -> Iterable[str]:
        """The names of the tools that the stream calls."""
        return () if self._tools is None else self._tools.handlers

    def _observe(self, event: Any) -> None:
        """Take note of an event."""
        self._started = True
        if self._collector is not None:
            self._collector.add(event)

    def _break(self, error: Exception) -> None:
        """Take note of the exception that ended the stream."""
        if self._collector is not None and not self._collector.is_done:
            self._collector.cause = error

    def with_result_collection(self) -> Self:
        """Return the stream, which now keeps the final messages. Call it before the first event is read.

        Raises:
            RuntimeError: An event was read before.
        """
        self._collect()
        return self

    def get_final_result(self) -> AgentTurnResult[OutputT]:
        """Read the remaining events, run the tools that they call, and return the answer of the turn.

        Raises:
            AgentTurnResultError: The turn failed, was cancelled or waits for an action, or the stream broke.
            AgentOutputParseError: The text does not match `output_type`.
            RuntimeError: An event was read before, and `with_result_collection` was not called.
        """
        collector = self._collect()
        try:
            collector.check(self._handled)
            for _ in self if not collector.is_done else ():
                collector.check(self._handled)
                if collector.is_done:
                    break
            if self._result is None:
                result = collector.result()
                self._result = result if self._output_type is None else result.parse(self._output_type)
            return self._result
        except (AgentTurnResultError, AgentOutputParseError):
            raise
        except Exception as error:
            raise collector.error("observation_failed") from error
        finally:
            self.close()

    def _collect(self) -> TurnCollector:
        if self._collector is None:
            if self._started:
                raise RuntimeError(
                    "Call with_result_collection() before consuming events, or call get_final_result() on a fresh stream"
                )
            self._collector = TurnCollector(self._session_id)
        return self._collector
