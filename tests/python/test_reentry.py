"""Code that runs inside a stream's calls and uses the stream: finalizers, tees, sources, resolvers, other threads.

A call that is not allowed raises the documented RuntimeError. Nothing is lost, and no PanicException comes out.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Optional

import pytest

from conftest import BARE_DONE, chunk
from ssescan import Dialect, Parser, Row, Scanner, StreamCancelled, StreamTruncated, _core
from ssescan.events import Event
from ssescan.models import Model

TEXTS = ["a", "b", "c", "d"]
BODY = [*map(chunk, TEXTS), BARE_DONE]


def use(events: Scanner, seen: list[Any]) -> None:
    """Use all of a stream that is safe from any thread."""
    seen.append((events.outcome, events.stats.events, events.err, events.event, events.usage, events.finish_reason))
    seen.append((events.dialect, events.last_event_id, events.retry_ms, events.tee, repr(events)))


class Finalizer:
    """Uses a stream when it is dropped. Its `write` makes it a tee."""

    def __init__(self, events: Callable[[], Scanner], seen: list[Any], also: Callable[[], object] = int) -> None:
        self.events, self.seen, self.also = events, seen, also

    def write(self, block: bytes) -> None:
        pass

    def __del__(self) -> None:
        try:
            use(self.events(), self.seen)
            self.also()
        except NameError:
            pass  # the test is over
        except Exception as error:
            self.seen.append(error)


class DroppedBlock(bytes):
    """A block that runs code when it is dropped."""

    drop: Callable[[], None] = staticmethod(lambda: None)

    def __del__(self) -> None:
        self.drop()


@pytest.fixture
def no_unraisable(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Exceptions of finalizers fail the test."""
    raised: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda hook: raised.append(hook.exc_value))
    yield raised
    assert raised == []


