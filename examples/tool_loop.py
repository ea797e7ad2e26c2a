"""Let a model call functions until it has its answer: `python examples/tool_loop.py`.

A server in this process answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

from ssescan.openai import OpenAI


def get_weather(city: str) -> str:
    """Return the weather in a city."""
    print(f"(get_weather of {city})")
    return "-3 degrees and snow"


def main() -> None:
    with OpenAI().chat.completions.run_tools(
        model="gpt-5.5",
        messages=[{"role": "user", "content": "Do I need a coat in Oslo?"}],
        functions=[get_weather],
    ) as stream:
        for event in stream:
            if event.type == "content.delta":
                print(event.delta, end="", flush=True)
    print()


if __name__ == "__main__":
    from local_server import local_server, words

    from ssescan.testing import chat

    call = chat(tool_calls=[("get_weather", {"city": "Oslo"})])
    with local_server(call, chat(*words("Yes: it is -3 degrees, and it snows."))):
        main()
