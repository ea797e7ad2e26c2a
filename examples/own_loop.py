"""Read streams in an event loop of your own: `pip install httpx; python examples/own_loop.py`.

A `Parser` does no I/O: it takes bytes and returns events. So it works with asyncio, trio and any HTTP client.
A server in this process answers. Set OPENAI_API_KEY, or OPENAI_BASE_URL, and a real one does.
"""

import asyncio
import os

import httpx

from ssescan import Parser


async def ask(client: httpx.AsyncClient, question: str) -> str:
    body = {"model": "gpt-5.5", "stream": True, "messages": [{"role": "user", "content": question}]}
    parser, text = Parser("chat"), ""
    async with client.stream("POST", "/chat/completions", json=body) as response:
        response.raise_for_status()
        async for block in response.aiter_bytes():
            for chunk in parser.feed(block):
                text += chunk.text or ""
    parser.finish()  # raises if the answer is truncated
    return text


async def main() -> None:
    url = os.environ.get("OPENAI_BASE_URL", "https://api.openai.com/v1")
    key = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}"}
    async with httpx.AsyncClient(base_url=url, headers=key, timeout=60) as client:
        print(await asyncio.gather(ask(client, "Say hello."), ask(client, "Say hello again.")))


if __name__ == "__main__":
    from local_server import local_server, words

    from ssescan.testing import chat

    with local_server(chat(*words("Hello there, and hello from the other stream too."))):
        asyncio.run(main())
