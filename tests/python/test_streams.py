"""Every fixture of tests/streams through Scanner and Parser, cut in every way; and random bytes beside the reference."""

from __future__ import annotations

import itertools
import json
import pickle
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reference
from conftest import Asked, at_each_place, bytewise, cut_at_random, places_of
from each import for_each_case
from fixtures import ALL_CASES, CASES, WITHOUT_TEXT, Case, mend
from ssescan import EventDecodeError, Parser, Scanner, SSEScanError, StreamTruncated
from ssescan._core import event_text, node_row, payload_text
from ssescan.dialects import NAMES
from ssescan.errors import APIError
from ssescan.events import event_name, text_of

TYPED = [case for case in ALL_CASES if case.dialect]
each_case = for_each_case(CASES)
BUILT_IN = [case for case in TYPED if case.dialect in NAMES]
each_built_in_case = for_each_case(BUILT_IN)
each_typed_case = for_each_case(TYPED)

ENDS = {"last_event_id": "", "retry_ms": None, "tail_bytes": 0}
#: Events of another dialect than the one of the request.
MISROUTED = {"quirks/d08_chat_in_responses"}
KINDS = {"truncated": StreamTruncated, "decode": EventDecodeError, "api": APIError}


def ways(body: bytes) -> dict[str, list[bytes]]:
    return {"whole": [body], "bytewise": bytewise(body), **{str(n): cut_at_random(body, n) for n in range(2)}}


def fed(blocks: Iterable[bytes], dialect: str | None) -> tuple[Parser, list]:
    """Parser and its events. What it raises is what `err` says."""
    parser, events = Parser(dialect), []
    try:
        for block in blocks:
            events += parser.feed(block)
        events += parser.finish()
    except SSEScanError as error:
        assert error is parser.err
    return parser, events


def scanned(blocks: Iterable[bytes], dialect: str | None) -> tuple[Scanner, list, str]:
    """Scanner, its events, and the text of all of them."""
    scanner, events, texts = Scanner(blocks, dialect=dialect), [], []
    while scanner.scan():
        events.append(scanner.event)
        texts.append(scanner.text() or "")
    return scanner, events, "".join(texts)


def frames_of(events: list) -> list[dict]:
    return [{"event": e.event, "data": e.data, "id": e.id, "retry": e.retry} for e in events]


def end_of(stream: Parser | Scanner) -> dict:
    return {"last_event_id": stream.last_event_id, "retry_ms": stream.retry_ms, "tail_bytes": stream.stats.tail_bytes}


def framing_end(case: Case) -> dict:
    return {name: case.end[name] for name in ENDS}


def check_frames(stream: Parser | Scanner, events: list, case: Case) -> None:
    assert frames_of(events) == case.frames
    assert end_of(stream) == framing_end(case)
    assert (stream.outcome, stream.err, stream.dialect) == ("eof", None, None)
    assert stream.stats.events == len(case.frames)
    assert stream.stats.bytes == len(case.body)


def check_typed(stream: Parser | Scanner, events: list, case: Case) -> None:
    assert names_of(events, case) == case.end["events"]
    assert stream.outcome == case.end["outcome"]
    assert stream.dialect == case.dialect
    assert stream.stats.events == len(events)
    check_error(stream.err, case)


def names_of(events: list, case: Case) -> list[str]:
    """Chat has no names: what a server puts into the event line says nothing there."""
    return ["" if case.dialect == "chat" else event_name(event) for event in events]


def check_error(error: BaseException | None, case: Case) -> None:
    expected = case.end["error"]
    if expected is None:
        assert error is None
        return
    assert isinstance(error, KINDS[expected["kind"]])
    if expected["message"] is not None:
        assert str(error) == expected["message"]
    assert str(error)
    assert (error.events, error.outcome) == (len(case.end["events"]), case.end["outcome"])
    assert mend(error.partial_text) == case.end["text"]


