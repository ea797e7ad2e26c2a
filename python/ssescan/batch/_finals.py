"""What a stream adds up to: the object that the same call gives without streaming, as plain data.

The chunks of a completion are added up by `ssescan.openai.lib`. But most chunks differ from the one before in their text
only, and so they are not decoded: `Plain` compares the bytes around the text, and hands over one chunk for all of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from ssescan import _core
from ssescan._json import loads

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


#: The inside of a JSON string.
_WHOLE = re.compile(rb'(?:[^"\\]|\\.)*', re.DOTALL)


#: Numbers, since bytes are looked for in bytes in four times the time.
_QUOTE, _BACKSLASH = b'"\\'

#: No payload begins so.
_NOTHING = b"\0"


class Plain:
    """Joins chunks that are the same but for the text of their only choice; `add` gets each that is left, decoded.

    `key` is the name of the text, `parent` that of the object in the choice where it stands, if there is one.
    """

    def __init__(self, add: Callable[[dict[str, Any]], object], key: str, parent: str | None) -> None:
        self._add, self._key, self._parent = add, key, parent
        self._text = re.compile(rb'"%s":\s*"()(?:[^"\\]|\\.)*()"' % key.encode())
        #: The bytes before and behind the text of the last chunk, and the chunk; none if it is of another kind.
        self._before, self._behind, self._chunk = _NOTHING, b"", dict[str, Any]()
        self._begin = self._end = 0
        self._texts: list[bytes] = []

    def add_all(self, events: Iterable[Any]) -> None:
        """Takes events until there are no more. The loop of a batch: what is done here for each event is done often."""
        raw_of = _core.node_raw
        before, behind, begin, end, texts = self._before, self._behind, self._begin, self._end, self._texts
        for event in events:
            raw: Any = raw_of(event)
            if raw.startswith(before) and raw.endswith(behind):
                text = raw[begin:end]
                # A quote would end the text, unless it is escaped, and a backslash at its end would hide the one that
                # does. Nothing at all may be a payload in which the two overlap.
                if (text and _QUOTE not in text and _BACKSLASH not in text) or self._is_text(raw, text):
                    texts.append(text)
                    continue
            self._add_other(raw)
            before, behind, begin, end, texts = self._before, self._behind, self._begin, self._end, self._texts

    def _add_other(self, raw: bytes) -> None:
        """Takes a chunk that differs from the one before in more than its text."""
        self.flush()
        chunk = loads(raw)
        self._learn(raw, chunk)
        if self._before is _NOTHING:
            self._add(chunk)

    def _is_text(self, raw: bytes, text: bytes) -> bool:
        return len(raw) >= self._begin - self._end and _WHOLE.fullmatch(text) is not None

    def flush(self) -> None:
        """Hands over what was joined."""
        if self._texts:
            self._holder(self._chunk)[self._key] = loads(b'"' + b"".join(self._texts) + b'"')
            self._add(self._chunk)
        self._before, self._texts = _NOTHING, []

    def _learn(self, raw: bytes, chunk: Any) -> None:
        if not self._is_plain(chunk) or (found := self._text.search(raw)) is None:
            return
        begin, end = found.start(1), found.start(2)
        before, behind = raw[:begin], raw[end:]
        # That this is the right place is not believed, but tried: another text there is the only difference.
        holder = self._holder(chunk)
        text, holder[self._key] = holder[self._key], "\0"
        right = loads(before + b"\\u0000" + behind) == chunk
        holder[self._key] = text
        if right:
            self._before, self._behind, self._chunk = before, behind, chunk
            self._begin, self._end = len(before), -len(behind)
            self._texts = [raw[begin:end]]

    def _is_plain(self, chunk: Any) -> bool:
        """It adds a text to one choice, and nothing that would have to be added more than once."""
        choices = chunk.get("choices") if isinstance(chunk, dict) else None
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


class ChatFinal:
    """A `ChatCompletion` from its chunks."""

    def __init__(self) -> None:
        from ssescan.openai.lib.streaming.chat import ChatCompletionStreamState

        self._state = ChatCompletionStreamState[Any]()
        self._plain = Plain(self._merge, "content", "delta")
        self.add_all = self._plain.add_all  #: takes all events of a stream
        self._usage: Any = None

    def _merge(self, chunk: dict[str, Any]) -> None:
        # Azure's asynchronous filter sends objects between the chunks that are none: their `object` is "".
        if chunk.get("object") in ("chat.completion.chunk", None):
            self._usage = chunk.get("usage") or self._usage
            self._state.handle_chunk(chunk)  # type: ignore[arg-type]

    def body(self) -> dict[str, Any]:
        """The whole. AssertionError if there was no chunk."""
        self._plain.flush()
        body: dict[str, Any] = _core.node_tree(self._state.current_completion_snapshot)
        for choice in body["choices"]:
            message = choice["message"]
            message.setdefault("role", "assistant")
            message.setdefault("content", None)
            message.setdefault("refusal", None)
            message.pop("parsed", None)
            for call in message.get("tool_calls") or ():
                call.pop("index", None)
                (call.get("function") or {}).pop("parsed_arguments", None)
        return {**body, "usage": self._usage}


class CompletionFinal:
    """A `Completion` from its pieces."""

    def __init__(self) -> None:
        self._plain = Plain(self._merge, "text", None)
        self.add_all = self._plain.add_all  #: takes all events of a stream
        self._body: dict[str, Any] = {}
        self._choices: dict[int, dict[str, Any]] = {}
        self._texts: dict[int, list[str]] = {}

    def _merge(self, chunk: dict[str, Any]) -> None:
        rest = {key: value for key, value in chunk.items() if key != "choices" and value is not None}
        self._body = {**self._body, **rest}
        for choice in chunk.get("choices") or ():
            index = choice.get("index") or 0
            held = self._choices.setdefault(index, {"text": "", "index": index, "logprobs": None})
            self._texts.setdefault(index, []).append(choice.get("text") or "")
            held["finish_reason"] = choice.get("finish_reason") or held.get("finish_reason")
            if logprobs := choice.get("logprobs"):
                held["logprobs"] = _joined(held["logprobs"] or {}, logprobs)

    def body(self) -> dict[str, Any]:
        """The whole."""
        self._plain.flush()
        choices = [{**self._choices[index], "text": "".join(self._texts[index])} for index in sorted(self._choices)]
        return {"usage": None, **self._body, "object": "text_completion", "choices": choices}


def _joined(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Logprobs are lists side by side."""
    return {key: (old.get(key) or []) + (new.get(key) or []) for key in {**old, **new}}


class ResponseFinal:
    """A `Response`: the last event has it whole."""

    def __init__(self) -> None:
        self._last: Any = None
        self._items: list[Any] = []

    def add_all(self, events: Iterable[Any]) -> None:
        """Takes all events of a stream."""
        from ssescan.openai.types.responses import ResponseOutputItemDoneEvent

        for event in events:
            self._last = event
            if type(event) is ResponseOutputItemDoneEvent:
                self._items.append(event)

    def body(self) -> dict[str, Any]:
        """The whole."""
        body: dict[str, Any] = self._last.json()["response"]
        if not body.get("output") and self._items:  # some servers leave it out of the last event
            body["output"] = [event.json()["item"] for event in self._items]
        return body


FINALS: dict[str, Callable[[], Any]] = {"chat": ChatFinal, "completions": CompletionFinal, "responses": ResponseFinal}
