"""The figures that a version must reach, out of the tables. What could not be measured is said to be so."""

from __future__ import annotations

from typing import Callable

import dialects
import looks
import objects
import providers
from measure import Ratio
from report import Goal, Table, figure

Tables = dict[str, Table]

TYPED, TYPED_TEXT, READER = "ssescan, typed events", "ssescan, typed events and their text", "ssescan, reader().read()"
SPLIT, PLAIN = "bytes.split, no events made", "plain Python: split the whole body, orjson, index"
OUR_CALL, THEIR_CALL = "ssescan.openai, typed events", "openai, typed events"
OUR_TEXT, OUR_READER = "ssescan.openai, typed events and event.text", "ssescan.openai, reader().read(n)"
OUR_FRAMES = "ssescan, Scanner over a urllib3 response"
BARE = "urllib3 stream(), no events made"
#: Paced more often than the others, for the goals.
PACED = (OUR_FRAMES, OUR_CALL, OUR_TEXT, BARE)


def _at_most(ratio: Ratio, limit: float, unit: str = "x") -> tuple[str, bool]:
    return f"{figure(ratio.median)}{unit} ({figure(ratio.low)} to {figure(ratio.high)})", ratio.median <= limit


def _at_least(ratio: Ratio, limit: float) -> tuple[str, bool]:
    return _at_most(ratio, float("inf"))[0], ratio.median >= limit


def _goal(what: str, wanted: str, measured: Callable[[], tuple[str, bool]]) -> Goal:
    try:
        said, met = measured()
    except (KeyError, StopIteration, IndexError, ValueError):
        return Goal(what, wanted, "", None)
    return Goal(what, wanted, said, met)