@pytest.mark.usefixtures("no_unraisable")
class TestFinalizers:
    @pytest.mark.parametrize("another", [None, "a tee"])
    @pytest.mark.parametrize("also", ["next", "cancel", "close", "tee"])
    def test_of_a_tee(self, another: str | None, also: str):
        seen: list[Any] = []
        calls: dict[str, Callable[[], object]] = {
            "next": lambda: next(events),
            "cancel": lambda: events.cancel(),
            "close": lambda: events.close(),
            "tee": lambda: setattr(events, "tee", None),
        }
        events = Scanner(iter(BODY), dialect="chat")
        events.tee = Finalizer(lambda: events, seen, calls[also])
        assert next(events).text == "a"
        events.tee = another and Finalizer(lambda: events, [])

        assert seen[0][:2] == ("open", 1)
        assert not any(isinstance(item, Exception) for item in seen)
        assert events.outcome == ("cancelled" if also in ("cancel", "close") else "open")

    def test_of_a_tee_while_another_thread_reads(self):
        """A finalizer that lets other threads run, as a file that is flushed does."""

        class Slow(Finalizer):
            def __del__(self) -> None:
                time.sleep(0.002)
                super().__del__()

        seen: list[Any] = []
        events = Scanner((chunk("a") for _ in range(3000)), dialect="chat")
        failed: list[BaseException] = []

        def read() -> None:
            try:
                while events.scan():
                    use(events, [])
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=read)
        thread.start()
        while thread.is_alive():
            events.tee = Slow(lambda: events, seen)
        thread.join()

        assert failed == []
        assert type(events.err) is StreamTruncated

    @pytest.mark.parametrize("blocks", [list, tuple, iter], ids=["list", "tuple", "iterator"])
    @pytest.mark.parametrize("read", [list, lambda events: events.reader().read()], ids=["iterate", "read"])
    def test_of_blocks(self, blocks: Callable[[list[bytes]], Any], read: Callable[[Scanner], Any]):
        """Blocks of a bytes class, and a list whose last reference is its iterator."""
        seen: list[Any] = []
        body = [*map(chunk, TEXTS), chunk(finish="stop")]

        def made() -> list[bytes]:
            bodies = [DroppedBlock(block) for block in body]
            for dropped in bodies:
                dropped.drop = lambda: use(events, seen)
            return bodies

        events = Scanner(blocks(made()), dialect="chat")
        got = read(events)
        assert got == "".join(TEXTS) or [event.text for event in got] == [*TEXTS, None]
        assert len(seen) == 2 * len(body) or blocks is not iter

    def test_of_what_follows_the_end_in_a_list(self):
        """An exhausted list iterator drops the list."""
        seen: list[Any] = []
        events = Scanner([*BODY[:-1], Finalizer(lambda: events, seen)], dialect="chat")
        with pytest.raises(TypeError, match="a block must be bytes"):
            list(events)
        assert events.outcome == "broken"

    def test_of_a_parsers_blocks(self):
        seen: list[Any] = []
        parser = Parser("chat")
        texts = []
        for block in BODY:
            body = DroppedBlock(block)
            body.drop = lambda: seen.append((parser.outcome, parser.stats.events, parser.usage))
            texts += [event.text for event in parser.feed(body)]
            del body

        assert texts == TEXTS
        assert len(seen) == len(BODY)

    def test_of_the_exception_of_a_cancelled_read(self):
        """It is dropped, and with it the frames of its traceback."""
        seen: list[Any] = []

        def blocks() -> Iterator[bytes]:
            yield BODY[0]
            held = Finalizer(lambda: events, seen, lambda: next(events))
            events.cancel()
            raise OSError(str(held))

        events = Scanner(blocks(), dialect="chat")
        with pytest.raises(Exception, match="Stream was cancelled"):
            list(events)
        assert seen[0][0] in ("open", "cancelled")

    def test_of_what_a_tee_returns(self):
        seen: list[Any] = []

        class Tee:
            def write(self, block: bytes) -> Finalizer:
                return Finalizer(lambda: events, seen)

        events = Scanner(BODY, dialect="chat", tee=Tee())

        assert [event.text for event in events] == TEXTS
        assert len(seen) == 2 * len(BODY)

    def test_of_an_event_id(self):
        class Id(str):
            def __del__(self) -> None:
                use(events, seen)

        seen: list[Any] = []
        events = Scanner([b"id: 1\ndata: x\n\n"])
        events._configure([], False, 100, Id("0"), None)
        list(events)

        assert events.last_event_id == "1"
        assert len(seen) == 2

    def test_of_garbage_wherever_it_is_collected(self):
        """The collector runs inside any call that makes an object."""
        seen: list[Any] = []
        thresholds = gc.get_threshold()

        def litter() -> None:
            held = Finalizer(lambda: events, seen)
            held.itself = held  # type: ignore[attr-defined]

        for dialect in ("chat", "assistants", None):  # all names are unknown in the second
            for read in (
                lambda: [(events.stats, events.usage, events.err, litter()) for _ in events],
                lambda: [litter() for _ in iter(lambda: events.scan() and events.stats, False)],
            ):
                named = [b"event: x.%d\n" % n + chunk(f"{n}") for n in range(300)]
                events = Scanner([*named, b"event: done\n" + BARE_DONE], dialect=dialect)
                gc.set_threshold(1)
                try:
                    read()
                finally:
                    gc.set_threshold(*thresholds)
                assert events.outcome in ("done", "eof")
        assert len(seen) > 1500

    @pytest.mark.parametrize("dialect", ["chat", "assistants", None])
    @pytest.mark.parametrize("read", [list, lambda events: [events.scan() for _ in range(301)]], ids=["for", "scan"])
    def test_of_garbage_that_is_collected_by_an_advance(self, dialect: str | None, read: Callable[[Scanner], Any]):
        """Nothing is made between the source and the event. All names are unknown in the second dialect."""
        seen: list[Any] = []
        named = [b"event: x.%d\n" % n + chunk(f"{n}") for n in range(300)]

        def blocks() -> Iterator[bytes]:
            for block in named:
                held = Finalizer(lambda: events, seen)
                held.itself = held  # type: ignore[attr-defined]
                del held
                yield block
            yield b"event: done\n" + BARE_DONE

        thresholds = gc.get_threshold()
        events = Scanner(blocks(), dialect=dialect)
        gc.set_threshold(1, 100, 100)
        try:
            read(events)
        finally:
            gc.set_threshold(*thresholds)
        gc.collect()
        assert len(seen) == 2 * 300

    def test_of_a_source_in_a_cycle(self):
        """The garbage collector takes a stream apart while its source uses it."""
        seen: list[Any] = []

        class Blocks(list):
            pass

        events = Scanner(iter(Blocks(BODY)), dialect="chat")
        events.tee = Finalizer(lambda: seen.append("dropped") or Scanner(b""), [])
        events.__dict__["itself"] = events
        next(events)
        del events
        gc.collect()

        assert seen == ["dropped"]


