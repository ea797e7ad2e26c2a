"""Names that programs import from private modules of `openai`. Each program is run with both packages."""

from __future__ import annotations

import importlib
import json
import typing
import warnings
from typing import Any, Union

import openai
import pytest
from pydantic import BaseModel

import ssescan.openai
from both import Noted, answer, both

NAMES = {
    "_base_client": "BaseClient SyncAPIClient AsyncAPIClient SyncHttpxClientWrapper AsyncHttpxClientWrapper "
    "DefaultHttpxClient FinalRequestOptions make_request_options "
    "DEFAULT_CONNECTION_LIMITS DEFAULT_MAX_RETRIES DEFAULT_TIMEOUT",
    "_compat": "PYDANTIC_V1 cached_property model_copy model_dump model_json model_parse parse_obj",
    "_constants": "DEFAULT_CONNECTION_LIMITS DEFAULT_MAX_RETRIES DEFAULT_TIMEOUT RAW_RESPONSE_HEADER",
    "_models": "BaseModel FinalRequestOptions construct_type construct_type_unchecked",
    "_resource": "SyncAPIResource AsyncAPIResource",
    "_types": "NOT_GIVEN Body Headers NoneType NotGiven Omit Query RequestFiles ResponseT SequenceNotStr Timeout",
    "_utils": "is_dict is_given is_list is_mapping maybe_transform",
    "lib._parsing": "ResponseFormatT type_to_response_format_param",
    "lib._parsing._completions": "ResponseFormatT has_parseable_input parse_chat_completion "
    "type_to_response_format_param validate_input_tools",
    "lib._parsing._responses": "TextFormatT parse_response type_to_text_format_param",
}


def module(package: Any, name: str) -> Any:
    return importlib.import_module(f"{package.__name__}.{name}")


@pytest.mark.parametrize("name", NAMES)
def test_names(name: str):
    for package in (ssescan.openai, openai):
        assert [it for it in NAMES[name].split() if not hasattr(module(package, name), it)] == []


class City(BaseModel):
    name: str
    population: int


def options(package: Any, client: Any, noted: Noted) -> None:
    make = module(package, "_base_client").make_request_options
    noted("options", make(query={"a": 1}, extra_query={"b": 2}, extra_headers={"x-a": "1"}, extra_body={"c": 3}))
    noted(
        "nothing", make(extra_headers=None, timeout=package.NOT_GIVEN), make(timeout=None), make(extra_query={"b": 2})
    )
    noted("others", make(idempotency_key="k", security=None))
    result = client.post("/things", cast_to=object, body={"d": 4}, options=make(extra_body={"c": 3}))
    noted("result", result)


def formats(package: Any, client: Any, noted: Noted) -> None:
    completions, responses = (module(package, f"lib._parsing._{name}") for name in ("completions", "responses"))
    noted("chat", completions.type_to_response_format_param(City))
    noted("responses", responses.type_to_text_format_param(City))


def constructed(package: Any, client: Any, noted: Noted) -> None:
    construct_type = module(package, "_models").construct_type
    types = importlib.import_module(f"{package.__name__}.types.responses")
    delta = {"type": "response.output_text.delta", "delta": "x", "item_id": "i", "output_index": 0, "content_index": 0}
    noted("event", construct_type(type_=types.ResponseStreamEvent, value=delta))
    chat = importlib.import_module(f"{package.__name__}.types.chat")
    completion = construct_type(
        type_=chat.ChatCompletion, value={"id": "c", "choices": [{"message": {"content": "x"}}]}
    )
    noted("content", completion.choices[0].message.content)
    noted("list", [type(it).__name__ for it in construct_type(type_=list[chat.ChatCompletion], value=[{"id": "c"}])])
    noted("other", construct_type(type_=chat.ChatCompletion, value="x"), construct_type(type_=Union[str, int], value=3))


def without_arguments(package: Any, client: Any, noted: Noted) -> None:
    """Note the fields of a program's own class whose types do not say what is in them."""

    class Things(package.BaseModel):  # type: ignore[misc, name-defined]
        typed: typing.Dict  # type: ignore[type-arg]
        listed: typing.List  # type: ignore[type-arg]
        plain: dict  # type: ignore[type-arg]
        nested: dict[str, list]  # type: ignore[type-arg]

    value = {"typed": {"a": {"b": 1}}, "listed": [{"a": 1}], "plain": {"a": 1}, "nested": {"a": [1, {"b": 2}]}}
    things = module(package, "_models").construct_type(type_=Things, value=value)
    noted("fields", things.typed, things.listed, things.plain, things.nested)
    noted("types", [type(it).__name__ for it in (things.typed, things.listed, things.plain, things.nested)])
    noted("bare", [module(package, "_models").construct_type(type_=it, value=value) for it in (typing.Dict, dict)])


def compatible(package: Any, client: Any, noted: Noted) -> None:
    compat = module(package, "_compat")
    deleted = compat.model_parse(package.types.ModelDeleted, {"id": "m", "deleted": True, "object": "model"})
    noted("class", type(deleted).__name__, compat.model_copy(deleted, deep=True) == deleted)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic warns of fields of an object
        noted("fields", list(deleted.model_fields), list(type(deleted).model_fields))
    noted("dump", compat.model_dump(deleted), compat.model_dump(deleted, exclude={"id"}), compat.model_json(deleted))


def resource(package: Any, client: Any, noted: Noted) -> None:
    base = module(package, "_resource").SyncAPIResource

    class Things(base):  # type: ignore[misc, valid-type]
        def make(self, name: str) -> Any:
            body = module(package, "_utils").maybe_transform({"name": name, "city": {"name": "Rome"}}, dict)
            return self._post("/things", body=body, cast_to=object)

    noted("made", Things(client).make("a"))
    noted("group", isinstance(client.chat.completions, base))
    noted("methods", [hasattr(client.files, f"_{it}") for it in ("get", "put", "patch", "delete", "get_api_list")])


def own_client(package: Any, client: Any, noted: Noted) -> None:
    """Note what a program does that sets the headers of each request itself."""
    is_given, omit = module(package, "_utils").is_given, package.Omit

    class Client(package.OpenAI):  # type: ignore[misc, name-defined]
        def _prepare_options(self, options: Any) -> Any:
            headers = dict(options.headers) if is_given(options.headers) else {}
            options.headers = {**headers, "x-own": "1", "authorization": omit()}
            return super()._prepare_options(options)

    made = Client(api_key="k", base_url=client.base_url)
    assert isinstance(made, module(package, "_base_client").SyncAPIClient)
    noted("result", made.get("/things", cast_to=object))
    made.close()


@pytest.mark.parametrize(
    "program", [options, formats, constructed, without_arguments, compatible, resource, own_client]
)
def test_a_program(program: Any):
    ours, theirs = both(program, answer(json.dumps({"id": "t"}).encode()))
    assert "raised" not in [name for name, *_ in theirs]
    assert ours == theirs


def test_a_replaced_request_of_all_clients(monkeypatch: pytest.MonkeyPatch):
    for package in (ssescan.openai, openai):
        seen: list[str] = []

        def request(self: Any, cast_to: Any, options: Any, seen: list[str] = seen, **_: Any) -> None:
            seen.append(options.url)

        monkeypatch.setattr(module(package, "_base_client").SyncAPIClient, "request", request)
        package.OpenAI(api_key="k").models.retrieve("m")
        assert seen == ["/models/m"]