class TestFrames:
    @each_case
    def test_parser(self, case: Case):
        for blocks in ways(case.body).values():
            check_frames(*fed(blocks, None), case)

    @at_each_place
    @each_case
    def test_parser_with_two_blocks(self, case: Case, every: bool):
        for at in places_of(case.body, every=every):
            check_frames(*fed((case.body[:at], case.body[at:]), None), case)

    @each_case
    def test_scanner(self, case: Case):
        for blocks in ways(case.body).values():
            scanner, events, text = scanned(blocks, None)
            check_frames(scanner, events, case)
            assert text == ""

    @each_case
    def test_iteration_is_the_same(self, case: Case):
        for blocks in ways(case.body).values():
            scanner = Scanner(blocks)
            check_frames(scanner, list(scanner), case)

    @each_case
    def test_an_event_comes_with_its_blank_line(self, case: Case):
        source = Asked(bytewise(case.body))
        asked = []
        for _ in Scanner(source):
            asked.append(source.bytes)

        assert asked == blank_lines(case.body)


def blank_lines(body: bytes) -> list[int]:
    """Where the blank lines that dispatch are known to be complete: behind their LF, or behind a CR."""
    found, has_data = [], False
    for line, end in reference.lines_of(body):
        if line:
            has_data = has_data or reference.field_of(line)[0] == "data"
        elif has_data:
            found.append(end - (body[end - 2 : end] == b"\r\n"))
            has_data = False
    return found


def whole_text(event: Any) -> str:
    """Of all choices or parts."""
    row = node_row(event)
    try:
        return (row and payload_text(row, event.raw, "text", None, False)) or ""
    except ValueError:
        return ""


def text_or_error(text: Any, of: Any) -> Any:
    try:
        return text(of)
    except EventDecodeError as error:
        return str(error), error.raw


