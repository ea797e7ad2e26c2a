"""Ask a model, and print its answer while it is written: `python examples/chat.py`.

A server in this process answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

from ssescan.openai import OpenAI


def main() -> None:
    stream = OpenAI().chat.completions.create(
        model="gpt-5.5",
        messages=[{"role": "user", "content": "What is a server-sent event?"}],
        stream=True,
    )
    for chunk in stream:
        print(chunk.text or "", end="", flush=True)
    print(f"\n[{stream.finish_reason}; {stream.stats.time_to_first_text_s:.3f} s to the first word]")


if __name__ == "__main__":
    from local_server import local_server, words

    from ssescan.testing import chat

    with local_server(chat(*words("A few lines of text that a server sends over a response that stays open."))):
        main()
