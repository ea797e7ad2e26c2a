"""The methods of the client beside those of the package that it stands in for: what is there, and what each takes."""

from __future__ import annotations

import inspect
import typing
from typing import Any

import openai
import pytest

from each import for_each
from ssescan.openai import OpenAI, omit
from ssescan.openai._decoding import named
from ssescan.openai._endpoints import Options, url_path
from ssescan.openai._methods import Method

OURS, THEIRS = OpenAI(api_key="k"), openai.OpenAI(api_key="k")


def endpoints(group: Any, path: str) -> list[str]:
    """Dotted names of the endpoints in a group and in the groups in it."""
    found = [f"{path}.{name}" for name, value in vars(type(group)).items() if isinstance(value, Method)]
    groups = [name for name, value in vars(type(group)).items() if hasattr(value, "func")]
    return found + [
        name for group_name in groups for name in endpoints(getattr(group, group_name), f"{path}.{group_name}")
    ]


NAMES = [
    name
    for group, value in vars(OpenAI).items()
    if hasattr(value, "func")
    for name in endpoints(getattr(OURS, group), group)
    if not name.startswith("beta.chat")
]


def at(client: Any, name: str) -> Any:
    for part in name.split("."):
        client = getattr(client, part)
    return client


class TestSignature:
    @for_each(NAMES)
    def test_it_takes_the_same(self, name: str):
        ours, theirs = (inspect.signature(at(client, name)).parameters for client in (OURS, THEIRS))

        positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
        assert [key for key, it in ours.items() if it.kind is positional] == [
            key for key, it in theirs.items() if it.kind is positional
        ]
        assert set(ours) == set(theirs)

    @for_each(NAMES)
    def test_it_needs_the_same(self, name: str):
        required = []
        for client in (OURS, THEIRS):
            parameters = inspect.signature(at(client, name)).parameters.items()
            required.append({key for key, parameter in parameters if parameter.default is parameter.empty})
        assert required[0] == required[1]


@for_each(name for name in NAMES if hasattr(at(OURS, name), "result_class"))
def test_what_it_gives_is_there(name: str):
    result_class = at(OURS, name).result_class
    assert result_class is str or named(result_class) is not None


def test_there_are_many():
    assert len(NAMES) == 154


def test_keywords_that_must_be_given_say_so():
    parameters = inspect.signature(OURS.chat.completions.create).parameters
    assert parameters["messages"].default is inspect.Parameter.empty
    assert parameters["top_p"].default is omit


def test_overloads_are_told_apart_by_stream():
    create = typing.cast(Any, type(OURS.responses).create)
    assert create.dialect == "responses" and set(Options.__annotations__) < set(create.needs)


class TestClients:
    @pytest.mark.parametrize("name", ["__init__", "copy", "with_options"])
    def test_they_take_the_same(self, name: str):
        ours, theirs = (inspect.signature(getattr(client, name)).parameters for client in (OpenAI, openai.OpenAI))

        assert set(ours) == {*theirs, "max_body_bytes", "on_stream_end"}
        assert {it.kind for it in ours.values()} == {it.kind for it in theirs.values()}

    @pytest.mark.parametrize("name", ["get", "post", "put", "patch", "delete", "get_api_list"])
    def test_low_level_calls_do(self, name: str):
        ours, theirs = (inspect.signature(getattr(client, name)).parameters for client in (OpenAI, openai.OpenAI))

        assert set(ours) == set(theirs)


class TestPaths:
    def test_ids_are_encoded(self):
        assert url_path("/threads/{t}/runs", {"t": "a b/c?#é"}) == "/threads/a%20b%2Fc%3F%23%C3%A9/runs"

    @pytest.mark.parametrize("value", ["", None])
    def test_an_empty_id(self, value: Any):
        with pytest.raises(ValueError, match="Expected a non-empty value for `t` but received"):
            url_path("/threads/{t}", {"t": value})

    @pytest.mark.parametrize("value", [".", "..", "%2e", ".%2E"])
    def test_an_id_that_leads_elsewhere(self, value: str):
        if "%" in value:
            assert url_path("/threads/{t}", {"t": value}) == f"/threads/{value.replace('%', '%25')}"
        else:
            with pytest.raises(ValueError, match="dot-segment"):
                url_path("/threads/{t}", {"t": value})
