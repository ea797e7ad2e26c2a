"""Telemetry: a span and metrics for each stream, with the names of OpenTelemetry's conventions for generative AI.

    import ssescan.otel

    ssescan.otel.instrument()

It needs `pip install "ssescan[otel]"`, and an SDK that exports. A span covers a stream from its request to its end, however the
stream ends, and its parent is the span in which the stream was opened. Spans are made for streams of a dialect over HTTP. A
request for a stream that fails for good (status 401 or 429, no connection) is a span too. Spans have no prompts and no answers.
"""

from __future__ import annotations

import time
import weakref
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from opentelemetry import context as otel_context
from opentelemetry import metrics, trace
from opentelemetry.metrics import MeterProvider
from opentelemetry.trace import TracerProvider

from ssescan import __version__, errors
from ssescan._log import log

from .reading.observers import StreamEnd, observe

__all__ = ["instrument", "uninstrument"]

#: Dialect -> the provider, unless the host says more. Other dialects are OpenAI's.
_PROVIDER_OF_DIALECT = {"anthropic": "anthropic", "cohere": "cohere", "gemini": "gcp.gemini"}
#: The end of a host -> the provider.
_PROVIDER_OF_HOST = {
    "azure.com": "azure.ai.openai",
    "deepseek.com": "deepseek",
    "groq.com": "groq",
    "mistral.ai": "mistral_ai",
    "perplexity.ai": "perplexity",
    "x.ai": "x_ai",
}
_OPERATION_OF_DIALECT = {
    "agents": "invoke_agent",
    "assistants": "invoke_agent",
    "completions": "text_completion",
    "gemini": "generate_content",
    "images": "generate_content",
    "speech": "generate_content",
    "transcription": "generate_content",
}
#: The model is looked for in so many bytes of the start of a stream. The first event may repeat the request.
MAX_HEAD_BYTES = 1 << 16
#: The names of the counts in `usage`, by provider.
_INPUT_TOKENS = ("input_tokens", "prompt_tokens", "promptTokenCount")
_OUTPUT_TOKENS = ("output_tokens", "completion_tokens", "candidatesTokenCount")


def instrument(*, tracer_provider: TracerProvider | None = None, meter_provider: MeterProvider | None = None) -> None:
    """Make a span and metrics for each stream that is requested from now on, in the whole process.

    Args:
        tracer_provider: Where spans go; None means the global provider.
        meter_provider: Where metrics go; None means the global provider.
    """
    tracer = trace.get_tracer("ssescan", __version__, tracer_provider)
    observe(_Telemetry(tracer, _Meters.of(metrics.get_meter("ssescan", __version__, meter_provider))))


def uninstrument() -> None:
    """Make no spans and metrics for streams that are opened from now on."""
    observe(None)


class _Meters(NamedTuple):
    """The metrics."""

    duration: Any
    first_chunk: Any
    tokens: Any

    @classmethod
    def of(cls, meter: Any) -> _Meters:
        return cls(
            meter.create_histogram("gen_ai.client.operation.duration", "s", "Duration of a stream, with its request."),
            meter.create_histogram(
                "gen_ai.client.operation.time_to_first_chunk",
                "s",
                "Time from the request to the first byte of the stream.",
            ),
            meter.create_histogram("gen_ai.client.token.usage", "{token}", "Tokens of request and answer."),
        )


class _Telemetry:
    """Observes streams."""

    def __init__(self, tracer: Any, meters: _Meters) -> None:
        self._tracer, self._meters = tracer, meters

    def opened(self, stream: Any) -> Any:
        """Return the context in which the stream was opened, and its start if the program has no `tee`."""
        head = _Head(stream) if stream.tee is None else None
        stream.tee = stream.tee or head
        return otel_context.get_current(), head

    def ended(self, stream: Any, opened: Any, end: StreamEnd) -> None:
        try:
            if end.dialect is not None:
                context, head = opened
                self._report(stream, context, head, end)
        except Exception:  # telemetry must not break the program
            log().exception("No telemetry for a stream of dialect %s", end.dialect)

    def refused(self, error: errors.SSEScanError, dialect: str, sent_s: float) -> None:
        try:
            response, request = getattr(error, "response", None), getattr(error, "request", None)
            shared = _shared_attributes(request or errors.request_of(response), dialect, None, error)
            found = {
                "gen_ai.request.stream": True,
                "http.response.status_code": error.status_code,
                "ssescan.request_id": error.request_id,
            }
            own = {name: value for name, value in found.items() if value is not None}
            self._record(otel_context.get_current(), sent_s, shared, own, error)
        except Exception:  # telemetry must not break the program
            log().exception("No telemetry for a refused request of dialect %s", dialect)

    def _record(
        self, context: Any, began_s: float, shared: dict[str, Any], own: dict[str, Any], error: BaseException | None
    ) -> None:
        """Make a span that ends now, and its duration, which has the outcome too."""
        now_s, now_ns = time.monotonic(), time.time_ns()
        span = self._tracer.start_span(
            " ".join(filter(None, (shared["gen_ai.operation.name"], shared.get("gen_ai.request.model")))),
            context,
            trace.SpanKind.CLIENT,
            {**shared, **own},
            start_time=now_ns - round((now_s - began_s) * 1e9),
        )
        if error is not None:
            span.set_status(trace.Status(trace.StatusCode.ERROR, str(error).split("\n")[0][:200]))
        span.end(now_ns)
        outcome = {name: value for name, value in own.items() if name == "ssescan.outcome"}
        self._meters.duration.record(now_s - began_s, {**shared, **outcome}, context)

    def _report(self, stream: Any, context: Any, head: _Head | None, end: StreamEnd) -> None:
        began_s, dialect = end.stats.opened_s, end.dialect or ""
        start = [] if head is None else head.events(dialect)
        model = _model_of_events([stream.event, *start])
        shared = _shared_attributes(errors.request_of(end.response), dialect, model, end.error)
        self._record(context, began_s, shared, _span_attributes(end, began_s), end.error)
        if end.stats.first_byte_s is not None:
            self._meters.first_chunk.record(end.stats.first_byte_s - began_s, shared, context)
        for kind, names in (("input", _INPUT_TOKENS), ("output", _OUTPUT_TOKENS)):
            count = _count(end.usage, names)
            if count is not None:
                self._meters.tokens.record(count, {**shared, "gen_ai.token.type": kind}, context)


