"""Random queries, bodies and ids, as `openai` and `ssescan.openai` send them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import httpx2
import openai
import pytest

from ssescan.openai import OpenAI
from ssescan.testing import FakePool, reply

ODD = 'a &=+/?#é€ %\u2028\x7f"\\😀'
SCALARS: list[Callable[[random.Random], Any]] = [
    lambda rnd: rnd.choice([None, True, False]),
    lambda rnd: rnd.choice([0, -1, 7, 2**40]),
    lambda rnd: rnd.choice([1.5, -0.0, 1e22, 3.0, 0.1]),
    lambda rnd: "".join(rnd.choices(ODD, k=rnd.randint(0, 5))),
]


def value(rnd: random.Random, depth: int = 0) -> Any:
    if depth > 2 or rnd.random() < 0.6:
        return rnd.choice(SCALARS)(rnd)
    items = [value(rnd, depth + 1) for _ in range(rnd.randint(0, 3))]
    return rnd.choice([items, tuple(items), {f"k{at}": item for at, item in enumerate(items)}])


def parted(url: str) -> tuple[str, list[tuple[str, str]]]:
    """Up to the query, and the query by its names: values of one name keep their order, names may have another one."""
    head, _, query = url.partition("?")
    return head, sorted(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query)), key=lambda pair: pair[0])


@pytest.fixture(scope="module")
def asked() -> Iterator[Callable[[Callable[[Any], object]], list[Any]]]:
    """What both send for a call: method, URL, query and body."""
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(200, json={})

    pool = FakePool(reply({}))
    with (
        openai.OpenAI(api_key="k", http_client=httpx2.Client(transport=httpx2.MockTransport(answer))) as theirs,
        OpenAI(api_key="k", http_client=pool) as ours,
    ):

        def both(call: Callable[[Any], object]) -> list[Any]:
            call(ours)
            call(theirs)
            own, other = pool.requests[-1], sent[-1]
            return [
                (own.method, *parted(own.url), own.body or b""),
                (other.method, *parted(str(other.url)), other.content),
            ]

        yield both


def test_queries_and_bodies(asked: Any):
    rnd = random.Random(1)
    for _ in range(300):
        query, body = ({f"{name}{at}": value(rnd) for at in range(3)} for name in "qb")
        path = "/x" + rnd.choice(["", "?z=1", "?z=%20a&y"])
        ours, theirs = asked(
            lambda client: client.post(path, cast_to=object, body=body, options={"params": query})  # noqa: B023
        )
        assert ours == theirs


def test_ids(asked: Any):
    rnd = random.Random(2)
    for _ in range(100):
        name = "x" + "".join(rnd.choices(ODD + "!$'()*,;:@~._-", k=rnd.randint(0, 6)))
        ours, theirs = asked(lambda client: client.models.retrieve(name))  # noqa: B023
        assert ours == theirs


def test_arguments_keep_their_order(asked: Any):
    """Bodies are the same to the byte, so who records requests by their text finds them again."""
    rnd = random.Random(3)
    arguments = {
        "messages": [{"role": "user", "content": "Hi"}],
        "model": "m",
        "temperature": 0.5,
        "stream": False,
        "n": 2,
        "metadata": {"b": "1", "a": "2"},
        "extra_body": {"z": 1, "a": 2, "n": 3},
    }
    for _ in range(20):
        given = dict(rnd.sample(list(arguments.items()), len(arguments)))
        ours, theirs = asked(lambda client: client.chat.completions.create(**given))  # noqa: B023
        assert ours == theirs and json.loads(ours[-1])["n"] == 3
