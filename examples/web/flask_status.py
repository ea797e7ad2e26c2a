"""Flask, with a status for errors before the first byte. Run it with: python examples/web/flask_status.py"""

from pathlib import Path

from flask import Flask, Response, request
from frames import HEADERS, ask, frames_of
from pings import with_pings
from shutdown import tracked

from ssescan import SSEScanError
from ssescan.openai import RateLimitError

app = Flask(__name__)


@app.get("/")
def page() -> str:
    return Path(__file__).with_name("page.html").read_text("utf-8")


@app.post("/answer")
def answer() -> Response:
    try:
        stream = tracked(ask(request.json["question"]))
    except RateLimitError:
        return Response(status=503)
    except SSEScanError:
        return Response(status=502)
    response = Response(with_pings(frames_of(stream), stream.cancel), mimetype="text/event-stream", headers=HEADERS)
    response.call_on_close(stream.close)  # also if the iterator never starts
    return response


if __name__ == "__main__":
    app.run(threaded=True)
