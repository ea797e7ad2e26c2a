"""`batch.run`: every request gets a result, whatever happens to its streams."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from queue import Empty

import openai
import openai.types
import openai.types.chat
import openai.types.responses
import pytest

from batchserver import EVENTS, answer, chat_body, client_of, prompt_of, refuse, row, rows, served, text_of
from conftest import BARE_DONE, cut_at_random, frame
from ssescan import Outcome, Scanner, StreamTruncated, Timeouts, errors
from ssescan.batch import BadRequest, BatchRequest, Limiter, PauseTooLong, run
from ssescan.batch._accumulate import ChatAccumulator
from ssescan.batch._engine import CompletedTasks
from ssescan.batch._threads import Threads
from ssescan.models._json import loads
from ssescan.openai import OpenAI
from ssescan.replay import Faults, Recording, ReplayServer
from ssescan.replay.server import steps_of

#: These tests have deadlines, and a busy machine may be late.
late = pytest.mark.flaky(reruns=2)


def right(result) -> bool:
    return result.ok and result.text == text_of(result.custom_id) and result.outcome == "done"


def settled_threads() -> int:
    return sum(thread.name.startswith("ssescan-batch") for thread in threading.enumerate())


class TestResults:
    def test_every_request_has_its_answer(self):
        with served() as (server, client):
            results = list(run(rows(100), client=client, max_workers=16))

        assert sorted(result.index for result in results) == list(range(100))
        assert all(map(right, results))
        assert {result.custom_id for result in results} == {f"row {number}" for number in range(100)}
        assert len({request.peer_port for request in server.requests}) <= 16
        assert settled_threads() == 0

    def test_what_a_result_has(self):
        with served() as (_, client):
            (result,) = run([row("hey")], client=client, arrivals=True)

        assert (result.attempts, result.events, result.status_code, result.error) == (1, EVENTS + 3, 200, None)
        assert result.finish_reason == "stop"
        assert result.usage == {"prompt_tokens": 3, "completion_tokens": EVENTS, "total_tokens": EVENTS + 3}
        assert result.final.choices[0].message.content == text_of("hey")
        times = result.timings
        assert 0 < times.first_byte_s <= times.first_text_s <= times.total_s
        assert len(times.arrivals_s) == result.events
        assert sorted(times.arrivals_s) == list(times.arrivals_s)
        assert pickle.loads(pickle.dumps(result)) == result

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            ({"model": "m", "messages": [{"role": "user", "content": "a"}]}, openai.types.chat.ChatCompletion),
            ({"model": "m", "prompt": "a"}, openai.types.Completion),
            ({"model": "m", "input": "a"}, openai.types.responses.Response),
        ],
        ids=["chat", "completions", "responses"],
    )
    def test_the_final_object_is_what_the_package_expects_of_a_call_without_streaming(self, body, kind):
        with served() as (server, client):
            (result,) = run([body], client=client)
            sent = json.loads(server.requests[0].body)

        assert result.text == text_of("a")
        assert sent["stream"] is True
        official = kind.model_validate(result.body)
        assert official.to_dict() == result.body
        assert result.final.to_dict() == result.body
        assert type(result.final).__name__ == kind.__name__

    def test_tool_calls_and_several_choices(self):
        def chunk(index, delta, finish=None):
            choice = {"index": index, "delta": delta, "finish_reason": finish}
            return frame(
                {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
            )

        call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a'}}
        more = {"index": 0, "function": {"arguments": '": 1}'}}
        body = b"".join(
            [
                chunk(0, {"role": "assistant", "content": None, "tool_calls": [call]}),
                chunk(0, {"tool_calls": [more]}),
                chunk(1, {"role": "assistant", "content": "one"}),
                chunk(1, {"content": " and one"}),
                chunk(0, {}, "tool_calls"),
                chunk(1, {}, "stop"),
                BARE_DONE,
            ]
        )
        with served(body) as (_, client):
            (result,) = run([row("x")], client=client)

        function = {"name": "f", "arguments": '{"a": 1}'}
        assert result.tool_calls == [{"id": "call_1", "type": "function", "function": function}]
        assert (result.finish_reason, result.text) == ("tool_calls", "")
        assert result.body["choices"][1]["message"]["content"] == "one and one"

    @pytest.mark.parametrize(
        ("own", "sent"),
        [
            ({}, {"include_usage": True}),
            ({"stream_options": None}, None),  # some servers refuse the key
            ({"stream_options": False}, None),
            ({"stream_options": {"include_usage": False}}, {"include_usage": False}),
            ({"stream_options": {"x": 1}}, {"include_usage": True, "x": 1}),
        ],
    )
    def test_usage_is_asked_for_unless_the_row_says_something_else(self, own, sent):
        given = row("a")
        given["body"].update(own)
        with served() as (server, client):
            list(run([given], client=client))

            body = json.loads(server.requests[0].body)
        assert body.get("stream_options") == sent
        assert ("stream_options" in body) == (sent is not None)

    def test_joined_chunks_are_what_chunks_one_by_one_give(self):
        """Chunks that differ only in their text are not decoded; others are, even if they look similar."""
        draw = random.Random(7)
        texts = ["a", 'q"q', "\\", "\n", "é", "😀", '"', "\\n", '","x":"', "", "\ud83d", "\\u0041"]

        def chunk():
            delta = {"content": draw.choice(texts)} if draw.random() < 0.9 else {"content": None}
            for name, value in (("role", "assistant"), ("reasoning_content", "r"), ("text", '"content":"b"')):
                if draw.random() < 0.1:
                    delta[name] = value
            if draw.random() < 0.1:
                delta["tool_calls"] = [{"index": 0, "function": {"arguments": "1"}}]
            choice = {"index": draw.choice([0, 0, 0, 1]), "delta": delta}
            if draw.random() < 0.2:
                choice["logprobs"] = draw.choice([None, {"content": [{"token": "x"}]}])
            made = {"id": "c", "content": "z", "choices": [choice] if draw.random() < 0.9 else []}
            if padded:
                made = {"created": draw.randint(1, 99), **made, "obfuscation": "x" * draw.randint(0, 9)}
            return {**made, "usage": {"total_tokens": 1}} if draw.random() < 0.05 else made

        for number in range(600):
            padded = number % 2
            chunks = [one for one in (chunk() for _ in range(20)) for _ in range(draw.choice((1, 1, 3)))]
            joined, each, arrivals = ChatAccumulator({}), ChatAccumulator({}), []
            body = b"".join(map(frame, chunks)) + BARE_DONE
            joined.add_all(Scanner(cut_at_random(body, number), dialect="chat"), arrivals)
            for event in Scanner(body, dialect="chat"):
                each.add(loads(event.raw))
            assert len(arrivals) == len(chunks)
            bodies = joined.body(has_end_marker=True), each.body(has_end_marker=True)
            for body in bodies:
                for choice in body["choices"]:
                    del choice["message"]["role"]  # a role that is in every chunk counts once
            assert bodies[0] == bodies[1], chunks

    def test_a_damaged_chunk_among_joined_ones_is_found(self):
        good = '{"choices": [{"delta": {"content": "x"}}]}'
        damaged = good.replace('x"', "")  # its first and last bytes are those of the others

        final = ChatAccumulator({})
        with pytest.raises(errors.EventDecodeError):
            final.add_all(Scanner(b"".join(map(frame, [good, good, damaged])), dialect="chat"), None)


class TestWholeness:
    """An answer counts only if it is complete."""

    @pytest.mark.parametrize("url", ["/v1/chat/completions", "/v1/completions", "/v1/responses"])
    def test_a_stream_of_nothing(self, url):
        body = {"model": "m", "messages": [], "prompt": "p", "input": "i"}
        with served(BARE_DONE) as (server, client):
            (result,) = run([{"custom_id": "a", "url": url, "body": body}], client=client, max_attempts=2)

        assert isinstance(result.error, StreamTruncated)
        assert result.attempts == len(server.requests) == 2

    @pytest.mark.parametrize(
        ("url", "asked"),
        [("chat/completions", {"n": 2}), ("completions", {"n": 2}), ("completions", {"prompt": ["p", "q"]})],
    )
    def test_choices_that_are_missing(self, url, asked):
        def piece(index, finish):
            choice = {"index": index, "delta": {"content": "x"}, "text": "x", "finish_reason": finish}
            return frame({"id": "c", "choices": [choice]})

        one, other = piece(0, "stop"), piece(1, "stop")
        for body, right in ((one, False), (one + BARE_DONE, True), (one + other, True)):
            request = {"custom_id": "a", "url": f"/v1/{url}", "body": {"prompt": "p", **asked}}
            with served(body) as (_, client):
                (result,) = run([request], client=client, max_attempts=1)
            assert result.ok is right
            if not right:
                assert isinstance(result.error, StreamTruncated)
                assert str(result.error) == "Expected 2 choices, got 1: the answer is incomplete (1 event)."

    def test_what_comes_with_every_chunk_is_said_once(self):
        def piece(url, **choice):
            inner = {"delta": {"role": "assistant", "content": "x"}} if "chat" in url else {"text": "x"}
            return frame({"id": "c", "choices": [{"index": 0, **inner, **choice}], "obfuscation": "abc"})

        for url in ("/v1/chat/completions", "/v1/completions"):
            body = piece(url) + piece(url) + piece(url, finish_reason="stop") + BARE_DONE
            with served(body) as (_, client):
                (result,) = run([{"custom_id": "a", "url": url, "body": {}}], client=client)
            assert result.text == "xxx"
            assert "obfuscation" not in result.body
            assert "chat" not in url or result.body["choices"][0]["message"]["role"] == "assistant"


class TestLaziness:
    def test_requests_are_taken_as_they_are_needed(self):
        taken = itertools.count()
        seen = 0
        with served() as (_, client):
            results = run((row(f"row {next(taken)}") for _ in iter(int, 1)), client=client, max_workers=4)
            for seen, _ in enumerate(results, 1):
                if seen == 50:
                    break
            results.close()

        assert next(taken) <= seen + 2 * 4 + 1

    @late
    def test_a_slow_consumer_slows_the_producer(self):
        with served() as (server, client):
            results = run(rows(1000), client=client, max_workers=4, coalesce_s=0)
            next(results)
            time.sleep(0.3)
            asked = len(server.requests)
            results.close()

        assert asked <= 2 * 4 + 1

    def test_a_result_does_not_wait_for_an_iterable_that_is_slow(self):
        def slow():
            for one in rows(5):
                yield one
                time.sleep(0.1)
            asked_on.set()
            yield row("last")

        asked_on = threading.Event()
        with served() as (_, client):
            results = run(slow(), client=client, max_workers=50, coalesce_s=0)
            first = next(results)
            assert not asked_on.is_set()
            assert all(map(right, [first, *results]))

    @late
    def test_closing_stops_the_threads(self):
        with served(rate=5) as (_, client):
            results = run(rows(100), client=client, max_workers=20)
            threading.Timer(0.3, lambda: None).start()
            next(results)
            assert settled_threads() == 20
            began_s = time.monotonic()
            results.close()
            assert time.monotonic() - began_s < 1
            assert settled_threads() == 0

    def test_an_exception_of_the_iterable_ends_the_run(self):
        def broken():
            yield row("a")
            raise ZeroDivisionError

        with served() as (_, client), pytest.raises(ZeroDivisionError):
            list(run(broken(), client=client))
        assert settled_threads() == 0


class TestFailures:
    def test_a_row_whose_stream_was_cut_is_begun_again(self):
        def steps(recording):
            all_steps = list(steps_of(recording))
            tries[recording.name] += 1
            yield from all_steps[: 5 if tries[recording.name] < 3 else None]
            if tries[recording.name] < 3:
                raise ConnectionResetError if tries[recording.name] == 1 else ConnectionAbortedError

        tries: Counter[str] = Counter()
        with served(steps=steps) as (_, client):
            results = list(run(rows(5), client=client))

        assert all(map(right, results))
        assert [result.attempts for result in results] == [3] * 5

    def test_after_max_attempts_the_error_is_the_result(self):
        def steps(recording):
            yield from itertools.islice(steps_of(recording), 3)
            raise ConnectionAbortedError

        with served(steps=steps) as (server, client):
            (result,) = run([row("a")], client=client, max_attempts=2)

        assert (result.ok, result.attempts, len(server.requests)) == (False, 2, 2)
        assert isinstance(result.error, ConnectionError)
        assert result.outcome == Outcome.BROKEN
        assert result.error.partial_text == '<a> "hey"'
        assert pickle.loads(pickle.dumps(result)).error.partial_text == '<a> "hey"'
        assert result.text == ""  # what a table takes as the answer

    def test_a_truncated_answer_is_never_a_result(self):
        cut = chat_body("a")[:600].rpartition(b"\n\n")[0] + b"\n\n"
        with served(cut) as (_, client):
            (result,) = run([row("a")], client=client, max_attempts=2)

        assert isinstance(result.error, StreamTruncated)
        assert result.body is None

    def test_a_silent_stream_is_begun_again(self):
        def steps(recording):
            if next(tries) < 2:
                yield from itertools.islice(steps_of(recording), 3)
                yield float("inf")
            yield from steps_of(recording)

        tries = itertools.count()
        with ReplayServer(answer, steps=steps) as server:
            client = client_of(server, timeout=Timeouts(idle_s=0.3))
            (result,) = run([row("a")], client=client)

        assert right(result)
        assert result.attempts == 3

    @pytest.mark.parametrize("status", [400, 401, 404, 422])
    def test_a_refused_row_is_not_asked_again(self, status):
        with served(lambda request: refuse(status)) as (server, client):
            (result,) = run([row("a")], client=client)

        assert (result.status_code, result.attempts, len(server.requests)) == (status, 1, 1)
        assert isinstance(result.error, errors.APIStatusError)
        assert result.error.code == "c"

    @pytest.mark.parametrize(
        ("key", "code"), [("code", "insufficient_quota"), ("type", "exceeded_current_quota_error")]
    )
    def test_an_empty_account_is_not_waited_for(self, key, code):
        body = json.dumps({"error": {"message": "m", key: code}}).encode()
        with served(Recording("x", body, 429, {"Retry-After": "60"})) as (_, client):
            (result,) = run([row("a")], client=client)

        assert (result.attempts, getattr(result.error, key)) == (1, code)
        assert not result.error.retryable

    def test_an_error_inside_the_stream(self):
        bad = frame({"error": {"message": "cats", "type": "invalid_request_error", "code": "cats"}})
        with served(chat_body("a")[:200].rpartition(b"\n\n")[0] + b"\n\n" + bad) as (_, client):
            (result,) = run([row("a")], client=client)

        assert (result.error.code, result.attempts, result.outcome) == ("cats", 1, "error")

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        client = OpenAI(api_key="k", base_url=f"http://127.0.0.1:{port}")

        (result,) = run([row("a")], client=client, max_attempts=2)

        assert (result.outcome, result.attempts, result.status_code) == ("broken", 2, None)
        assert isinstance(result.error, errors.APIConnectionError)

    @pytest.mark.parametrize("headers", [{"Retry-After": "1"}, {"retry-after-ms": "300"}, {}], ids=str)
    @pytest.mark.parametrize("status", [429, 503])
    def test_a_busy_server_is_waited_for(self, status, headers):
        refused = iter([refuse(status, **headers)] * 3)

        with served(lambda request: next(refused, None) or answer(request)) as (_, client):
            limiter = Limiter()
            results = list(run(rows(10), client=client, limiter=limiter, max_workers=5, max_attempts=1))

        assert all(map(right, results))
        assert limiter.pauses

    @pytest.mark.parametrize(
        "headers", [{"Retry-After": "0"}, {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}], ids=str
    )
    def test_a_server_that_says_no_time_is_backed_off_from(self, headers):
        refused, limiter = iter([refuse(429, **headers)] * 3), Limiter()

        with served(lambda request: next(refused, None) or answer(request)) as (_, client):
            (result,) = run([row("a")], client=client, limiter=limiter, max_attempts=1)

        assert right(result)
        assert len(limiter.pauses) == 3
        assert max(end_s - begin_s for begin_s, end_s in limiter.pauses) > 0.01

    def test_a_pause_that_is_too_long_ends_the_run(self):
        began = itertools.count()

        def busy(request):
            return answer(request) if next(began) < 3 else refuse(429, **{"Retry-After": "7200"})

        given = []
        with served(busy) as (server, client):
            with pytest.raises(PauseTooLong, match=r"Server asked for a pause of 7200 s \(limit 3600 s\)") as raised:
                given.extend(map(right, run(rows(1000), client=client, max_workers=1)))
            asked = len(server.requests)

        assert pickle.loads(pickle.dumps(raised.value)).wait_s == 7200
        assert given == [True] * 3
        assert asked == 4

    @late
    def test_no_request_is_sent_in_a_pause(self):
        faults = Faults(seed=5, busy=0.03, retry_after_s=0.4)
        with served(faults=faults) as (server, client):
            results = list(run(rows(150), client=client, max_workers=8, coalesce_s=0))

        assert all(map(right, results))
        assert faults.drawn["busy"] >= 2
        late = [
            request
            for begin_s, end_s in faults.bursts
            for request in server.requests
            if begin_s + 0.15 < request.at_s < end_s - 0.02  # requests that were sent before the burst
        ]
        assert late == []

    def test_faults_of_all_kinds(self):
        faults = Faults(seed=2, busy=0.02, cut=0.05, stall=0.02, reset=0.05, retry_after_s=0.2)
        with ReplayServer(answer, faults=faults) as server:
            client = client_of(server, timeout=Timeouts(idle_s=0.5))
            results = list(run(rows(200), client=client, max_workers=32, max_attempts=5))

        assert all(result.ok and result.text == text_of(result.custom_id) for result in results)
        assert all(faults.drawn.values())
        assert max(result.attempts for result in results) > 1

    def test_what_is_no_request(self):
        with served() as (server, client):
            for bad, why in (
                ({"custom_id": "a", "url": "/v1/embeddings", "body": {}}, "url"),
                ({"custom_id": 1, "url": "/v1/responses", "body": {}}, "custom_id"),
                ({"custom_id": "a", "url": "/v1/responses", "body": None}, "body"),
                ({"custom_id": "a", "url": "/v1/responses", "body": {}, "method": "GET"}, "method"),
                ([], "object"),
                (BatchRequest("a", "/v2/none", {}), "url"),
            ):
                with pytest.raises(BadRequest, match=why):
                    list(run([bad], client=client))
            assert not server.requests

    @pytest.mark.parametrize("wrong", [{"max_workers": 0}, {"max_attempts": 0}, {"max_workers": 1.5}])
    def test_numbers_that_are_none(self, wrong):
        with pytest.raises(ValueError, match="above 0"):
            run([], client=None, **wrong)

    @pytest.mark.parametrize("wrong", [-1, float("inf"), float("nan"), True, "1"])
    def test_seconds_that_are_none(self, wrong):
        with pytest.raises(ValueError, match="coalesce_s"):
            run([], client=None, coalesce_s=wrong)

    def test_a_client_of_another_package(self):
        for client in (openai.OpenAI(api_key="k"), lambda: openai.OpenAI(api_key="k"), None):
            with pytest.raises(TypeError, match="client of ssescan.openai"):
                run([row("a")], client=client)

    def test_a_body_that_is_no_json_is_its_own_row_s_failure(self):
        bad = row("bad")
        bad["body"]["x"] = object()
        with served() as (_, client):
            results = {result.custom_id: result for result in run([bad, row("a")], client=client)}

        assert isinstance(results["bad"].error, errors.APIError)
        assert isinstance(results["bad"].error.__cause__, TypeError)
        assert right(results["a"])


class TestThreads:
    def test_one_that_has_run_many_tasks_is_replaced(self):
        pool, alive = Threads(4), threading.active_count()
        futures = [pool.submit(lambda: (threading.current_thread(), threading.active_count())) for _ in range(400)]
        ran, counts = zip(*(future.result(30) for future in futures))
        pool.shutdown()

        assert len(set(ran)) > 8
        assert {thread.name for thread in ran} <= {f"ssescan-batch-{number}" for number in range(4)}
        assert max(counts) <= alive + 2 * 4  # a thread and its replacement exist at the same time for a moment
        assert not any(thread.is_alive() for thread in ran)

    def test_where_none_can_be_begun_it_goes_on(self, monkeypatch):
        pool = Threads(1)
        first = pool.submit(threading.current_thread).result(30)
        monkeypatch.setattr(threading.Thread, "start", refuse_to_start)
        ran = {pool.submit(threading.current_thread).result(30) for _ in range(100)}
        pool.shutdown()

        assert ran == {first}


def refuse_to_start(thread):
    raise RuntimeError("can't start new thread")


class TestGathering:
    def test_who_waits_wakes_up_when_there_are_enough(self):
        completed = CompletedTasks(spare=3, within_s=3600.0)
        for task in range(4):
            completed.put(task)

        assert [completed.get(None) for _ in range(4)] == [0, 1, 2, 3]
        assert completed.empty()

    def test_fewer_are_given_a_little_later(self):
        completed = CompletedTasks(spare=3, within_s=0.01)
        completed.put(0)

        assert completed.get(None) == 0

    def test_without_gathering_each_is_given_at_once(self):
        completed, given = CompletedTasks(spare=3, within_s=0.0), []
        waiting = threading.Thread(target=lambda: given.append(completed.get(None)))
        waiting.start()
        completed.put(0)
        waiting.join(30)

        assert given == [0]

    def test_nothing_comes(self):
        for within_s in (0.0, 0.001, 3600.0):
            with pytest.raises(Empty):
                CompletedTasks(spare=3, within_s=within_s).get(0.01)


class TestProgress:
    def test_it_is_told_with_results_and_between_them(self):
        told = []
        with served(rate=10) as (_, client):
            list(run(rows(10), client=client, max_workers=5, coalesce_s=0.1, on_progress=told.append))

        assert told[-1].done == 10
        assert [progress.done for progress in told] == sorted(progress.done for progress in told)
        # how many of them have ended by the last report before the first result depends on the machine
        early = [progress for progress in told if progress.done == 0]
        assert any(progress.running == 5 and progress.events > 0 for progress in early)
        assert told[-1].tokens >= 10 * EVENTS


class TestExecutors:
    def test_a_pool_of_threads_of_the_caller(self):
        with served() as (_, client), ThreadPoolExecutor(3) as pool:
            results = list(run(rows(20), client=client, executor=pool))
            assert pool.submit(int, "1").result() == 1  # it is not shut down

        assert all(map(right, results))


PROGRAM = """
import sys, threading, time
sys.path.insert(0, {tests!r})
from batchserver import rows
from ssescan.batch import run
from ssescan.openai import OpenAI
results = run(rows(1000), client=OpenAI(api_key="k", base_url={url!r}), max_workers=40)
threading.Timer(1.0, print, ["ready"], {{"flush": True}}).start()
for result in results:
    pass