class TestTyped:
    @each_typed_case
    def test_parser(self, case: Case):
        for blocks in ways(case.body).values():
            check_typed(*fed(blocks, case.reads_as), case)

    @at_each_place
    @each_typed_case
    def test_parser_with_two_blocks(self, case: Case, every: bool):
        for at in places_of(case.body, every=every):
            check_typed(*fed((case.body[:at], case.body[at:]), case.reads_as), case)

    @each_typed_case
    def test_scanner(self, case: Case):
        for blocks in ways(case.body).values():
            scanner, events, text = scanned(blocks, case.reads_as)
            check_typed(scanner, events, case)
            assert mend(text) == case.end["text"]

    @each_typed_case
    def test_iteration_raises_what_err_is(self, case: Case):
        for blocks in ways(case.body).values():
            scanner, events = Scanner(blocks, dialect=case.reads_as), []
            try:
                for event in scanner:
                    events.append(event)
            except SSEScanError as error:
                assert error is scanner.err
            check_typed(scanner, events, case)

    @each_typed_case
    def test_a_reader_gives_the_same_text(self, case: Case):
        if case.dialect in WITHOUT_TEXT:
            with pytest.raises(ValueError, match="Unknown channel 'text' \\(the stream has no channels\\)"):
                Scanner(case.body, dialect=case.dialect).reader()
            return
        failed = case.fails_readers
        for blocks in ways(case.body).values():
            scanner = Scanner(blocks, dialect=case.reads_as)
            try:
                assert mend(scanner.reader().read()) == case.end["text"]
            except SSEScanError as error:
                assert error is scanner.err
                assert mend(error.partial_text) == case.end["text"] or failed
            if failed:
                assert scanner.outcome == "error"
            else:
                assert scanner.outcome == case.end["outcome"]
                check_error_of_reader(scanner.err, case)

    @each_typed_case
    def test_texts_are_what_a_reader_returns(self, case: Case):
        if case.dialect in WITHOUT_TEXT:
            with pytest.raises(ValueError, match="Unknown channel 'text' \\(the stream has no channels\\)"):
                Scanner(case.body, dialect=case.dialect).texts()
            return
        for blocks in ways(case.body).values():
            scanner, other, texts = Scanner(blocks, dialect=case.reads_as), Scanner(blocks, dialect=case.reads_as), []
            try:
                texts.extend(iter(scanner.texts()))
            except SSEScanError as error:
                assert error is scanner.err
                assert mend(error.partial_text) == mend("".join(texts))
            reader = other.reader()
            try:
                read = list(iter(lambda: reader.read(1000), ""))
            except SSEScanError:
                read = [other.err.partial_text]
            assert all(texts) and mend("".join(texts)) == mend("".join(read))
            assert (str(scanner.err), scanner.outcome) == (str(other.err), other.outcome)
            assert scanner.stats.events == other.stats.events

    @each_typed_case
    def test_the_text_of_events(self, case: Case):
        """As they pass, kept, in any order, and pickled: what the channel of their row says."""
        for blocks in ways(case.body).values():
            scanner, events, found = Scanner(blocks, dialect=case.reads_as), [], []
            try:
                for event in scanner:
                    events.append(event)
                    found.append((text_or_error(event_text, event), text_or_error(Scanner.text, scanner)))
            except SSEScanError:
                pass
            scanner.close()
            expected = [text_or_error(text_of, event) for event in events]
            assert found == [(text, text) for text in expected]
            assert [text_or_error(event_text, event) for event in reversed(events)] == expected[::-1]
            assert [text_or_error(event_text, pickle.loads(pickle.dumps(event))) for event in events] == expected
            assert text_or_error(Scanner.text, scanner) == (expected[-1] if expected else None)

    @each_typed_case
    def test_scanning_makes_the_events_that_are_asked_for(self, case: Case):
        """Every event is made, none, or some of them: the same events, texts and end."""
        whole = [event.raw for event in fed([case.body], case.reads_as)[1]]
        for blocks, asked in itertools.product(ways(case.body).values(), (2, 3, 1000)):
            scanner, at, made = Scanner(blocks, dialect=case.reads_as), 0, []
            while scanner.scan():
                text = text_or_error(Scanner.text, scanner)
                if at % asked == 0:
                    made.append((at, scanner.event))
                    assert scanner.event is made[-1][1]
                    assert text_or_error(Scanner.text, scanner) == text == text_or_error(text_of, scanner.event)
                at += 1
            assert (at, [(n, event.raw) for n, event in made]) == (len(whole), list(enumerate(whole))[::asked])
            assert (scanner.event and scanner.event.raw) == (whole[-1] if whole else None)
            check_error(scanner.err, case)

    @each_typed_case
    def test_joined_events_are_those_that_are_alike(self, case: Case):
        """With the core's joining of events: their number, text, end, and the payloads but for those that were joined."""
        parser, events = fed([case.body], case.reads_as)
        for blocks in ways(case.body).values():
            scanner, unlike, texts, arrivals = Scanner(blocks, dialect=case.reads_as), [], [], []
            try:
                while True:
                    text, event = scanner._next_unlike("text", alike=True, arrivals=arrivals)
                    texts.append(text)
                    if event is None:
                        break
                    unlike.append(event)
            except SSEScanError as error:
                assert error is scanner.err
            assert (len(arrivals), scanner.outcome) == (len(events), parser.outcome)
            check_error(scanner.err, case)
            if scanner.err is None:  # else the last text was not given
                assert mend("".join(texts)) == mend("".join(map(whole_text, events)))
            rest = iter([event.raw for event in events])
            assert all(event.raw in rest for event in unlike)  # in order

    @each_built_in_case
    def test_auto_tells_the_dialect(self, case: Case):
        """Or finds nothing to tell it from; then the bodies are those of no dialect."""
        scanner, events, _ = scanned([case.body], "auto")
        if scanner.dialect is not None and case.end["events"] and case.name not in MISROUTED:
            assert scanner.dialect == case.dialect
            check_typed(scanner, events, case)

    @each_typed_case
    def test_every_event_is_decoded_as_json_says(self, case: Case):
        """Whatever the class: the payload is the JSON that came, and `.raw` its bytes."""
        for event in fed([case.body], case.reads_as)[1]:
            payload = json.loads(event.raw.decode("utf-8", "replace"))
            assert event.json() == payload
            shown = event.to_dict()
            assert (shown["data"] if case.dialect in ("assistants", "arrays") else shown) == payload


