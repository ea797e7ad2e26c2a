"""Use the items of a JSON answer while it is written: `pip install ijson; python examples/json_items.py`.

A server in this process answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

import time

import ijson  # type: ignore[import-untyped]

from ssescan.openai import OpenAI


def main() -> None:
    stream = OpenAI().chat.completions.create(
        model="gpt-5.5",
        messages=[{"role": "user", "content": "Places to see in Oslo, as a JSON array: name, why."}],
        stream=True,
    )
    start = time.monotonic()
    for place in ijson.items(stream.byte_reader(fence=True), "item"):
        print(f"{time.monotonic() - start:.1f} s {place['name']}: {place['why']}", flush=True)


if __name__ == "__main__":
    import json

    from local_server import local_server, words

    from ssescan.testing import chat

    places = {
        "The Opera House": "you can walk on its roof",
        "The Fram Museum": "the ship is inside",
        "Vigeland Park": "two hundred sculptures",
    }
    answer = json.dumps([{"name": name, "why": why} for name, why in places.items()], indent=2)
    with local_server(chat(*words(f"```json\n{answer}\n```"))):
        main()