class TestAdvancesInside:
    @pytest.mark.parametrize("where", ["source", "tee"])
    def test_is_refused(self, where: str):
        caught: list[BaseException] = []

        def advance() -> None:
            for again in (lambda: next(events), lambda: events.reader().read(1), lambda: events.scan()):
                with pytest.raises(RuntimeError, match="Stream is being read by another thread") as error:
                    again()
                caught.append(error.value)

        class Tee:
            def write(self, block: bytes) -> None:
                if where == "tee":
                    advance()

        def blocks() -> Iterator[bytes]:
            for block in BODY:
                if where == "source":
                    advance()
                yield block

        events = Scanner(blocks(), dialect="chat", tee=Tee())
        assert [event.text for event in events] == TEXTS
        assert {type(error) for error in caught} == {RuntimeError}
        assert len(caught) == 3 * len(BODY)

    @pytest.mark.parametrize("text", ["🙂", "🙂\ud83d"])
    def test_a_read_inside_a_read_that_is_given_up(self, text: str):
        """The text of the outer read is put back before text that the inner one returned. The stream can still end."""

        def on_event(event: Any) -> None:
            events.reader().read(1)
            raise InterruptedError

        noise = chunk(None, role="assistant")
        blocks = [chunk(text + "a" * 16384), chunk("üb"), noise]
        events = Scanner(blocks, dialect="chat")
        with pytest.raises(InterruptedError):
            events.reader(on_event=on_event).read()
        events.cancel()

        assert type(events.err) is StreamCancelled
        assert text.startswith(events.err.partial_text)

    def test_a_tee_that_cancels_and_fails(self):
        class Tee:
            def write(self, block: bytes) -> None:
                events.cancel()
                raise OSError("mine")

        events = Scanner(BODY, dialect="chat", tee=Tee())
        assert events.scan() is False
        assert events.outcome == "cancelled"


class Ticked(Event):
    n: int


class Remembered(Event):
    __slots__ = ("__dict__",)


class Watched(Event):
    __slots__ = ("__weakref__",)


class Marked(Event):
    __slots__ = ("mark",)


class Counted(Event):
    seen: Any  # a field

    def __del__(self) -> None:
        DROPPED.append(self.json()["n"])


DROPPED: list[int] = []


class Late(Event):
    """Gets a finalizer later."""


def numbered(cls: type, count: int = 200) -> Scanner:
    dialect = Dialect(
        "numbered", types=__name__, rows={"x": Row(cls.__name__)}, default=Row(cls.__name__), done_completes=True
    )
    return Scanner(
        [b"".join(b'event: x\ndata: {"n":%d}\n\n' % n for n in range(count)), b"data: [DONE]\n\n"], dialect=dialect
    )


class TestClassesOfEvents:
    """Events are reused. What the core cannot see in a class must not pass from one event to the next."""

    @pytest.mark.parametrize("cls", [Remembered, Watched, Marked])
    def test_more_than_fields_is_refused(self, cls: type):
        with pytest.raises(TypeError, match=r"must derive from Model and declare __slots__ = \(\)"):
            numbered(cls)
        with pytest.raises(TypeError, match=r"must derive from Model and declare __slots__ = \(\)"):
            _core.node_new(cls, b"{}", None, None)

    @pytest.mark.parametrize("base", [Remembered, Watched, Marked])
    def test_so_are_classes_derived_from_it(self, base: type):
        with pytest.raises(TypeError, match="must derive from Model"):
            _core.node_new(type("Derived", (base,), {}), b"{}", None, None)

    def test_every_event_reaches_its_finalizer(self):
        DROPPED.clear()
        for event in numbered(Counted):
            del event

        assert sorted(DROPPED) == list(range(200))

    def test_a_finalizer_that_comes_later(self):
        dropped = []
        events = numbered(Late)
        for number, event in enumerate(events):
            if number == 100:
                Late.__del__ = lambda self: dropped.append(self.json()["n"])  # type: ignore[attr-defined]
            del event
        del events, number
        try:
            assert set(range(101, 199)) <= set(dropped)
        finally:
            del Late.__del__  # type: ignore[attr-defined]

    def test_plain_classes_still_are(self):
        assert [event.n for event in numbered(Ticked)] == list(range(200))


