"""The tree of exceptions: openai's names and shapes, what a program finds on them, what a person reads."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
from types import SimpleNamespace
from typing import Any

import pytest

import ssescan
from conftest import DONE, Asked, chunk, delta, frame, output, run
from fixtures import CASES
from ssescan import (
    EventDecodeError,
    EventSource,
    EventTooLarge,
    NotAnEventStream,
    Scanner,
    SSEScanError,
    StreamBroken,
    StreamCancelled,
    StreamTimeout,
    StreamTruncated,
    errors,
    testing,
)
from ssescan.errors import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    APITimeoutError,
    InternalServerError,
    NotFoundError,
    OpenAIError,
    RateLimitError,
    class_of_status,
)
from ssescan.models._json import dumps
from ssescan.openai import OpenAI
from ssescan.reading.server_errors import STATUS_NAMES, from_payload, status_error

CLASSES: list[type[SSEScanError]] = [getattr(errors, name) for name in errors.__all__]
RESPONSE = SimpleNamespace(status_code=429, headers={"x-request-id": "req_7"}, request="the request")
EXAMPLES: list[SSEScanError] = [
    SSEScanError("text"),
    OpenAIError("text"),
    APIError("text", "the request", body={"code": "c", "param": "p", "type": "t"}),
    APIConnectionError(request="the request"),
    APITimeoutError("the request"),
    APIStatusError("text", response=RESPONSE, body=None),
    *(cls("text", response=RESPONSE, body={"code": 5}) for cls in APIStatusError.__subclasses__()),
    APIResponseValidationError(RESPONSE, {"a": 1}),
    errors.LengthFinishReasonError(completion=SimpleNamespace(usage=None)),
    errors.ContentFilterFinishReasonError(),
    errors.StreamAlreadyConsumed(),
    StreamTruncated("after 3 events"),
    StreamBroken("connection reset", "after 3 events"),
    StreamTimeout("event", "after 3 events", 2.5),
    StreamCancelled("after 3 events"),
    errors.BodyTooLarge(10, "the request"),
    EventTooLarge(limit=10, size=11, position=1234567),
    EventDecodeError("thread.created", b"{oops}", "no key"),
    NotAnEventStream("Expected an event stream, got HTTP 200 with text/html", raw=b"<html>"),
    errors.ToolCallTruncated([{"function": {"name": "f", "arguments": "{"}}], "length"),
]
each_example = pytest.mark.parametrize("error", EXAMPLES, ids=lambda error: type(error).__name__)


def drawn() -> dict[str, str]:
    """Class -> base, as drawn in the module's docstring."""
    found: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"    ([│ ]*)(?:[├└]── )?(\w+)(?:\s{2,}|$)", line):
            depth = (len(match[1]) + ("──" in line) * 4) // 4
            path[depth:] = [match[2]]
            if depth:
                found[match[2]] = path[depth - 1]
    return found


def fail_with(error: Exception) -> None:
    raise error


class TestTree:
    def test_it_is_as_drawn(self):
        expected = {cls.__name__: cls.__bases__[0].__name__ for cls in CLASSES if cls is not SSEScanError}

        assert drawn() == expected

    def test_there_is_one_root(self):
        assert all(issubclass(cls, SSEScanError) for cls in CLASSES)
        assert SSEScanError.__bases__ == (Exception,)
        mine = {cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, BaseException)}
        assert mine == set(CLASSES)

    def test_every_class_has_an_example_here(self):
        assert {type(error) for error in EXAMPLES} == set(CLASSES)

    def test_ours_are_at_the_top_of_the_package(self):
        for cls in (
            SSEScanError,
            StreamTruncated,
            StreamBroken,
            StreamTimeout,
            StreamCancelled,
            EventTooLarge,
            EventDecodeError,
            NotAnEventStream,
        ):
            assert getattr(ssescan, cls.__name__) is cls

    def test_they_are_what_python_calls_them_too(self):
        assert issubclass(StreamBroken, ConnectionError)
        assert issubclass(StreamTimeout, TimeoutError)
        assert not issubclass(StreamTimeout, ConnectionError)
        assert not issubclass(StreamTruncated, EOFError)

    def test_every_class_says_what_it_is(self):
        assert all(cls.__doc__ for cls in CLASSES)


