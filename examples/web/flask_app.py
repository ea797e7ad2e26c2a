"""Flask. Run it with: pip install ssescan flask; python examples/web/flask_app.py"""

from pathlib import Path

from flask import Flask, Response, request
from frames import HEADERS, frames

app = Flask(__name__)


@app.get("/")
def page() -> str:
    return Path(__file__).with_name("page.html").read_text("utf-8")


@app.post("/answer")
def answer() -> Response:
    return Response(frames(request.json["question"]), mimetype="text/event-stream", headers=HEADERS)


if __name__ == "__main__":
    app.run(threaded=True)
