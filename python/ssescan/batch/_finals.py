"""What a stream adds up to: the object that the same call gives without streaming, as plain data.

The chunks of a completion are added up by `ssescan.openai.lib`. But most chunks differ from the one before in their text
only, so the core joins the texts, and one chunk is added for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ssescan import _core
from ssescan.models._json import loads

__all__ = ["FINALS", "class_of"]


def class_of(dialect: str) -> Any:
    """The class of the object that a dialect's streams add up to."""
    from ssescan.openai import types

    if dialect == "chat":
        from ssescan.openai.types.chat import ChatCompletion

        return ChatCompletion
    if dialect == "responses":
        from ssescan.openai.types.responses import Response

        return Response
    return types.Completion


class Joined:
    """Joins chunks that are the same but for the text of their only choice; `add` gets one for all of them.

    `key` is the name of the text, `parent` that of the object in the choice where it stands, if there is one.
    """

    def __init__(self, add: Callable[[dict[str, Any]], object], key: str, parent: str | None) -> None:
        self._add, self._key, self._parent = add, key, parent

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        """Takes all events of a stream."""
        chunk: Any = None
        plain = False
        while True:
            text, event = stream._next_unlike("text", alike=plain, arrivals=arrivals)
            if chunk is not None:
                if text:
                    self._holder(chunk)[self._key] = text
                self._add(chunk)
            if event is None:
                return
            raw: Any = _core.node_raw(event)
            chunk = loads(raw)
            plain = self._is_plain(chunk)

    def _is_plain(self, chunk: Any) -> bool:
        """It adds a text to one choice, and nothing that would have to be added more than once."""
        choices = chunk.get("choices")
        if not isinstance(choices, list) or len(choices) != 1 or not isinstance(choices[0], dict) or chunk.get("usage"):
            return False
        choice, holder = choices[0], self._holder(chunk)
        if not isinstance(holder, dict) or not isinstance(holder.get(self._key), str):
            return False
        of_holder = {key for key, value in holder.items() if value is not None} - {"role"}
        of_choice = {key for key, value in choice.items() if value is not None} - {"index"}
        return of_holder | of_choice <= {self._key, self._parent, "index"}

    def _holder(self, chunk: dict[str, Any]) -> Any:
        choice = chunk["choices"][0]
        return choice if self._parent is None else choice.get(self._parent)


def _expected(request: Mapping[str, Any]) -> int:
    """How many choices a request asks for, as far as that can be told from it."""
    n, prompts = request.get("n"), request.get("prompt")
    several = isinstance(prompts, list) and prompts and not isinstance(prompts[0], int)
    return (n if isinstance(n, int) else 1) * (len(prompts) if several else 1)  # type: ignore[arg-type]


class ChatFinal:
    """A `ChatCompletion` from the chunks that answer a request."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._expected = _expected(request)
        from ssescan.openai.lib.streaming.chat import ChatCompletionStreamState

        self._state = ChatCompletionStreamState[Any]()
        self.add_all = Joined(self._merge, "content", "delta").add_all
        self._usage: Any = None
        self._begun = False

    def _merge(self, chunk: dict[str, Any]) -> None:
        # Azure's asynchronous filter sends objects between the chunks that are none: their `object` is "".
        if chunk.get("object") in ("chat.completion.chunk", None):
            self._begun = True
            self._usage = chunk.get("usage") or self._usage
            self._state._add_chunk(chunk)  # type: ignore[arg-type]

    def body(self, *, marked: bool) -> dict[str, Any] | None:
        """The whole; None if it is not. `marked`: the server said so, else every choice that was asked for must be there."""
        if not self._begun:
            return None
        body: dict[str, Any] = _core.node_tree(self._state.current_completion_snapshot)
        if len(body["choices"]) < (1 if marked else self._expected):
            return None
        for choice in body["choices"]:
            message = choice["message"]
            message["role"] = "assistant"  # some servers say so in every chunk
            message.setdefault("content", None)
            message.setdefault("refusal", None)
            message.pop("parsed", None)
            for call in message.get("tool_calls") or ():
                call.pop("index", None)
                (call.get("function") or {}).pop("parsed_arguments", None)
        return {**body, "usage": self._usage}


class CompletionFinal:
    """A `Completion` from the pieces that answer a request."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._expected = _expected(request)
        self.add_all = Joined(self._merge, "text", None).add_all
        self._body: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self._texts: dict[int, list[str]] = {}

    def _merge(self, chunk: dict[str, Any]) -> None:
        known = {key: value for key, value in chunk.items() if value is not None}
        rest = {key: value for key, value in known.items() if key not in ("choices", "obfuscation")}
        self._body = {**self._body, **rest}
        for choice in chunk.get("choices") or ():
            index = choice.get("index") or 0
            held = self._choices.setdefault(index, {"text": "", "index": index, "logprobs": None})
            self._texts.setdefault(index, []).append(choice.get("text") or "")
            held["finish_reason"] = choice.get("finish_reason") or held.get("finish_reason")
            if logprobs := choice.get("logprobs"):
                held["logprobs"] = _joined(held["logprobs"] or {}, logprobs)

    def body(self, *, marked: bool) -> dict[str, Any] | None:
        """As `ChatFinal.body`."""
        if len(self._choices) < (1 if marked else self._expected):
            return None
        choices = [{**self._choices[index], "text": "".join(self._texts[index])} for index in sorted(self._choices)]
        return {"usage": None, **self._body, "object": "text_completion", "choices": choices}


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Logprobs are lists side by side."""
    return {key: (old.get(key) or []) + (new.get(key) or []) for key in {**old, **new}}


class ResponseFinal:
    """A `Response`: the last event has it whole."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._last: Any = None
        self._items: list[Any] = []

    def add_all(self, stream: Any, arrivals: list[float] | None) -> None:
        """Takes all events of a stream."""
        from ssescan.openai.types.responses import ResponseOutputItemDoneEvent

        while (event := stream._next_unlike("text", alike=True, arrivals=arrivals)[1]) is not None:
            self._last = event
            if type(event) is ResponseOutputItemDoneEvent:
                self._items.append(event)

    def body(self, *, marked: bool) -> dict[str, Any] | None:
        """The whole; None if the last event does not have it."""
        body: dict[str, Any] | None = None if self._last is None else self._last.json().get("response")
        if not isinstance(body, dict):
            return None
        if not body.get("output") and self._items:  # some servers leave it out of the last event
            body["output"] = [event.json()["item"] for event in self._items]
        return body


FINALS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "chat": ChatFinal,
    "completions": CompletionFinal,
    "responses": ResponseFinal,
}