class TestBesideOpenai:
    @pytest.fixture
    def openai(self) -> Any:
        return pytest.importorskip("openai", reason="compares with the openai package, which is not installed")

    def test_names_and_bases(self, openai):
        for cls in CLASSES:
            if (theirs := getattr(openai, cls.__name__, None)) is not None:
                bases = [base.__name__ for base in theirs.__mro__ if base.__module__.startswith("openai")]
                assert [base.__name__ for base in cls.__mro__ if base.__module__.startswith("ssescan")] == [
                    *bases,
                    "SSEScanError",
                ]

    def test_nothing_that_streams_need_is_missing(self, openai):
        theirs = {name for name in openai.__all__ if isinstance(getattr(openai, name), type)}
        exceptions = {name for name in theirs if issubclass(getattr(openai, name), openai.APIError)}

        elsewhere = {"OAuthError"}  # of no streaming call
        assert exceptions - set(errors.__all__) <= elsewhere

    def test_they_are_made_in_the_same_way(self, openai):
        for cls in (
            APIError,
            APIStatusError,
            APIConnectionError,
            APITimeoutError,
            APIResponseValidationError,
            RateLimitError,
        ):
            theirs = inspect.signature(getattr(openai, cls.__name__)).parameters
            ours = inspect.signature(cls).parameters
            assert list(ours)[: len(theirs)] == list(theirs) or set(theirs) <= set(ours)
            for name, parameter in theirs.items():
                assert ours[name].kind == parameter.kind

    def test_they_carry_the_same(self, openai):
        httpx = pytest.importorskip("httpx")
        response = httpx.Response(429, headers={"x-request-id": "req_7"}, request=httpx.Request("POST", "http://x/"))
        body = {"message": "m", "code": "c", "param": "p", "type": "t"}
        theirs = openai.RateLimitError("slow down", response=response, body=body)
        ours = RateLimitError("slow down", response=response, body=body)

        for name in (
            "message",
            "code",
            "param",
            "type",
            "body",
            "status_code",
            "request_id",
            "response",
            "request",
            "args",
        ):
            assert getattr(ours, name) == getattr(theirs, name), name
        assert str(ours) == str(theirs)