class _Head:
    """A `tee` that keeps the start of a stream: a stream whose text is read makes no events that name the model."""

    def __init__(self, stream: Any) -> None:
        self._stream = weakref.ref(stream)
        self._data = bytearray()

    def write(self, block: bytes) -> None:
        self._data += block
        if len(self._data) >= MAX_HEAD_BYTES:
            self._detach()

    def _detach(self) -> None:
        stream = self._stream()
        if stream is not None and stream.tee is self:
            stream.tee = None

    def events(self, dialect: Any) -> list[Any]:
        """End the copying. Return the events of the start, unless the dialect is one of the program."""
        self._detach()
        from .dialects import NAMES
        from .reading.scanner import Parser

        return Parser(dialect=dialect).feed(self._data) if dialect in NAMES else []


def _shared_attributes(
    request: Any, dialect: str, response_model: str | None, error: BaseException | None
) -> dict[str, Any]:
    """Return the attributes of the span and of the metrics."""
    url = urlsplit(getattr(request, "url", None) or "")
    host = url.hostname or ""
    by_host = next((name for part, name in _PROVIDER_OF_HOST.items() if f".{host}".endswith(f".{part}")), None)
    found = {
        "gen_ai.operation.name": _OPERATION_OF_DIALECT.get(dialect, "chat"),
        "gen_ai.provider.name": by_host or _PROVIDER_OF_DIALECT.get(dialect, "openai"),
        "gen_ai.request.model": _model_of_request(request),
        "gen_ai.response.model": response_model,
        "server.address": host or None,
        "server.port": (url.port or {"http": 80, "https": 443}.get(url.scheme)) if host else None,
        "error.type": None if error is None else type(error).__qualname__,
    }
    return {name: value for name, value in found.items() if value is not None}


def _span_attributes(end: StreamEnd, began_s: float) -> dict[str, Any]:
    """Return the attributes of the span alone."""
    first_s = end.stats.first_byte_s
    found = {
        "gen_ai.request.stream": True,
        "gen_ai.response.finish_reasons": None if end.finish_reason is None else (end.finish_reason,),
        "gen_ai.response.time_to_first_chunk": None if first_s is None else first_s - began_s,
        "gen_ai.usage.input_tokens": _count(end.usage, _INPUT_TOKENS),
        "gen_ai.usage.output_tokens": _count(end.usage, _OUTPUT_TOKENS),
        "http.response.status_code": errors.status_of(end.response),
        "ssescan.outcome": str(end.outcome),
        "ssescan.events": end.stats.events,
        "ssescan.request_id": errors.request_id_of(end.response),
    }
    return {name: value for name, value in found.items() if value is not None}


def _count(usage: Any, names: tuple[str, ...]) -> int | None:
    """Return the first of these counts that is a plausible number of tokens, or None."""
    for name in names:
        count = getattr(usage, name, None)
        if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= 10_000_000:
            return count
    return None


def _model_of_request(request: Any) -> str | None:
    """Return the model that a JSON body asks for, or None."""
    from .models._json import loads

    content = getattr(request, "content", None)
    if not isinstance(content, bytes) or not content.startswith(b"{"):
        return None
    try:
        model = loads(content).get("model")
    except errors.EventDecodeError:
        return None
    return model if isinstance(model, str) else None


def _model_of_events(events: list[Any]) -> str | None:
    """Return the model that the first of these events with a model names, or None."""
    try:
        for event in events:
            for holder in (event, *(getattr(event, name, None) for name in ("response", "message", "data"))):
                model = getattr(holder, "model", None) or getattr(holder, "modelVersion", None)
                if isinstance(model, str):
                    return model
    except errors.EventDecodeError:
        pass  # the event is damaged
    return None