"""


class TestInterruption:
    def test_stop_returns_the_results_that_are_done(self):
        with served(rate=30) as (server, client):
            results = run(rows(6), client=client, max_workers=6, coalesce_s=0)
            given = [next(results)]
            began_s = time.monotonic()
            while results._backend.running(0) and time.monotonic() - began_s < 30:
                time.sleep(0.01)
            time.sleep(0.1)  # the last results become available
            count = len(server.requests)
            given.extend(results.stop())
            assert list(results) == results.stop() == []

        assert count > 1
        assert sorted(result.custom_id for result in given) == [f"row {number}" for number in range(count)]

    def test_during_iteration_the_results_that_are_done_come_before_the_interrupt(self):
        def interrupted():
            yield from rows(3)
            deadline_s = time.monotonic() + 30
            while len(given) + len(results._completed._tasks) < 3 and time.monotonic() < deadline_s:
                time.sleep(0.01)
            raise KeyboardInterrupt

        given = []
        with served() as (_, client):
            results = run(interrupted(), client=client, max_workers=3)
            with pytest.raises(KeyboardInterrupt):
                for result in results:
                    given.append(result)

        assert sorted(result.custom_id for result in given) == ["row 0", "row 1", "row 2"]
        assert list(results) == results.stop() == []
        assert settled_threads() == 0

    def test_a_second_interrupt_is_raised_at_once(self):
        def interrupt(progress):
            raise KeyboardInterrupt

        with served() as (_, client):
            results = run(rows(5), client=client, on_progress=interrupt)
            for _ in range(2):
                with pytest.raises(KeyboardInterrupt):
                    next(results)
        assert settled_threads() == 0

    @pytest.mark.parametrize("ending", ["break", "with", "exception"])
    def test_leaving_the_results_cancels_the_run(self, ending):
        def leave():
            if ending == "break":
                for _ in run(rows(100), client=client, max_workers=8, coalesce_s=0):
                    break
            elif ending == "with":
                with run(rows(100), client=client, max_workers=8, coalesce_s=0) as results:
                    next(results)
            else:
                with pytest.raises(ZeroDivisionError):
                    for _ in run(rows(100), client=client, max_workers=8, on_progress=lambda progress: 1 // 0):
                        pass

        with served(rate=50) as (server, client):
            leave()
            assert settled_threads() == 0
            assert len(server.requests) < 100

    @late
    @pytest.mark.parametrize("silent", ["before the head", "in the stream"])
    def test_ctrl_c_ends_blocked_streams_and_the_process_in_a_second(self, silent):
        def steps(recording):
            yield from itertools.islice(steps_of(recording), 2)
            yield float("inf")

        with socket.create_server(("127.0.0.1", 0), backlog=100) as deaf, ReplayServer(answer, steps=steps) as server:
            url = f"http://127.0.0.1:{deaf.getsockname()[1]}" if silent == "before the head" else f"{server.url}/v1"
            program = PROGRAM.format(tests=os.path.dirname(__file__), url=url)
            started_s = time.monotonic()
            process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            with process:
                assert process.stdout.readline() == b"ready\n"
                began_s = time.monotonic()
                process.send_signal(signal.SIGINT)
                _, err = process.communicate(timeout=20)
                took_s = time.monotonic() - began_s

        assert b"KeyboardInterrupt" in err
        # Under a second on an idle machine. On a busy one its start, mostly imports, is as much slower.
        assert took_s < max(2, 2 * (began_s - started_s))


def test_nothing_of_it_is_loaded_by_the_package():
    program = "import sys, ssescan, ssescan.openai; assert not any('batch' in name for name in sys.modules)"

    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_requests_are_seen_with_what_they_asked():
    with served() as (server, client):
        list(run(rows(3), client=client))
        assert sorted(map(prompt_of, server.requests)) == ["row 0", "row 1", "row 2"]