class TestFields:
    """Types of fields are resolved at the first read, by Python code."""

    def made(self, resolver: Callable[[Any, Any], Any]) -> Any:
        class Holder(Model):
            pass

        field = _core.Field("x", "x", None, False, Holder, resolver)
        type.__setattr__(Holder, "x", field)
        return _core.node_new(Holder, None, {"x": {"y": 1}}, None)

    def test_a_resolver_that_reads_its_field(self):
        def resolver(owner: Any, annotation: Any) -> Any:
            seen.append(1)
            return node.x and None if len(seen) < 5 else None

        seen: list[int] = []
        node = self.made(resolver)
        assert node.x.y == 1

    def test_one_that_never_stops(self):
        node = self.made(lambda owner, annotation: node.x)
        with pytest.raises(RecursionError):
            node.x.y

    @pytest.mark.parametrize("kind", ["list", "map", "union"])
    @pytest.mark.parametrize("depth", [40, 100_000, None])
    def test_deep_types(self, kind: str, depth: Optional[int]):
        """None: a type that contains itself."""

        def around(inner: Any) -> Any:
            return {"list": lambda: [inner], "map": lambda: {"*": inner}, "union": lambda: ("y", {1: inner}, None)}[
                kind
            ]()

        if depth is None:
            spec: Any = around(None)
            if kind == "list":
                spec[0] = spec
            elif kind == "map":
                spec["*"] = spec
            else:
                spec[1][1] = spec
        else:
            spec = None
            for _ in range(depth):
                spec = around(spec)
        with pytest.raises(TypeError, match="Field type is nested too deeply"):
            self.made(lambda owner, annotation: spec).x
        while depth and spec is not None:  # deallocated level by level
            spec = spec[0] if kind == "list" else spec["*"] if kind == "map" else spec[1][1]

    def test_a_list_that_shrinks_while_it_is_read(self):
        """Making an object runs the collector, and that a finalizer."""

        class Shrinks:
            def __del__(self) -> None:
                tree["x"].clear()

        class Holder(Model):
            pass

        type.__setattr__(Holder, "x", _core.Field("x", "x", None, False, Holder, lambda *_: [None]))
        thresholds = gc.get_threshold()
        for _ in range(20):
            tree: dict[str, Any] = {"x": [{"n": n} for n in range(100)]}
            node = _core.node_new(Holder, None, tree, None)
            held = Shrinks()
            held.itself = held  # type: ignore[attr-defined]
            del held
            gc.set_threshold(1)
            try:
                assert isinstance(node.x, list)  # type: ignore[attr-defined]
            finally:
                gc.set_threshold(*thresholds)

    def test_events_decode_once_though_a_finalizer_decodes_too(self):
        """`data` and `json` of a plain event, from inside their own making."""

        class Nosy:
            def __del__(self) -> None:
                seen.append((event.data, event.json()))

        seen: list[Any] = []
        thresholds = gc.get_threshold()
        for _ in range(20):
            [event] = Parser().feed(b'data: {"a":[{},{},{}]}\n\n')
            nosy = Nosy()
            nosy.itself = nosy  # type: ignore[attr-defined]
            del nosy
            gc.set_threshold(1)
            try:
                assert event.json() is event.json()
                assert event.data is event.data
            finally:
                gc.set_threshold(*thresholds)
        gc.collect()
        assert len(seen) == 20


