"""The tool loop: the functions that a model calls are run, and the stream continues."""

from __future__ import annotations

import datetime
import decimal
import json
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Annotated, Any, Dict, List, Literal, Optional

import pytest

from both import Reader, body
from faultserver import FaultServer, Gate, Script, settled
from scripts import assistants, call_step, chat, chunk, created, delta, frames, message, run, step_delta, text, tool
from ssescan import errors
from ssescan.errors import APIError, RateLimitError, ToolCallTruncated
from ssescan.openai import AssistantEventHandler, OpenAI, omit
from ssescan.openai.lib._signatures import describe
from ssescan.openai.lib.tool_loop import ToolOutput, ToolRoundsExceeded, Tools, UnsupportedAction
from ssescan.replay import ReplayServer
from test_helpers_responses import called, done_call, done_text, written
from test_helpers_responses import responses as response_frames

pytestmark = pytest.mark.filterwarnings("ignore:The Assistants API is deprecated")


def weather(city: str, unit: Literal["c", "f"] = "c") -> str:
    """Return the weather."""
    return f"{city}: 21 {unit}"


def broken(**anything: Any) -> None:
    raise LookupError("no such place")


def never(**arguments: Any) -> None:
    raise AssertionError("a call was run")


def refused(cls: Any, server: FaultServer, manager: Any) -> Any:
    """Return the exception of a loop that ends before it runs a call."""
    with manager as stream, pytest.raises(cls) as caught:
        stream.until_done()
    assert len(server.requests) == 1
    return caught.value


# Assistants