class TestAttributes:
    @each_example
    def test_what_a_program_needs_is_always_there(self, error):
        assert (error.partial_text, error.events, error.outcome) == ("", 0, None)
        assert isinstance(error.retryable, bool)
        assert error.request_id in (None, "req_7")
        assert error.status_code in (None, 429)
        assert error.raw is None or isinstance(error.raw, bytes)

    @each_example
    def test_what_a_person_needs_is_a_line(self, error):
        assert str(error)
        assert "\n" not in str(error)
        assert repr(error).startswith(type(error).__name__)
        if isinstance(error, APIError):
            assert error.message == str(error)

    def test_they_say_what_to_do(self):
        assert "Timeouts(event_s=...)" in str(StreamTimeout("event", "after 3 events", 2.5))
        assert "within 2.5 s" in str(StreamTimeout("event", "after 3 events", 2.5))
        assert "Pass a larger max_event_bytes" in str(EventTooLarge(10, 11, 1234567))
        assert "1234567" in str(EventTooLarge(10, 11, 1234567))
        assert "partial_text" in str(StreamTruncated())
        for error in (
            StreamTruncated("after 3 events"),
            StreamBroken("x", "after 3 events"),
            StreamCancelled("after 3 events"),
        ):
            assert "after 3 events" in str(error)

    @pytest.mark.parametrize(
        ("clock", "said"),
        [("idle", "No data received"), ("event", "No event received"), ("total", "Stream not finished")],
    )
    def test_the_clocks(self, clock, said):
        error = StreamTimeout(clock)

        assert (error.clock, error.retryable) == (clock, True)
        assert said in str(error)
        with pytest.raises(KeyError):
            StreamTimeout("wrong")

    @pytest.mark.parametrize(
        ("error", "retryable"),
        [
            (StreamTruncated(), True),
            (StreamBroken(), True),
            (StreamTimeout(), True),
            (StreamCancelled(), False),
            (EventTooLarge(1, 2, 3), False),
            (EventDecodeError(None, b"x", "y"), False),
            (NotAnEventStream("x"), False),
            (APIError("x"), False),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_whether_asking_again_helps(self, error, retryable):
        assert error.retryable is retryable

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 408, 409, 418, 422, 429, 500, 502, 503, 529, 599])
    def test_the_class_of_a_status(self, status):
        cls = class_of_status(status)
        error = cls("m", response=SimpleNamespace(status_code=status, headers={}))

        assert (error.status_code, error.retryable) == (status, status in (408, 409, 429) or status >= 500)
        assert (cls is InternalServerError) == (status >= 500)
        assert (cls is APIStatusError) == (status in (408, 418))
        if cls not in (APIStatusError, InternalServerError):
            assert cls.__doc__ == f"HTTP status {status}."

    def test_a_response_of_urllib3(self):
        error = RateLimitError("m", response=SimpleNamespace(status=429, headers={"x-request-id": "r"}))

        assert (error.status_code, error.request_id, error.request) == (429, "r", None)

    def test_the_body_of_a_status_error_may_be_an_event(self):
        body = b'event: error\ndata: {"error": {"message": "boom", "code": "c"}}\n\n'
        error = status_error(SimpleNamespace(status=500, headers={}), body)
        assert (str(error), error.code, error.raw) == ("Error code: 500 - boom", "c", body)

    def test_a_refused_request_has_the_verdict_of_the_same_error_in_a_stream(self):
        for name in ("code", "type"):
            for value, retryable in (
                *(
                    (code, False)
                    for code in ("insufficient_quota", "billing_hard_limit_reached", "InsufficientQuotaError")
                ),
                ("rate_limit_exceeded", True),
            ):
                payload = dumps({"error": {"message": "m", name: value}})
                refused = status_error(SimpleNamespace(status=429, headers={}), payload)
                in_stream = from_payload(payload, ("error",))
                assert type(refused) is type(in_stream) is RateLimitError
                assert refused.retryable is in_stream.retryable is retryable

    @pytest.mark.parametrize(
        "answer", [testing.REFUSED, testing.failure(404, "<html>"), testing.stream(b"", testing.CUT)]
    )
    def test_a_traceback_names_the_request(self, answer: Any):
        """A program that reads several URLs must know which one failed. Messages are as short as those of `openai`."""
        url, pool = "http://u:secret@x/v1/chat/completions?key=secret", testing.FakePool(answer)
        ways = {
            "GET": lambda: list(ssescan.stream(url, http_client=pool, max_retries=0)),
            "PUT": lambda: next(EventSource(url, method="PUT", http_client=pool, on_error=fail_with)),
            "POST": lambda: list(
                OpenAI(api_key="k", base_url="http://x/v1", http_client=pool, max_retries=0).chat.completions.create(
                    model="m", messages=[], stream=True
                )
            ),
        }
        for method, ask in ways.items():
            with pytest.raises(SSEScanError) as caught:
                ask()
            notes = [f"Request: {method} http://x/v1/chat/completions"]
            assert caught.value.__notes__ == pickle.loads(pickle.dumps(caught.value)).__notes__ == notes

    def test_a_base_url_without_its_path_has_a_hint(self):
        for base_url, count in (("http://x", 1), ("http://x/v1", 0)):
            client = OpenAI(
                api_key="k", base_url=base_url, http_client=testing.FakePool(testing.failure(404, "<html>"))
            )
            with pytest.raises(NotFoundError) as caught:
                client.models.list()
            assert sum("Most base URLs end with /v1." in note for note in caught.value.__notes__) == count

    def test_a_status_error_without_a_response(self):
        error = APIStatusError("m")

        assert (error.status_code, error.request_id, error.retryable) == (0, None, False)

    @pytest.mark.parametrize("body", [None, "text", [1], {"code": None}, {}])
    def test_bodies_without_an_error_in_them(self, body):
        error = APIError("m", body=body)

        assert (error.body, error.code, error.param, error.type) == (body, None, None, None)


