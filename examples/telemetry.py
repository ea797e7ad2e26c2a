"""Trace streams with OpenTelemetry: `pip install "ssescan[otel]" opentelemetry-sdk; python examples/telemetry.py`.

A server in this process answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

import sys

from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

import ssescan.otel
from ssescan.openai import OpenAI


def line(span: ReadableSpan) -> str:
    return f"{span.name}: {dict(span.attributes or {})}\n"


def main() -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter(out=sys.stdout, formatter=line)))
    ssescan.otel.instrument(tracer_provider=provider)
    stream = OpenAI().chat.completions.create(
        model="gpt-5.5", messages=[{"role": "user", "content": "Hi"}], stream=True
    )
    print(stream.reader().read())  # the span is printed when the stream ends


if __name__ == "__main__":
    from local_server import local_server

    from ssescan.testing import chat

    with local_server(chat("Hello", "!", usage=(1, 2))):
        main()