def asking(*calls: tuple[str, str, str]) -> bytes:
    """Return a run that calls functions: (id, name, arguments)."""
    wanted = [
        {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
        for id, name, arguments in calls
    ]
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": wanted}}
    fragments = [tool(at, arguments, name, id) for at, (id, name, arguments) in enumerate(calls)]
    asked = run("requires_action", "requires_action", required_action=action)
    return frames(call_step(), step_delta(*fragments), asked, ("done", "[DONE]"))


def answering(said: str = "It is fine") -> bytes:
    whole = {"type": "text", "text": {"value": said, "annotations": []}}
    return assistants(
        call_step(state="completed", status="completed"),
        created(),
        delta(text(said)),
        message(state="completed", content=[whole], status="completed"),
    )


def following(server: FaultServer, *bodies: bytes, **given: Any) -> Any:
    server.play_each(*map(body, bodies))
    given = {"functions": [weather], "thread_id": "t", "assistant_id": "a", **given}
    return server.client().beta.threads.runs.run_tools(**given)


def submitted(server: FaultServer, at: int = 1) -> Any:
    request = server.requests[at]
    assert (request.method, request.path) == ("POST", "/threads/t/runs/run_1/submit_tool_outputs")
    sent = json.loads(request.body)
    assert sent["stream"] is True
    return sent["tool_outputs"]


ROME = ("call_1", "weather", '{"city": "Rome"}')


class TestAssistants:
    def test_one_loop_over_all_of_it(self):
        with FaultServer() as server, following(server, asking(ROME), answering()) as stream:
            names = [event.event for event in stream]
            assert names.count("thread.run.requires_action") == names.count("thread.run.completed") == 1
            assert submitted(server) == [{"tool_call_id": "call_1", "output": "Rome: 21 c"}]
            assert stream.get_final_run().status == "completed"
            assert stream.get_final_messages()[0].content[0].text.value == "It is fine"
            assert [step.status for step in stream.get_final_run_steps()] == ["completed"]
            assert server.connections == 1

    def test_calls_of_one_round_are_answered_at_once(self):
        calls = [ROME, ("call_2", "weather", '{"city": "Oslo", "unit": "f"}')]
        with FaultServer() as server, following(server, asking(*calls), answering()) as stream:
            stream.until_done()
            assert [output["output"] for output in submitted(server)] == ["Rome: 21 c", "Oslo: 21 f"]

    def test_several_rounds(self):
        with (
            FaultServer() as server,
            following(server, asking(ROME), asking(ROME), asking(ROME), answering()) as stream,
        ):
            assert "".join(stream.text_deltas) == "It is fine"
            assert len(server.requests) == 4

    def test_a_handler_follows_all_rounds(self):
        class Handler(AssistantEventHandler):
            def __init__(self) -> None:
                super().__init__()
                self.seen: List[str] = []

            def on_tool_call_done(self, tool_call: Any) -> None:
                self.seen.append(tool_call.function.arguments)

            def on_text_done(self, text: Any) -> None:
                self.seen.append(text.value)

            def on_end(self) -> None:
                self.seen.append("end")

        with FaultServer() as server:
            with following(server, asking(ROME), answering(), event_handler=Handler()) as handler:
                handler.until_done()
            assert handler.seen[0] == '{"city": "Rome"}' and handler.seen[-1] == "end"
            assert "It is fine" in handler.seen and handler.seen.count("end") == 1

    def test_a_mapping_of_names(self):
        def run_it(**given: Any) -> Any:
            return given

        with FaultServer() as server:
            with following(server, asking(ROME), answering(), functions={"weather": run_it}) as stream:
                stream.until_done()
            assert json.loads(submitted(server)[0]["output"]) == {"city": "Rome"}

    def test_a_thread_that_is_made(self):
        with FaultServer() as server:
            server.play_each(body(asking(ROME)), body(answering()))
            threads = server.client().beta.threads
            with threads.create_and_run_tools(assistant_id="a", functions=weather, thread={"messages": []}) as stream:
                assert "".join(stream.text_deltas) == "It is fine"
            assert server.requests[0].path == "/threads/runs"
            assert submitted(server)[0]["tool_call_id"] == "call_1"

    def test_options_go_with_every_request(self):
        given = {"extra_headers": {"x-mine": "1"}, "extra_query": {"q": "2"}, "extra_body": {"only": "first"}}
        with FaultServer() as server, following(server, asking(ROME), answering(), **given) as stream:
            stream.until_done()
            assert [request.headers["x-mine"] for request in server.requests] == ["1", "1"]
            assert all(request.path.endswith("?q=2") for request in server.requests)
            assert ["only" in json.loads(request.body) for request in server.requests] == [True, False]

    def test_nothing_is_asked_for(self):
        with FaultServer() as server, following(server, answering("Hi")) as stream:
            assert "".join(stream.text_deltas) == "Hi"
            assert len(server.requests) == 1

    def test_truncated_arguments(self):
        with FaultServer() as server:
            ask = asking(("a", "f", "{}"), ("b", "f", '{"city'))
            error = refused(ToolCallTruncated, server, following(server, ask, functions={"f": never}))
        assert [call["id"] for call in error.tool_calls] == ["b"]

    @pytest.mark.parametrize(
        ("action", "text"),
        [
            (
                {
                    "type": "submit_tool_approval",
                    "submit_tool_approval": {
                        "tool_calls": [{"id": "c", "type": "mcp", "name": "search", "arguments": "{}"}]
                    },
                },
                "'submit_tool_approval' for 'search'",
            ),
            ({"type": "confirm", "confirm": {"question": "?"}}, "'confirm'"),
            ({"new_action": {"tool_calls": [{"type": "mcp"}]}}, "'new_action' for 'mcp'"),
            (
                {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": [{"id": "c", "type": "mcp"}]}},
                "'mcp'",
            ),
        ],
    )
    def test_another_action(self, action: Any, text: str):
        asked = run("requires_action", "requires_action", required_action=action)
        with FaultServer() as server:
            error = refused(UnsupportedAction, server, following(server, frames(asked, ("done", "[DONE]"))))
        assert text in str(error) and error.run.id == "run_1"

    @pytest.mark.parametrize("state", ["failed", "expired", "cancelled", "incomplete"])
    def test_a_run_that_ends_otherwise(self, state: str):
        ended = frames(run(state, state), ("done", "[DONE]"))
        with FaultServer() as server, following(server, ended) as stream:
            assert stream.get_final_run().status == state
            assert len(server.requests) == 1

    def test_functions_run_in_the_thread_that_iterates(self):
        seen = []

        def weather(city: str) -> None:
            seen.append(threading.current_thread())

        with FaultServer() as server, following(server, asking(ROME), answering(), functions=[weather]) as stream:
            stream.until_done()
        assert seen == [threading.current_thread()]


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "functions", "said"),
        [
            ("{}", {"weather": broken}, "LookupError: no such place"),
            ("[1]", {"weather": weather}, "Arguments of 'weather' are not a JSON object: '[1]'"),
            ('{"town": "Rome"}', {"weather": weather}, "unexpected keyword argument 'town'"),
            ("{}", {"other": weather}, "Unknown function 'weather' (available: other)"),
            ('{"city": "x"}', {"weather": lambda city: (1 // 0 for _ in "x")}, "ZeroDivisionError"),
        ],
    )
    def test_the_model_is_told(self, arguments: str, functions: Any, said: str):
        outputs: List[ToolOutput] = []
        given = {"functions": functions, "on_tool_output": outputs.append}
        with FaultServer() as server:
            with following(server, asking(("c", "weather", arguments)), answering(), **given) as stream:
                stream.until_done()
            assert said in json.loads(submitted(server)[0]["output"])["error"]
        [output] = outputs
        assert output.error is not None and output.name == "weather" and output.arguments == arguments

    def test_a_reported_error_is_logged(self, caplog: pytest.LogCaptureFixture):
        given = {"functions": {"weather": broken}}
        with FaultServer() as server, following(server, asking(ROME), answering(), **given) as stream:
            stream.until_done()
        [record] = caplog.records
        assert (record.name, record.levelname) == ("ssescan", "WARNING")
        assert record.getMessage() == "Tool 'weather' failed; the model gets the error"
        assert "no such place" in caplog.text

    def test_or_it_is_raised(self):
        given = {"functions": {"weather": broken}, "on_tool_error": "raise"}
        with FaultServer() as server, following(server, asking(ROME), answering(), **given) as stream:
            with pytest.raises(LookupError, match="no such place"):
                stream.until_done()
            assert len(server.requests) == 1

    def test_an_interruption_is_never_reported(self):
        def weather(city: str) -> None:
            raise KeyboardInterrupt

        with FaultServer() as server, following(server, asking(ROME), answering(), functions=[weather]) as stream:
            with pytest.raises(KeyboardInterrupt):
                stream.until_done()
            assert len(server.requests) == 1

    @pytest.mark.parametrize("max_rounds", [0, 2])
    def test_rounds_are_bounded(self, max_rounds: int):
        with FaultServer() as server, following(server, asking(ROME), max_rounds=max_rounds) as stream:
            with pytest.raises(ToolRoundsExceeded, match=f"more than {max_rounds} rounds of tool calls") as caught:
                stream.until_done()
            assert isinstance(caught.value, errors.OpenAIError) and caught.value.max_rounds == max_rounds
            assert len(server.requests) == 1 + max_rounds

    def test_a_follow_up_that_fails(self):
        refused: Script = (b"HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\n{}",)
        with FaultServer() as server:
            with following(server, asking(ROME), answering()) as stream:
                server.plays[0:] = [refused]
                with pytest.raises(errors.BadRequestError):
                    stream.until_done()

    def test_leaving_early_runs_nothing(self):
        ran: List[str] = []
        with FaultServer() as server:
            with following(
                server, asking(ROME), answering(), functions={"weather": lambda city: ran.append(city)}
            ) as stream:
                next(stream)
            assert list(stream) == []
            assert len(server.requests) == 1 and ran == []

    def test_closed_by_a_function(self):
        with FaultServer() as server:
            closing: List[Callable[[], None]] = []
            functions = {"weather": lambda city: closing[0]()}
            with following(server, asking(ROME), answering(), functions=functions) as stream:
                closing.append(stream.close)
                stream.until_done()
            assert len(server.requests) == 1

    @pytest.mark.parametrize(
        "given",
        [
            {"functions": [lambda: 1]},
            {"functions": "weather"},
            {"functions": {"f": 3}},
            {"functions": [weather], "on_tool_error": "ignore"},
            {"functions": [weather], "max_rounds": -1},
        ],
    )
    def test_what_makes_no_sense(self, given: Any):
        with FaultServer() as server:
            server.play(*body(answering()))
            with pytest.raises((TypeError, ValueError)), following(server, answering(), **given):
                pass

    def test_functions_are_none(self):
        with FaultServer() as server, pytest.raises(TypeError, match="functions must be a list .* got NoneType"):
            server.client().responses.run_tools(model="m", input="x", functions=None)

    def test_no_functions(self):
        with FaultServer() as server, pytest.raises(TypeError, match="'functions'"):
            server.client().responses.run_tools(model="m", input="x")


# Responses


def asked(*calls: tuple[str, str], id: str = "resp_1") -> bytes:
    """Return a response that calls functions: (name, arguments)."""
    items = [{**done_call(arguments, at), "name": name} for at, (name, arguments) in enumerate(calls)]
    events = [("output_item.done", {"output_index": at, "item": item}) for at, item in enumerate(items)]
    whole = b"".join(response_frames(*events, output=items))
    return whole.replace(b'"resp_1"', json.dumps(id).encode())


def said(words: str, id: str = "resp_2") -> bytes:
    whole = b"".join(response_frames(*written(words), output=[done_text(words)]))
    return whole.replace(b'"resp_1"', json.dumps(id).encode())


def responding(server: FaultServer, *bodies: bytes, **given: Any) -> Any:
    server.play_each(*map(body, bodies))
    return server.client().responses.run_tools(**{"functions": [weather], "model": "m", "input": "How is it?", **given})


def sent(server: FaultServer) -> List[Any]:
    return [json.loads(request.body) for request in server.requests]


class TestResponses:
    def test_texts_of_all_rounds(self):
        with FaultServer() as server, responding(server, asked(("weather", "{}")), said("Fine")) as stream:
            assert repr(stream) == "<ToolResponseStream: open>"
            assert "".join(stream.texts()) == "Fine" and repr(stream) == "<ToolResponseStream: done>"

    def test_one_loop_over_all_of_it(self):
        calls = [("weather", '{"city": "Rome"}'), ("weather", '{"city": "Oslo"}')]
        with FaultServer() as server, responding(server, asked(*calls), said("Fine")) as stream:
            types = [event.type for event in stream]
            assert types.count("response.created") == types.count("response.completed") == 2
            assert stream.get_final_response().output_text == "Fine"
            first, second = sent(server)
        assert first["input"] == "How is it?" and second["previous_response_id"] == "resp_1"
        assert second["input"] == [
            {"type": "function_call_output", "call_id": "call_0", "output": "Rome: 21 c"},
            {"type": "function_call_output", "call_id": "call_1", "output": "Oslo: 21 c"},
        ]
        assert first["tools"] == second["tools"] == [describe("weather", weather)]

    def test_several_rounds(self):
        rounds = [asked(("weather", '{"city": "x"}'), id=f"resp_{at}") for at in range(3)]
        with FaultServer() as server, responding(server, *rounds, said("Fine")) as stream:
            stream.until_done()
            assert [body.get("previous_response_id") for body in sent(server)] == [None, "resp_0", "resp_1", "resp_2"]

    def test_snapshots_begin_anew(self):
        with FaultServer() as server:
            first = b"".join(
                response_frames(*written("So: "), *called("{}", at=1), output=[done_text("So: "), done_call("{}", 1)])
            )
            with responding(server, first, said("Fine"), functions={"f": lambda: "x"}) as stream:
                texts = [event.snapshot for event in stream if event.type == "response.output_text.delta"]
            assert texts == ["So: ", "Fine"]

    def test_the_whole_conversation_if_nothing_is_stored(self):
        call = {**done_call('{"city": "Rome"}'), "name": "weather"}
        with FaultServer() as server:
            with responding(server, asked(("weather", '{"city": "Rome"}')), said("Fine"), store=False) as stream:
                stream.until_done()
            _, second = sent(server)
        assert "previous_response_id" not in second
        assert second["input"] == [
            {"role": "user", "content": "How is it?"},
            call,
            {"type": "function_call_output", "call_id": "call_0", "output": "Rome: 21 c"},
        ]

    @pytest.mark.parametrize("input", ["one", "none"])
    def test_the_whole_conversation_of_an_iterator_or_nothing(self, input: str):
        items = [{"role": "user", "content": "Hi"}] if input == "one" else []
        given = {"input": iter(items)} if items else {"input": omit, "prompt": {"id": "p"}}
        with FaultServer() as server:
            with responding(server, asked(("weather", "{}")), said("Fine"), store=False, **given) as stream:
                stream.until_done()
            first, second = sent(server)
        assert first.get("input", []) == second["input"][:-2] == items

    def test_closed_while_the_next_round_is_asked_for(self):
        gate = Gate()
        with FaultServer() as server:
            server.play_each(body(asked(("weather", "{}"))), (gate, *body(said("Fine"))))
            functions = [weather]
            with server.client().responses.run_tools(model="m", input="x", functions=functions) as stream:
                reader = Reader(stream)
                assert settled(lambda: len(server.requests) == 2)
                stream.close()
                gate.opened.set()
                assert [event.type for event in reader.seen()][-1:] == ["response.completed"]
                assert stream.get_final_response().id == "resp_1"

    def test_a_conversation_that_the_server_keeps(self):
        with FaultServer() as server:
            with responding(server, asked(("weather", "{}")), said("Fine"), conversation="conv_1") as stream:
                stream.until_done()
            _, second = sent(server)
        assert second["conversation"] == "conv_1" and "previous_response_id" not in second

    def test_a_choice_is_forced_once(self):
        with FaultServer() as server:
            with responding(server, asked(("weather", "{}")), said("Fine"), tool_choice="required") as stream:
                stream.until_done()
            assert ["tool_choice" in body for body in sent(server)] == [True, False]

    def test_a_choice_in_the_extra_body_is_forced_once(self):
        extra = {"tool_choice": "required", "only": "ours"}
        with FaultServer() as server:
            with responding(server, asked(("weather", "{}")), said("Fine"), extra_body=extra) as stream:
                stream.until_done()
            assert [("tool_choice" in body, body["only"]) for body in sent(server)] == [(True, "ours"), (False, "ours")]

    def test_tools_of_ones_own(self):
        tools = [{"type": "function", "name": "weather", "parameters": {}, "strict": True}]
        with (
            FaultServer() as server,
            responding(server, asked(("weather", '{"city": "x"}')), said("F"), tools=iter(tools)) as stream,
        ):
            done = [event for event in stream if event.type == "response.completed"]
            assert done[0].response.output[0].parsed_arguments == {"city": "x"}
            assert [body["tools"] for body in sent(server)] == [tools, tools]

    def test_an_error_is_reported(self):
        with (
            FaultServer() as server,
            responding(server, asked(("weather", "{}")), said("F"), functions={"weather": broken}) as stream,
        ):
            stream.until_done()
            assert "no such place" in sent(server)[1]["input"][0]["output"]

    def test_rounds_are_bounded(self):
        with FaultServer() as server, responding(server, asked(("weather", "{}")), max_rounds=1) as stream:
            with pytest.raises(ToolRoundsExceeded):
                stream.until_done()
            assert len(server.requests) == 2

    def test_what_is_incomplete_is_not_run(self):
        cut = b"".join(response_frames(*called("{}"), output=[done_call("{}")], last="incomplete"))
        with FaultServer() as server, responding(server, cut) as stream:
            stream.until_done()
            assert len(server.requests) == 1

    @pytest.mark.parametrize("last", ["completed", "incomplete"])
    def test_truncated_arguments(self, last: str):
        calls = [*called('{"city": "Rome"}'), *called('{"city', at=1)]
        cut = b"".join(
            response_frames(*calls, output=[done_call('{"city": "Rome"}'), done_call('{"city', 1)], last=last)
        )
        with FaultServer() as server:
            refused(ToolCallTruncated, server, responding(server, cut, functions={"f": never}))

    def test_an_output_that_only_events_have(self):
        ask = b"".join(response_frames(*called('{"city": "Rome"}'))).replace(b'"name": "f"', b'"name": "weather"')
        with FaultServer() as server, responding(server, ask, said("Fine")) as stream:
            stream.until_done()
            assert sent(server)[1]["input"][0]["output"] == "Rome: 21 c"

    def test_calls_without_ids(self):
        ask = asked(("weather", "{}"), ("weather", "{}")).replace(b'"call_id": "call_1"', b'"call_id": "call_0"')
        with FaultServer() as server, responding(server, ask, said("Fine"), store=False) as stream:
            stream.until_done()
            _, *items = sent(server)[1]["input"]
        assert [item["call_id"] for item in items] == ["call_0", "call_0_1"] * 2


# Chat Completions


def chat_asked(*calls: tuple[Any, str, str]) -> bytes:
    """Return a message that calls functions: (id, name, arguments)."""
    fragments = [tool(at, arguments, name, id) for at, (id, name, arguments) in enumerate(calls)]
    begun = chunk({"role": "assistant", "content": None})
    return chat(begun, *(chunk({"tool_calls": [it]}) for it in fragments), chunk(finish="tool_calls"))


def chat_said(words: str, finish: str = "stop") -> bytes:
    return chat(chunk({"role": "assistant"}), *(chunk({"content": it}) for it in words), chunk(finish=finish))


def chatting(server: FaultServer, *bodies: bytes, **given: Any) -> Any:
    server.play_each(*map(body, bodies))
    messages = [{"role": "user", "content": "How is it?"}]
    given = {"functions": [weather], "model": "m", "messages": messages, **given}
    return server.client().chat.completions.run_tools(**given)


class TestChat:
    def test_one_loop_over_all_of_it(self):
        calls = [("a", "weather", '{"city": "Rome"}'), ("b", "weather", '{"city": "Oslo"}')]
        with (
            FaultServer() as server,
            chatting(server, chat_asked(*calls), chat_said("Fine"), tool_choice="required") as stream,
        ):
            texts = [event.snapshot for event in stream if event.type == "content.delta"]
            assert texts == ["F", "Fi", "Fin", "Fine"]
            assert stream.get_final_completion().choices[0].message.content == "Fine"
            first, second = sent(server)
        described_tool = describe("weather", weather)
        assert described_tool.pop("type") == "function"
        assert first["tools"] == second["tools"] == [{"type": "function", "function": described_tool}]
        assert "functions" not in first and ["tool_choice" in it for it in (first, second)] == [True, False]
        asked, *outputs = second["messages"][1:]
        assert asked["content"] is None
        assert [(it["id"], it["function"]["name"], it["function"]["arguments"]) for it in asked["tool_calls"]] == calls
        assert outputs == [
            {"role": "tool", "tool_call_id": "a", "content": "Rome: 21 c"},
            {"role": "tool", "tool_call_id": "b", "content": "Oslo: 21 c"},
        ]

    def test_texts_of_all_rounds(self):
        asks = chat_asked(("a", "weather", '{"city": "x"}'))
        with FaultServer() as server, chatting(server, asks, chat_said("Fine")) as stream:
            assert repr(next(stream)) and repr(stream) == "<ToolChatStream: open>"
            texts = stream.texts()
            assert next(texts) == "F" and repr(stream) == "<ToolChatStream: open>"
            assert [*texts] == ["i", "n", "e"] and repr(stream) == "<ToolChatStream: done>"
        with FaultServer() as server, chatting(server, chat_said("No", "error")) as stream, pytest.raises(APIError):
            assert [*stream.texts()] == ["N", "o"]

    def test_several_rounds(self):
        asks = chat_asked(("a", "weather", '{"city": "x"}'))
        with FaultServer() as server, chatting(server, asks, asks, chat_said("Fine")) as stream:
            stream.until_done()
            assert [len(it["messages"]) for it in sent(server)] == [1, 3, 5]

    def test_the_conversation_may_be_an_iterator(self):
        messages = [{"role": "user", "content": "Hi"}]
        rounds = chat_asked(("a", "weather", "{}")), chat_said("Fine")
        with FaultServer() as server, chatting(server, *rounds, messages=iter(messages)) as stream:
            stream.until_done()
            first, second = sent(server)
        assert first["messages"] == second["messages"][:1] == messages

    def test_a_server_without_ids(self):
        with FaultServer() as server, chatting(server, chat_asked((None, "weather", "{}")), chat_said("F")) as stream:
            stream.until_done()
            asked, output = sent(server)[1]["messages"][1:]
        assert asked["tool_calls"][0]["id"] == output["tool_call_id"] == "call_0_0"

    @pytest.mark.parametrize("reason", ["length", "content_filter"])
    def test_what_is_cut_is_not_run(self, reason: str):
        cut = chat(chunk({"tool_calls": [tool(0, "{}", "weather", "a")]}), chunk(finish=reason))
        with FaultServer() as server, chatting(server, cut) as stream:
            stream.until_done()
            assert len(server.requests) == 1

    @pytest.mark.parametrize("reason", ["tool_calls", "stop", "length"])
    def test_truncated_arguments(self, reason: str):
        calls = [tool(0, '{"city": "Rome"}', "f", "a"), tool(1, '{"city', "f", "b")]
        cut = chat(chunk({"tool_calls": calls}), chunk(finish=reason))
        with FaultServer() as server:
            error = refused(ToolCallTruncated, server, chatting(server, cut, functions={"f": never}))
        assert [call["id"] for call in error.tool_calls] == ["b"] and error.finish_reason == reason

    @pytest.mark.parametrize("reason", ["error", "abort"])
    def test_an_answer_that_failed(self, reason: str):
        failed = chat(chunk({"tool_calls": [tool(0, "{}", "f", "a")]}), chunk(finish=reason))
        with FaultServer() as server:
            refused(APIError, server, chatting(server, failed, functions={"f": never}))

    def test_an_error_in_a_choice(self):
        failed = chat(chunk({"tool_calls": [tool(0, "{}", "f", "a")]}), chunk(finish="stop", error={"code": 429}))
        with FaultServer() as server:
            refused(RateLimitError, server, chatting(server, failed, functions={"f": never}))

    def test_what_must_be_sent_back(self):
        detail = {"type": "reasoning.text", "index": 0, "signature": "s"}
        call = {**tool(0, "{}", "weather", "a"), "extra_content": {"google": {"thought_signature": "t"}}}
        deltas: List[Any] = [
            {"role": "assistant", "reasoning_content": "H", "reasoning_details": [{**detail, "text": "H"}]},
            {"reasoning_content": "m", "reasoning_details": [{**detail, "text": "m"}], "provider": {"x": 1}},
            {"tool_calls": [call]},
            {"tool_calls": [{"index": 0, "extra_content": call["extra_content"]}]},
        ]
        ask = chat(*map(chunk, deltas), chunk(finish="tool_calls"))
        with FaultServer() as server, chatting(server, ask, chat_said("Fine")) as stream:
            stream.until_done()
            message = sent(server)[1]["messages"][1]
        call.pop("index")
        assert message == {
            "role": "assistant",
            "content": None,
            "reasoning_content": "Hm",
            "reasoning_details": [{**detail, "text": "Hm"}],
            "provider": {"x": 1},
            "tool_calls": [call],
        }

    @pytest.mark.parametrize("arguments", ["", " ", None])
    def test_a_call_without_arguments(self, arguments: Any):
        with FaultServer() as server:
            ask = chat_asked(("a", "f", arguments))
            with chatting(server, ask, chat_said("Fine"), functions={"f": lambda: "x"}) as stream:
                stream.until_done()
            asked, output = sent(server)[1]["messages"][1:]
        assert asked["tool_calls"][0]["function"]["arguments"] == "{}" and output["content"] == "x"

    def test_arguments_as_an_object(self):
        ask = chat_asked(("a", "weather", {"city": "Rome"}))  # type: ignore[arg-type]
        with FaultServer() as server, chatting(server, ask, chat_said("Fine")) as stream:
            stream.until_done()
            assert sent(server)[1]["messages"][2]["content"] == "Rome: 21 c"

    def test_calls_with_empty_ids(self):
        calls = [tool(0, json.dumps({"city": city}), "weather", "") for city in ("Rome", "Oslo")]
        ask = chat(*(chunk({"tool_calls": [call]}) for call in calls), chunk(finish="stop"))
        with FaultServer() as server, chatting(server, ask, chat_said("Fine")) as stream:
            stream.until_done()
            _, _, *outputs = sent(server)[1]["messages"]
        assert [(it["tool_call_id"], it["content"]) for it in outputs] == [
            ("call_0_0", "Rome: 21 c"),
            ("call_0_1", "Oslo: 21 c"),
        ]

    def test_rounds_are_bounded(self):
        with FaultServer() as server, chatting(server, chat_asked(("a", "weather", "{}")), max_rounds=1) as stream:
            with pytest.raises(ToolRoundsExceeded):
                stream.until_done()
            assert len(server.requests) == 2


# Values that functions return


class Number:
    """A number of numpy."""

    dtype = SimpleNamespace(kind="i")

    def tolist(self) -> int:
        return 3


class Column:
    """A column of pandas, whose rows have labels."""

    dtype = SimpleNamespace(kind="i")

    def __iter__(self) -> Any:
        return iter([1, 2])

    def to_dict(self) -> Any:
        return {"a": 1, "b": 2}

    def tolist(self) -> Any:
        return [1, 2]


class Frame(Column):
    """A data frame."""

    def __iter__(self) -> Any:
        return iter(["city", "people"])

    def iterrows(self) -> Any: ...


class NAType:
    """The class of `pandas.NA`."""


class Timestamp:
    """A time of pandas."""

    def isoformat(self) -> str:
        return "2026-01-02T00:00:00"


class Times:
    """An array of times of numpy."""

    dtype = SimpleNamespace(kind="M")

    def astype(self, cls: type) -> Any:
        return SimpleNamespace(tolist=lambda: [cls("2026-01-02")])

    def tolist(self) -> Any:
        raise AssertionError("these are nanoseconds")


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("text", "text"),
        (None, "null"),
        (Number(), "3"),
        ({"a": Number(), "b": [NAType()]}, '{"a":3,"b":[null]}'),
        (Times(), '["2026-01-02"]'),
        (Timestamp(), '"2026-01-02T00:00:00"'),
        (datetime.date(2026, 1, 2), '"2026-01-02"'),
        (datetime.timedelta(hours=1), '"1:00:00"'),
        (decimal.Decimal("1.50"), '"1.50"'),
        ({1}, "[1]"),
        (Path("a/b"), '"a/b"'),
        (iter([1, 2]), "[1,2]"),
    ],
)
def test_a_returned_value_is_sent_as_json(value: Any, sent: str):
    assert Tools({"f": lambda: value}).run("id", "f", "{}").output == sent


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (Frame(), "a Frame has more than one form in JSON; call its to_dict, such as `frame.reset_index"),
        ([Column()], "a Column has more than one form in JSON"),
        (object(), "Object of type object is not JSON serializable"),
        (b"x", "Object of type bytes"),
        ({(1, 2): 3}, "keys must be"),
    ],
)
def test_a_value_that_cannot_be_sent_is_an_error_of_the_program(value: Any, why: str):
    with pytest.raises(TypeError, match=f"Cannot send the value that 'f' returned: {why}"):
        Tools({"f": lambda: value}).run("id", "f", "{}")