class TestCopies:
    @each_example
    @pytest.mark.parametrize(
        "again", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))], ids=["copy", "deepcopy", "pickle"]
    )
    def test_they_are_the_same(self, error, again):
        copied = again(error)

        assert type(copied) is type(error)
        assert (str(copied), copied.args) == (str(error), error.args)
        for name in (
            "message",
            "body",
            "code",
            "clock",
            "limit",
            "size",
            "position",
            "event",
            "raw",
            "status_code",
            "request_id",
            "retryable",
        ):
            assert getattr(copied, name, None) == getattr(error, name, None)

    @pytest.mark.parametrize("case", [c for c in CASES if c.dialect and c.end["error"]], ids=lambda case: case.name)
    def test_those_of_streams(self, case):
        scanner = Scanner(case.body, dialect=case.dialect)
        while scanner.scan():
            pass
        error = scanner.err
        copied = pickle.loads(pickle.dumps(error))

        assert type(copied) is type(error)
        assert vars(copied) == {"request": None, "response": None, **vars(error)}

    def test_a_response_stays_behind(self):
        """It holds a socket. What it said is kept."""
        copied = pickle.loads(pickle.dumps(RateLimitError("m", response=RESPONSE)))

        assert (copied.response, copied.request, copied.request_id, copied.status_code) == (None, None, "req_7", 429)

    def test_a_copy_can_be_raised_again(self):
        error = pickle.loads(pickle.dumps(StreamTimeout("idle", "after 3 events", 1.0)))

        with pytest.raises(TimeoutError, match="after 3 events"):
            raise error


class TestFromPayload:
    @pytest.mark.parametrize(
        ("payload", "message"),
        [
            (b'{"error":{"message":"m"}}', "m"),
            (b'{"message":"m"}', "m"),
            (b'{"error":"m"}', "m"),
            (b'{"error":{"message":""}}', "An error occurred during streaming"),
            (b'{"error":{"message":5}}', "An error occurred during streaming"),
            (b'{"error":{}}', "An error occurred during streaming"),
            (b"{}", "An error occurred during streaming"),
            (b"just words", "just words"),
            (b"\xff", "\ufffd"),
            (b"null", "An error occurred during streaming"),
            (b'"words"', "words"),
            (b'[{"error":1}]', "An error occurred during streaming"),
        ],
    )
    def test_the_message(self, payload, message):
        error = from_payload(payload, ("error", ""))

        assert type(error) is APIError
        assert (str(error), error.raw) == (message, payload)

    @pytest.mark.parametrize(
        ("error", "status"),
        [
            ({"code": "rate_limit_exceeded"}, 429),
            ({"code": "insufficient_quota"}, 429),
            ({"type": "overloaded_error"}, 529),
            ({"type": "server_error"}, 500),
            ({"code": "context_length_exceeded"}, 400),
            ({"type": "authentication_error"}, 401),
            ({"status": 404}, 404),
            ({"status_code": "422"}, 422),
            ({"code": 500}, 500),
            ({"code": 200}, None),
            ({"code": 1000}, None),
            ({"code": "٤٠٠"}, None),
            ({"code": True}, None),
            ({"code": "unheard_of", "type": "server_error"}, 500),
            ({"code": "rate_limited"}, 429),
            ({"code": "RateLimitExceeded"}, 429),
            ({"type": "RATE-LIMIT"}, 429),
            ({"type": "rateLimitExceededError"}, 429),
            ({"code": "Too Many Requests"}, 429),
            ({"code": "ThrottlingException"}, 429),
            ({"code": "Throttling.RateQuota"}, 429),
            ({"code": "QuotaExceeded"}, 429),
            ({"error_type": "rate_limited"}, 429),
            ({"error_type": "overloaded"}, 503),
            ({"type": "ValidationException"}, 400),
            ({"type": "validation_error"}, 422),
            ({"type": "error"}, None),
            ({"code": "rate_limit" + " " * 99}, None),
            ({"type": "engine_overloaded_error"}, 529),
            ({"http_code": "529"}, 529),
            ({"__type": "ThrottlingException"}, 429),
            ({"code": "modelStreamErrorException"}, 500),
            ({"code": ["x"]}, None),
        ],
    )
    def test_the_status(self, error, status):
        made = from_payload(dumps({"error": error}), ("error",))

        assert made.status_code == status
        assert type(made) is (APIError if status is None else class_of_status(status))

    def test_names_of_a_status_are_documented(self):
        listed = re.findall(r"^ *\* (\d+): ([a-z_, \n]+?)(?=\n *\*|\n\n)", APIStatusError.__doc__, re.MULTILINE)
        assert {int(status): tuple(re.split(r",\s+", names)) for status, names in listed} == {
            status: tuple(names) for status, names in STATUS_NAMES.items()
        }

    @pytest.mark.parametrize("key", ["code", "type"])
    def test_an_empty_account_is_not_retryable(self, key):
        made = from_payload(dumps({"error": {key: "exceeded_current_quota_error"}}), ("error",))
        assert (made.status_code, made.retryable) == (429, False)

    def test_what_the_codes_are_is_text(self):
        assert from_payload(b'{"error":{"code":500}}', ("error",)).code == "500"