class TestNoCycles:
    """A stream that fails is freed by its reference count: with the collector off nothing is left."""

    READS: dict[str, Callable[[Scanner], Any]] = {
        "for": list,
        "next": lambda events: [next(events) for _ in range(9)],
        "scan": lambda events: (events.scan(), events.scan(), events.scan(), events.err),
        "read": lambda events: events.reader().read(),
        "read(1)": lambda events: list(iter(lambda: events.reader().read(1), "")),
        "lines": lambda events: list(events.reader()),
        "bytes": lambda events: events.byte_reader().read(),
        "on_event": lambda events: events.reader(on_event=lambda event: None).read(),
        "cancel": lambda events: (events.cancel(), next(events)),
    }

    @pytest.mark.parametrize("read", READS)
    def test_of_a_truncated_stream(self, read: str):
        def fail() -> None:
            events = Scanner([chunk("a\n"), chunk("b")], dialect="chat")  # this frame is in the traceback
            try:
                self.READS[read](events)
            except Exception as error:
                assert error is events.err

        assert self.left(fail) == []

    @pytest.mark.parametrize("read", ["read", "readline", "lines", "bytes"])
    def test_of_a_source_that_raises(self, read: str):
        """The exception is the source's own. The frames of this package do not refer to the stream."""

        def events() -> Scanner:
            def blocks() -> Iterator[bytes]:
                yield chunk("a")
                raise ValueError("mine")

            return Scanner(blocks(), dialect="chat")

        reads: dict[str, Callable[[], Any]] = {
            "read": lambda: events().reader().read(),
            "readline": lambda: events().reader().readline(),
            "lines": lambda: list(events().reader()),
            "bytes": lambda: events().byte_reader().read(),
        }

        def fail() -> None:
            with pytest.raises(ValueError, match="mine"):
                reads[read]()

        assert "Scanner" not in self.left(fail)

    def left(self, work: Callable[[], None]) -> list[str]:
        work()
        gc.collect()
        gc.freeze()  # what other tests left need not be walked again
        gc.disable()
        try:
            work()
            gc.set_debug(gc.DEBUG_SAVEALL)
            gc.collect()
            return [type(thing).__name__ for thing in gc.garbage]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
            gc.enable()

    def test_the_failure_is_one_object_while_somebody_has_it(self):
        events = Scanner([chunk("a")], dialect="chat")
        with pytest.raises(StreamTruncated) as caught:
            list(events)
        first = caught.value
        with pytest.raises(StreamTruncated) as caught:
            next(events)

        assert first is caught.value is events.err is events.err
        wanted = (type(first), str(first), {**vars(first)}, first.__cause__)
        del first, caught
        gc.collect()
        again = events.err
        assert (type(again), str(again), {**vars(again)}, again.__cause__) == wanted
        assert again is events.err
        assert again.__traceback__ is None


INTERPRETERS = """
import sys
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters

def make():
    try:
        return interpreters.create("legacy")
    except TypeError:
        pass
    try:
        return interpreters.create(isolated=False)
    except TypeError:
        return interpreters.create()

def run(code):
    interpreter = make()
    interpreters.run_string(interpreter, f"import sys; sys.path[:] = {sys.path!r}\\n" + code)
    interpreters.destroy(interpreter)

IMPORT = '''
try:
    import ssescan._core
    print("imported")
except ImportError as error:
    print(error)
'''
"""


class TestInterpreters:
    """Classes are kept once per process, so that the package belongs to the interpreter that imports it first."""

    def printed(self, code: str) -> list[str]:
        import subprocess

        done = subprocess.run([sys.executable, "-c", INTERPRETERS + code], capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    def test_a_second_interpreter(self):
        first, second = self.printed("exec(IMPORT)\nsys.stdout.flush()\nrun(IMPORT)")

        assert first == "imported"
        assert second.startswith(
            "Cannot import ssescan in a second interpreter of one process (this is interpreter 1, "
        )

    def test_the_main_one_after_another(self):
        first, second = self.printed("run(IMPORT)\nexec(IMPORT)")

        assert first == "imported"
        assert second.startswith(
            "Cannot import ssescan in a second interpreter of one process (this is interpreter 0, "
        )

    def test_again_in_the_same_one(self):
        code = "exec(IMPORT)\ndel sys.modules['ssescan._core']\nexec(IMPORT)"

        assert self.printed(code) == ["imported", "imported"]