def check_error_of_reader(error: BaseException | None, case: Case) -> None:
    check_error(error, case)


LINES = st.sampled_from(
    [b"data", b"data:", b"data: ", b"data:x", b"data: [DONE]", b"event:", b"event: e", b"id", b"id: 1", b"id:\0"]
    + [
        b"retry: 5",
        b"retry:",
        b"retry: 5x",
        b"retry: 99999999999999999999",
        b":",
        b": c",
        b"other: x",
        b"dat",
        b"datas:",
    ]
    + [b"error: x", b"\xef\xbb\xbf", b"\xef\xbb", b"\xff", "data: ü🙂\u2028\x85\x0b".encode(), b"\xf0\x9f", b" data: x"]
)
ENDINGS = st.sampled_from([b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r", b"\r\n\r\n", b"\n\r", b""])
BODIES = st.lists(st.tuples(LINES | st.binary(max_size=3), ENDINGS).map(b"".join), max_size=14).map(b"".join)
NOISE = st.binary(max_size=200) | st.lists(
    st.sampled_from(list(b"data:event id\r\n\n\n \0\xef\xbb\xbf")), max_size=60
).map(bytes)


def cut_at(body: bytes, places: list[int]) -> list[bytes]:
    edges = sorted({0, len(body), *(place % (len(body) + 1) for place in places)})
    return [body[start:end] for start, end in zip(edges, edges[1:])]


class TestRandomBytes:
    @given(BODIES | NOISE, st.lists(st.integers(0, 200), max_size=6))
    def test_the_reference_agrees(self, body: bytes, places: list[int]):
        frames, end = reference.parse(body)
        for stream, events in (fed(cut_at(body, places), None), fed(bytewise(body), None)):
            assert frames_of(events) == frames
            assert end_of(stream) == end

    @given(BODIES, BODIES, st.lists(st.integers(0, 200), max_size=6))
    def test_the_last_event_id_may_be_given(self, first: bytes, body: bytes, places: list[int]):
        """What is behind a blank line does not know what was in front of it, but for the id and the retry."""
        before = Scanner([first + b"\n\n\n"])
        list(before)
        parser = Parser(last_event_id=before.last_event_id)
        events = [event for block in cut_at(body, places) for event in parser.feed(block)]
        expected, end = reference.parse(first + b"\n\n\n" + body)
        count = len(reference.parse(first + b"\n\n\n")[0])
        if not body.startswith((b"\xef", b"\n")):
            assert frames_of(events) == expected[count:]
            assert parser.last_event_id == end["last_event_id"]

    @given(
        BODIES | NOISE,
        st.lists(st.integers(0, 200), max_size=6),
        st.sampled_from(["assistants", "chat", "responses", "auto"]),
    )
    def test_dialects_do_not_depend_on_the_cuts_either(self, body: bytes, places: list[int], dialect: str):
        whole, blocks = fed([body], dialect), fed(cut_at(body, places), dialect)
        answers = [
            (
                s.outcome,
                type(s.err),
                str(s.err),
                s.dialect,
                [(type(e), event_name(e) if s.dialect else e.event, e.raw) for e in events],
            )
            for s, events in (whole, blocks)
        ]
        assert answers[0] == answers[1]


NAMES = st.sampled_from(
    ["thread.message.delta", "thread.run.completed", "thread.run.created", "done", "ping", "error", "x", "", "message"]
    + ["response.output_text.delta", "response.completed", "response.failed", "thread.run.failed"]
)
TEXTS = st.text(max_size=4) | st.sampled_from(["\ud83d", "\ude42", "\ud83d\ude42", "[DONE]", "\n", '"', "\\"])
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | TEXTS


def deltas() -> st.SearchStrategy:
    """Payloads with a text where it belongs, or something else there."""
    parts = st.fixed_dictionaries({}, optional={"value": LEAVES, "annotations": st.just([])}) | LEAVES
    block = st.fixed_dictionaries(
        {}, optional={"index": st.integers(0, 2), "type": st.just("text"), "text": parts, "refusal": LEAVES}
    )
    content = st.lists(block | LEAVES, max_size=3) | LEAVES
    inner = st.fixed_dictionaries({}, optional={"content": content, "role": LEAVES}) | LEAVES
    return st.fixed_dictionaries({}, optional={"id": LEAVES, "delta": inner, "error": LEAVES, "data": LEAVES})


def text_by_hand(payload: object) -> str | None:
    """`delta.content[*].text.value`, the slow way."""
    parts = [block.get("text") for block in get(get(payload, "delta"), "content", list) if isinstance(block, dict)]
    values = [part["value"] for part in parts if isinstance(part, dict) and isinstance(part.get("value"), str)]
    return "".join(values) if values else None


def get(value: object, key: str, kind: type = dict):
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, kind) else kind()


class TestRandomPayloads:
    @given(st.lists(st.tuples(NAMES, deltas(), st.booleans()), max_size=6), st.lists(st.integers(0, 2000), max_size=8))
    def test_text_is_where_the_path_leads(self, items: list, places: list[int]):
        frames = []
        for name, payload, ascii_only in items:
            text = json.dumps(payload, ensure_ascii=ascii_only).encode("utf-8", "replace")
            frames.append((f"event: {name}\n" if name else "").encode() + b"data: " + text + b"\n\n")
        body = b"".join(frames)
        whole, events, text = scanned([body], "assistants")

        for event in events:
            expected = text_by_hand(event.json()) if event_name(event) == "thread.message.delta" else None
            got = event.text
            assert (got is None) == (expected is None)
            assert mend(got or "") == mend(expected or "")

        for blocks in (cut_at(body, places), bytewise(body)):
            again, _, same = scanned(blocks, "assistants")
            assert (again.outcome, str(again.err), mend(same)) == (whole.outcome, str(whole.err), mend(text))
            reader = Scanner(blocks, dialect="assistants").reader()
            try:
                assert mend(reader.read()) == mend(text)
            except SSEScanError as error:
                assert mend(error.partial_text) == mend(text)


# Frames that are alike: the fast ways take short cuts there, and must notice every way in which they are not.
HEADS = st.sampled_from(
    [
        b"event: thread.message.delta\ndata: ",
        b"event:thread.message.delta\ndata:",
        b"event: thread.message.delta\r\ndata: ",
        b"data: ",
    ]
    + [
        b"event: thread.message.delta\ndata:",
        b"event: thread.message.deltas\ndata: ",
        b"id: 1\nevent: thread.message.delta\ndata: ",
    ]
    + [
        b": c\nevent: thread.message.delta\ndata: ",
        b"event: x\nevent: thread.message.delta\ndata: ",
        b"retry: 1\ndata: ",
        b"data:",
    ]
    + [
        b"event: thread.created\ndata: ",
        b"event: ping\ndata: ",
        b"event: message\ndata: ",
        b"event\ndata: ",
        b"event: \ndata: ",
    ]
)
PAYLOADS = st.sampled_from(
    [b'{"id":"m","delta":{"content":[{"index":0,"type":"text","text":{"value":"%b"}}]}}']
    + [b'{"id":"n","delta":{"content":[{"index":0,"type":"text","text":{"value":"%b"}}]}}']
    + [b'{"id":"m","delta":{"content":[{"index":1,"type":"text","text":{"value":"%b"}}]}}']
    + [b'{"id":"m","delta":{"content":[{"index":0,"type":"text","text":{"value":"%b","value":"b"}}]}}']
    + [b'{"id":"m","delta":{"content":[{"index":0,"text":{"value":"%b"}},{"index":1,"text":{"value":"c"}}]}}']
    + [b'{"choices":[{"index":0,"delta":{"content":"%b"}}]}', b'{"choices":[{"index":1,"delta":{"content":"%b"}}]}']
    + [
        b'{"choices":[{"index":0,"delta":{"content":"%b"},"finish_reason":"stop"}]}',
        b'{"type":"response.output_text.delta","delta":"%b"}',
    ]
    + [
        b'{"choices":[{"index":0,"delta":{"content":"%b"}}],"error":null}',
        b'{"choices":[],"error":"%b"}',
        b'{"e":"%b"}',
        b"%b",
    ]
)
VALUES = st.sampled_from(
    [
        b"a",
        b"",
        b"some words",
        b"\\n",
        b'\\"',
        b"\\\\",
        b"\\ud83d",
        b"\\ude42",
        b"\\u00e9",
        "ö🙂".encode(),
        b"\xff",
        b'"',
        b"\\",
        b"\\x",
    ]
    + [b"error", b"[DONE]", b"}", b"\\u", b"\\ud83d\\u", b'a","value":"b', b'a"}}]}} ', b" ", b"\t"]
)
TAILS = st.sampled_from(
    [b"\n\n"] * 6
    + [b"\r\n\r\n", b"\r\r", b"\n\r\n", b"\n\n\n", b"\ndata: x\n\n", b"\nid: 2\n\n", b" \n\n", b"\n: c\n\n", b"\n"]
)
ALIKE = st.lists(
    st.tuples(HEADS, PAYLOADS, VALUES, TAILS).map(
        lambda parts: parts[0] + parts[1].replace(b"%b", parts[2]) + parts[3]
    ),
    max_size=6,
).map(b"".join)


def seen(stream: Parser | Scanner) -> tuple:
    """All that does not tell how much of the body was given when it ended."""
    error = stream.err
    told = type(error), str(error), getattr(error, "partial_text", None), getattr(error, "raw", None)
    return stream.outcome, told, stream.last_event_id, stream.retry_ms, stream.usage, stream.finish_reason


class TestAlikeFrames:
    @given(ALIKE, st.lists(st.integers(0, 900), max_size=6))
    def test_the_reference_agrees(self, body: bytes, places: list[int]):
        frames, end = reference.parse(body)
        for blocks in ([body], cut_at(body, places), bytewise(body)):
            stream, events = fed(blocks, None)
            assert frames_of(events) == frames
            assert end_of(stream) == end

    @given(
        ALIKE, st.lists(st.integers(0, 900), max_size=6), st.sampled_from(["assistants", "chat", "responses", "auto"])
    )
    def test_events_do_not_depend_on_the_way_they_are_read(self, body: bytes, places: list[int], dialect: str):
        """Bytewise, every frame goes the slow way."""
        answers = []
        for blocks in ([body], cut_at(body, places), bytewise(body)):
            stream, events = fed(blocks, dialect)
            told = [(type(event), event_name(event) if stream.dialect else event.event, event.raw) for event in events]
            answers.append((seen(stream), told))

        assert answers[0] == answers[1] == answers[2]

    @given(
        ALIKE,
        st.lists(st.integers(0, 900), max_size=6),
        st.sampled_from(["assistants", "chat", "responses"]),
        st.sampled_from([{}, {"index": None}, {"index": 1}, {"channel": "refusal"}]),
    )
    def test_text_is_that_of_the_events(self, body: bytes, places: list[int], dialect: str, view: dict):
        """A reader takes it out of many events at once, `text_of` out of one."""
        expected, stream = "", Scanner([body], dialect=dialect)
        while stream.scan():
            try:
                found = text_of(stream.event, view.get("channel", "text"), view.get("index", ...))
            except EventDecodeError:
                break
            expected += found or ""
        for blocks in ([body], cut_at(body, places), bytewise(body)):
            scanner, texts = Scanner(blocks, dialect=dialect), []
            reader = scanner.reader(**view)
            try:
                while text := reader.read(3):
                    texts.append(text)
            except SSEScanError as error:
                assert error.partial_text == "".join(texts)
            assert mend("".join(texts)) == mend(expected)
