"""Speak each sentence of an answer as soon as it is complete: `python examples/sentences.py`.

A server in this process answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

import re
from collections.abc import Iterable, Iterator

from ssescan.openai import OpenAI


def sentences(texts: Iterable[str]) -> Iterator[str]:
    """Join pieces of text to sentences. A sentence is complete when the next one begins, or at the end."""
    held = ""
    for text in texts:
        *complete, held = re.split(r"(?<=[.!?])\s+(?=\S)", held + text)
        yield from complete
    if held.strip():
        yield held.strip()


def main() -> None:
    stream = OpenAI().chat.completions.create(
        model="gpt-5.5",
        messages=[{"role": "user", "content": "Why is the sky blue?"}],
        stream=True,
    )
    for sentence in sentences(stream.texts()):
        print("say:", sentence, flush=True)  # pass it to your program for speech


if __name__ == "__main__":
    from local_server import local_server, words

    from ssescan.testing import chat

    answer = "Sunlight has all colours. Air scatters blue light most, about 5.5 times as much as red! So we see blue."
    with local_server(chat(*words(answer))):
        main()
