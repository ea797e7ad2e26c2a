"""Read the streams of a service that ssescan does not know: `python examples/own_dialect.py [URL]`.

Without a URL, a server in this process answers.
"""

import sys

import ssescan
from ssescan import Channel, Dialect, Row

STORIES = Dialect(
    "stories",
    types="ssescan.events",  # the module of the classes; UnknownEvent has any JSON
    default=Row("UnknownEvent"),  # events with other names
    rows={
        "word": Row("UnknownEvent", {"text": Channel("word.spelling")}),
        "thought": Row("UnknownEvent", {"reasoning": Channel("thinks")}),
        "failure": Row(None, error=("why",)),  # raises; the message is at this path
        "end": Row(None, ends="mark"),  # without it, the stream is truncated
    },
)


def main(url: str) -> None:
    with ssescan.stream(url, dialect=STORIES) as events:
        for event in events:
            print(event.event, event.json(), "-> text", repr(event.text))
    print(events.outcome)


if __name__ == "__main__":
    from ssescan.replay import ReplayServer
    from ssescan.testing import frame

    thought, word = frame({"thinks": "Hm."}, "thought"), frame({"word": {"spelling": "Once"}}, "word")
    with ReplayServer(thought + word + frame({}, "end")) as server:
        main(sys.argv[1] if len(sys.argv) > 1 else server.url)