def _difference(table: Table, name: str, base: str, limit: float, scale: float, unit: str) -> tuple[str, bool]:
    pairs = zip(table[name].rounds, table[base].rounds)
    found = sorted((one - other) * scale for one, other in pairs)
    median = found[len(found) // 2]
    return f"{median:.1f} {unit} ({found[0]:.1f} to {found[-1]:.1f})", median <= limit


def _over_go(table: Table, ours: str, level: str, share: float) -> tuple[str, bool]:
    """Our events per second as a share of the fastest Go peer's of a level."""
    found = [row for row in table.rows if row.name.startswith("Go:") and row.level == level and row.samples.rounds]
    best = min(found, key=lambda row: row.samples.median)
    ratio = Ratio.of(best.samples, table[ours])
    return f"{_at_least(ratio, share)[0]} of {best.name.removeprefix('Go: ')}", ratio.median >= share


def _ahead_of_native(table: Table, ours: str, times: float) -> tuple[str, bool]:
    """How many times more the fastest native Python peer takes."""
    found = [row for row in table.rows if row.native and row.samples.rounds]
    best = min(found, key=lambda row: row.samples.median)
    ratio = table.ratio(best.name, ours)
    return f"{_at_least(ratio, times)[0]} of {best.name}", ratio.median >= times


def _threads(table: Table) -> tuple[str, bool]:
    worst = max((table.ratio(row.name, "1 thread") for row in table.rows[1:]), key=lambda ratio: ratio.median)
    falls = (1 - 1 / worst.median) * 100
    return f"{max(0.0, falls):.0f} %", falls <= 10


def goals(tables: Tables) -> list[Goal]:
    delta = "delta, memory, 64 KiB"

    return [
        _goal(
            "Typed iteration, JSON untouched, against `bytes.split` of the same bytes",
            "at most 0.30x",
            lambda: _at_most(tables[delta].ratio(TYPED, SPLIT), 0.30),
        ),
        _goal(
            "`reader().read()` against the fastest plain Python",
            "at least 12x as fast",
            lambda: _at_least(tables[delta].ratio(PLAIN, READER), 12),
        ),
        _goal(
            "`event.data.delta.content[0].text.value` against openai-python",
            "at least 110x as fast",
            lambda: _at_least(tables[delta].ratio("openai, typed events and their text", TYPED_TEXT), 110),
        ),
        *(
            _goal(
                f"{kind.title}, `event.text` against openai-python",
                "at least 50x as fast",
                lambda kind=kind: _at_least(
                    tables[f"dialects, {kind.name}"].ratio(dialects.THEIRS, dialects.EVENT), 50
                ),
            )
            for kind in dialects.KINDS
        ),
        *(
            _goal(
                f"{titled}: `{way}`, against `orjson.loads` of the payloads",
                f"at most {limit:.2f}x",
                lambda key=key, way=way, limit=limit: _at_most(tables[f"looks, {key}"].ratio(way, looks.LOADS), limit),
            )
            for titled, key, way, limit in (
                ("Deltas", "delta", looks.SCAN, 0.40),
                ("Deltas", "delta", looks.EVENT, 0.35),
                ("Deltas", "delta", looks.FIELD, 1.0),
                ("Deltas", "delta", looks.UNTYPED, 0.20),
                ("Chat chunks of 4 KB", "chunk", looks.READ, 0.25),
                ("Chat chunks of 4 KB", "chunk", looks.FIELD, 0.50),
            )
        ),
        *(
            _goal(
                f"Anthropic deltas padded with spaces: `{way}`, against unpadded ones",
                "at most 1.50x",
                lambda way=way: _at_most(tables["looks, padded"].ratio(looks.PADDED + way, way), 1.5),
            )
            for way in looks.PADDED_WAYS
        ),
        *providers.goals(tables),
        _goal(
            "Loopback HTTP, `event.text` read, processor time against openai-python",
            "at least 200x less",
            lambda: _at_least(tables["delta, http"].ratio(THEIR_CALL, OUR_TEXT), 200),
        ),
        _goal(
            "Loopback HTTP, `event.text` read, processor time against a bare urllib3 `stream()` loop",
            "at most 0.4x",
            lambda: _at_most(tables["delta, http"].ratio(OUR_TEXT, BARE), 0.4),
        ),
        _goal(
            "Loopback HTTP, processor time of events against the fastest native peer",
            "at least 4x less",
            lambda: _ahead_of_native(tables["chat, http"], OUR_CALL, 4),
        ),
        _goal(
            "Loopback HTTP, processor time of the text, `reader().read(n)`, against the fastest native peer",
            "at least 20x less",
            lambda: _ahead_of_native(tables["chat, http"], OUR_READER, 20),
        ),
        *(
            _goal(
                f"Many paced streams, {ours}, processor time against a bare urllib3 loop",
                "at most 1.0x",
                lambda ours=ours: _at_most(tables["paced"].ratio(ours, BARE), 1.0),
            )
            for ours in (OUR_FRAMES, OUR_CALL, OUR_TEXT)
        ),
        _goal(
            "Typed events and their text, events per second against Go's fastest typed path (deltas)",
            "more than 1x",
            lambda: _over_go(tables[delta], TYPED_TEXT, "typed", 1),
        ),
        _goal(
            "The same, chat chunks of 4 KB",
            "more than 1x",
            lambda: _over_go(tables["chunk, memory, 64 KiB"], TYPED_TEXT, "typed", 1),
        ),
        _goal(
            "Typed iteration, events per second against Go's fastest raw decoder (deltas)",
            "at least 0.67x",
            lambda: _over_go(tables[delta], TYPED, "frames", 2 / 3),
        ),
        _goal(
            "The same, deltas of 1 KB",
            "at least 0.67x",
            lambda: _over_go(tables["delta1k, memory, 64 KiB"], TYPED, "frames", 2 / 3),
        ),
        _goal(
            "The same, chat chunks of 4 KB",
            "more than 1x",
            lambda: _over_go(tables["chunk, memory, 64 KiB"], TYPED, "frames", 1),
        ),
        _goal("Total events per second, 1 to 8 threads", "fall by at most 10 %", lambda: _threads(tables["threads"])),
        _goal(
            "One event per block from a list, against blocks of 64 KiB",
            "at most 1.6x",
            lambda: _at_most(tables["cuts"].ratio(f"{TYPED}, one event per block", f"{TYPED}, blocks of 64 KiB"), 1.6),
        ),
        _goal(
            "One event of 8 MiB against one of 4 MiB, in blocks of 100 bytes",
            "at most 2.6x",
            lambda: _at_most(tables["linear"].ratio("8 MiB", "4 MiB"), 2.6),
        ),
        *(
            _goal(
                f"A Response of 200 KB ({kind}), made and partly read, against `orjson.loads` of it",
                "at most 1.5x",
                lambda kind=kind: _at_most(tables[f"objects, {kind}"].ratio(objects.OURS, objects.LOADS), 1.5),
            )
            for kind in objects.KINDS
        ),
        _goal(
            "`import ssescan` above bare Python",
            "at most 15 ms",
            lambda: _difference(tables["import"], "ssescan", "bare Python", 15, 1e3, "ms"),
        ),
        _goal(
            "`import ssescan.openai` above `import urllib3`",
            "at most 15 ms",
            lambda: _difference(tables["import"], "ssescan.openai", "urllib3", 15, 1e3, "ms"),
        ),
        _goal(
            "`from ssescan.openai import OpenAI`, which loads what is lazy, above `import urllib3`",
            "at most 15 ms",
            lambda: _difference(tables["import"], "ssescan.openai.OpenAI", "urllib3", 15, 1e3, "ms"),
        ),
        _goal(
            "Memory of the same above that of urllib3",
            "at most 5 MB",
            lambda: _difference(tables["memory"], "ssescan.openai.OpenAI", "urllib3", 5, 1e-6, "MB"),
        ),
        _goal(
            "Memory of `import ssescan.openai` above that of urllib3",
            "at most 5 MB",
            lambda: _difference(tables["memory"], "ssescan.openai", "urllib3", 5, 1e-6, "MB"),
        ),
        _goal(
            "`OpenAI()` after the first",
            "under 200 us",
            lambda: (f"{tables['client']['OpenAI()'].median * 1e6:.1f} us", tables["client"]["OpenAI()"].median < 2e-4),
        ),
        _goal(
            "Memory of an open stream above urllib3's own",
            "at most 64 KiB",
            lambda: _difference(tables["streams"], "ssescan", "urllib3", 64, 1 / 1024, "KiB"),
        ),
    ]