def streams() -> dict[str, tuple[Scanner, type]]:
    failed = {"type": "response.failed", "response": {"error": {"message": "m"}}}
    return {
        "truncated": (Scanner([delta("Hel"), delta("lo")], dialect="assistants"), StreamTruncated),
        "broken": (
            Scanner(Asked([delta("Hel"), delta("lo")], ConnectionResetError()), dialect="assistants"),
            StreamBroken,
        ),
        "timeout": (Scanner(Asked([delta("Hel"), delta("lo")], TimeoutError()), dialect="assistants"), StreamTimeout),
        "decode": (Scanner([delta("Hello"), frame("x", "thread.created")], dialect="assistants"), EventDecodeError),
        "large": (
            Scanner([chunk("Hello"), b"data: " + b"x" * 999], dialect="chat", max_event_bytes=500),
            EventTooLarge,
        ),
        "server": (Scanner([chunk("Hello"), frame({"error": {"message": "m"}})], dialect="chat"), APIError),
        "last": (Scanner([output("Hello"), frame(failed, "response.failed")], dialect="responses"), APIError),
    }


class TestOfStreams:
    @pytest.mark.parametrize("name", streams())
    @pytest.mark.parametrize("how", ["events", "reader"])
    def test_they_know_their_stream(self, name, how):
        scanner, kind = streams()[name]
        with pytest.raises(kind) as caught:
            list(scanner) if how == "events" else scanner.reader().read()
        error = caught.value

        assert error.partial_text == "Hello"
        assert (error.outcome, error.events) == (scanner.outcome, scanner.stats.events)
        assert scanner.outcome not in ("open", "done", "finished", "eof")
        assert error is scanner.err

    def test_a_cancel(self):
        scanner = Scanner([delta("Hello"), DONE], dialect="assistants")
        next(scanner)
        scanner.cancel()

        assert (scanner.err.partial_text, scanner.err.events, scanner.err.outcome) == ("Hello", 1, "cancelled")
        assert (
            str(scanner.err)
            == f"Stream was cancelled (after 1 event, {len(delta('Hello'))} bytes; last event: thread.message.delta)."
        )

    def test_a_reader_does_not_name_an_event_that_was_not_the_last(self):
        scanner = Scanner([run("created"), delta("a")], dialect="assistants")
        next(scanner)
        with pytest.raises(StreamTruncated) as caught:
            scanner.reader().read()

        assert "after 2 events" in str(caught.value)
        assert "thread.run.created" not in str(caught.value)

    def test_no_text_is_kept_without_a_dialect(self):
        scanner = Scanner(Asked([delta("Hello")], ConnectionResetError()))
        with pytest.raises(StreamBroken) as caught:
            list(scanner)

        assert (caught.value.partial_text, caught.value.events) == ("", 1)

    def test_a_run_that_failed_is_one_for_readers(self):
        scanner = Scanner(
            [delta("Hello"), run("failed", last_error={"message": "m", "code": "rate_limit_exceeded"})],
            dialect="assistants",
        )
        with pytest.raises(RateLimitError) as caught:
            scanner.reader().read()

        assert (caught.value.partial_text, caught.value.outcome, str(caught.value)) == ("Hello", "error", "m")
