"""What programs do with clients, models and errors besides calling them, with both packages where that is possible."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import openai
import pydantic
import pydantic_core
import pytest

import ssescan.openai
from faultserver import FaultServer

PACKAGES = pytest.mark.parametrize("package", [openai, ssescan.openai], ids=["openai", "ssescan"])
COMPLETION = {
    "id": "c",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hi"}}],
    "created": 1,
    "model": "m",
    "object": "chat.completion",
    "further": [1],
}


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        yield server


def named(package: Any, path: str) -> Any:
    module, _, name = f"{package.__name__}.{path}".rpartition(".")
    return getattr(importlib.import_module(module), name)


class TestPydantic:
    """Models where pydantic meets them."""

    @PACKAGES
    def test_a_field_of_any_type(self, package: Any):
        class Log(pydantic.BaseModel):
            answer: Any

        cls = named(package, "types.chat.ChatCompletion")
        model = cls.model_validate(COMPLETION)
        whole = model.model_dump(mode="json")
        assert whole["further"] == [1]
        assert pydantic_core.to_jsonable_python(Log(answer=[model])) == {"answer": [whole]}
        assert Log(answer={"a": model}).model_dump(mode="json") == {"answer": {"a": whole}}
        assert pydantic_core.from_json(Log(answer=model).model_dump_json()) == {"answer": whole}
        assert pydantic_core.from_json(pydantic_core.to_json(model)) == whole

    @PACKAGES
    def test_parameters(self, package: Any):
        adapter = pydantic.TypeAdapter(list[named(package, "types.chat.ChatCompletionMessageParam")])  # type: ignore[misc]
        assert adapter.validate_python([{"role": "user", "content": "Hi"}]) == [{"role": "user", "content": "Hi"}]
        with pytest.raises(pydantic.ValidationError):
            adapter.validate_python([{"role": "x", "content": "Hi"}])


@PACKAGES
def test_the_fields_of_a_model_as_a_dict(package: Any):
    model = named(package, "types.chat.ChatCompletion").model_validate(COMPLETION)
    fields = vars(model)
    assert (fields["id"], fields["choices"][0].message.content, fields["usage"]) == ("c", "Hi", None)
    assert list(vars(model.choices[0])) == list(type(model.choices[0]).model_fields)
    assert "further" not in fields


@PACKAGES
def test_raw_access_can_be_replaced(package: Any):
    completions = package.OpenAI(api_key="k").chat.completions
    before = completions.with_raw_response
    with mock.patch.object(completions, "with_raw_response") as replaced:
        assert completions.with_raw_response is replaced
    assert completions.with_raw_response is before
    with mock.patch.object(completions, "with_streaming_response") as replaced:
        assert completions.with_streaming_response is replaced
