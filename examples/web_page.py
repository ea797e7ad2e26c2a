"""Show an answer in a browser while it is written: `python examples/web_page.py [PORT]`, then open the URL.

It serves one browser at a time. web/ has the page, and programs for Flask, Django and FastAPI.
A server in this process answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import parse_qs
from wsgiref.simple_server import make_server
from wsgiref.types import StartResponse, WSGIEnvironment

WEB = Path(__file__).with_name("web")
sys.path.append(str(WEB))


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    from frames import HEADERS, frames  # makes a client, which needs the variables

    if environ["PATH_INFO"] != "/answer":
        start_response("200 OK", [("Content-Type", "text/html")])
        return [(WEB / "page.html").read_bytes()]
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"] or 0))  # of the page; for curl there is the query
    question = json.loads(body)["question"] if body else parse_qs(environ["QUERY_STRING"])["question"][0]
    start_response("200 OK", [("Content-Type", "text/event-stream"), *HEADERS.items()])
    return frames(question)  # closed when the browser leaves


if __name__ == "__main__":
    from local_server import local_server, words

    from ssescan.testing import chat

    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    answer = chat(*words("Lines of text that a server sends over a response that stays open."))
    with local_server(answer), make_server("127.0.0.1", port, application) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