def test_a_body_has_no_data_frame():
    with pytest.raises(TypeError, match="Cannot send a Frame"):
        OpenAI(api_key="k").embeddings.create(model="m", input=Frame())


# Descriptions of functions


def test_a_function_is_described():
    def find(
        words: List[str],
        limit: int = 3,
        near: Optional[float] = None,
        kind: Literal["a", "b"] = "a",
        more: Dict[str, bool] = {},
        any=None,
        sort: Annotated[bool, "By name."] = False,
        *,
        page: Annotated[int, SimpleNamespace(description="From 1."), "Not this."],
    ) -> str:
        """Finds.

        And more.
        """
        return ""

    assert describe("find", find) == {
        "type": "function",
        "name": "find",
        "strict": False,
        "description": "Finds.\n\nAnd more.",
        "parameters": {
            "type": "object",
            "properties": {
                "words": {"type": "array", "items": {"type": "string"}},
                "limit": {"type": "integer", "default": 3},
                "near": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                "kind": {"enum": ["a", "b"], "default": "a"},
                "more": {"type": "object", "additionalProperties": {"type": "boolean"}},
                "any": {},
                "sort": {"type": "boolean", "description": "By name.", "default": False},
                "page": {"type": "integer", "description": "From 1."},
            },
            "required": ["words", "page"],
            "additionalProperties": False,
        },
    }


# The replay server


@pytest.mark.parametrize(
    "names",
    [
        ("assistants-run-function-call", "assistants-run-after-tool-outputs"),
        ("recorded-open-assistant-api_run_tool", "recorded-open-assistant-api_run"),
    ],
)
def test_recorded_rounds(names: tuple[str, str]):
    rounds = [Path(__file__).parents[1] / "streams" / f"{name}.sse" for name in names]
    outputs: List[ToolOutput] = []

    def echo(**given: Any) -> Dict[str, Any]:
        return given

    with ReplayServer(rounds) as server, OpenAI(api_key="k", base_url=server.url) as client:
        given = {"functions": {"get_weather": echo}, "on_tool_output": outputs.append}
        with client.beta.threads.runs.run_tools(thread_id="t", assistant_id="a", **given) as stream:
            text = "".join(stream.text_deltas)
        assert text and stream.get_final_run().status == "completed"
        assert [output.error for output in outputs] == [None]
        assert json.loads(outputs[0].arguments) == json.loads(outputs[0].output)
        assert len(server.requests) == 2
