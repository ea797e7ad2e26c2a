"""Stop an answer that takes too long, or that the user no longer wants: `python examples/time_limit.py`.

A server in this process answers, slowly. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

import threading

from ssescan import StreamCancelled, StreamTimeout, Timeouts
from ssescan.openai import OpenAI


def ask(limit_s: float, cancel_after_s: float) -> None:
    with OpenAI(timeout=Timeouts(total_s=limit_s)).chat.completions.create(
        model="gpt-5.5", messages=[{"role": "user", "content": "Write a long story."}], stream=True
    ) as stream:
        stop_button = threading.Timer(cancel_after_s, stream.cancel)  # cancel() works from any thread
        stop_button.start()
        try:
            print(stream.reader().read())
        except StreamTimeout as error:
            print(f"too slow (limit {error.clock!r}), so far: {error.partial_text!r}")
        except StreamCancelled as error:
            print(f"cancelled, so far: {error.partial_text!r}")
        finally:
            stop_button.cancel()


def main() -> None:
    ask(limit_s=0.4, cancel_after_s=60)
    ask(limit_s=60, cancel_after_s=0.4)


if __name__ == "__main__":
    from local_server import local_server, words

    from ssescan.testing import chat

    with local_server(chat(*words("Once upon a time there was a server that was never in a hurry.")), rate=10):
        main()
