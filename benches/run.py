"""Every peer on the same bytes, in turn: RESULTS.md, results.svg and the figures of the README.

    make bench                                  all of it, some minutes
    python benches/run.py --quick --only http   a look at a part: nothing is written unless --write

Machines differ and are noisy: trust the ratios.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Callable, Iterator

import chart
import clients
import crates
import dialects
import goals
import golang
import looks
import objects
import paced
import peers
import providers
import report
import weight
import workloads
from measure import Samples, cpu_s, in_turn
from report import Row, Table
from server import EVENTS_PER_S
from workloads import Workload

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    rounds: int = 7
    events: int = 20_000
    large: int = 5_000
    chunks: int = 1_500
    answer: int = 5_000
    look_rounds: int = 15
    huge_bytes: int = 4 << 20
    streams: int = 200
    paced_events: int = 25
    paced_rounds: int = 15
    paced_slow_rounds: int = 3
    imports: int = 15


QUICK = Scale(3, 4_000, 1_000, 400, 5_000, 5, 1 << 20, 50, 20, 3, 1, 3)


class Bench:
    def __init__(self, scale: Scale, certificates: Path) -> None:
        self.scale = scale
        self.certificates = certificates
        self.tables: dict[str, Table] = {}
        self.load = os.getloadavg()[0]

    @cached_property
    def go(self) -> golang.Go | None:
        """Go's peers, which are built when a part of the benches needs them."""
        peers, self.no_go = golang.start()
        return peers

    def add(self, table: Table) -> None:
        self.tables[table.key] = table
        print(report.table_text(table), flush=True)

    # Blocks in memory

    def memory(self) -> None:
        scale = self.scale
        for workload in (
            workloads.deltas(scale.events),
            workloads.large_deltas(scale.large),
            workloads.chunks(scale.chunks),
        ):
            self._memory(workload, workload.blocks, "64 KiB", "from memory in blocks of 64 KiB")
            self._memory(workload, workload.frames, "one per block", "from memory, one event per block", go=False)
        huge = workloads.huge(scale.huge_bytes)
        self._memory(huge, huge.blocks, "1 KiB", "from memory", unit="ms")

    def _memory(
        self, workload: Workload, blocks: list[bytes], cut: str, source: str, go: bool = True, unit: str = "ns"
    ) -> None:
        self._check(workload, blocks)
        rows: dict[str, Row] = {}
        cases: dict[str, Callable[[], float | None]] = {}
        for peer in peers.PEERS:
            rows[peer.name] = Row(peer.name, Samples(), peer.level, peer.ours)
            cases[peer.name] = lambda peer=peer: peer.run(workload, blocks)
        if self.go is not None and go:
            for name, (said, level) in golang.peers_for(workload).items():
                rows[said] = Row(said, Samples(), level)
                cases[said] = lambda name=name: self.go.seconds(name, workload)
        for name, samples in in_turn(cases, workload.events, self.scale.rounds).items():
            rows[name].samples = samples
        self.add(Table(f"{workload.name}, memory, {cut}", f"{workload.title}, {source}", unit, list(rows.values())))

    def _check(self, workload: Workload, blocks: list[bytes]) -> None:
        """Nothing is measured that sees something else."""
        for peer in peers.PEERS:
            if peer.whole_text(workload, blocks) != workload.text:
                raise SystemExit(f"{peer.name} does not see the text of {workload.title}")
        if self.go is not None:
            for name in golang.peers_for(workload):
                if not self.go.sees(name, workload):
                    raise SystemExit(f"Go's {name} does not see the text of {workload.title}")

    def cuts(self) -> None:
        """Read equal events in large blocks, and with one event per block, in turn."""
        workload = workloads.deltas(self.scale.events)
        cases: dict[str, Callable[[], float | None]] = {}
        for name in (goals.TYPED, goals.READER):
            peer = next(peer for peer in peers.PEERS if peer.name == name)
            for cut, blocks in (("blocks of 64 KiB", workload.blocks), ("one event per block", workload.frames)):
                cases[f"{name}, {cut}"] = lambda peer=peer, blocks=blocks: peer.run(workload, blocks)
        samples = in_turn(cases, workload.events, self.scale.rounds)
        rows = [Row(name, samples[name]) for name in cases]
        self.add(Table("cuts", f"{workload.title}, in large and small blocks", "ns", rows))

    def threads(self) -> None:
        """Read equal events in several threads."""
        workload = workloads.deltas(self.scale.events // 2)
        blocks, runs = workload.blocks, 32
        reads = next(peer for peer in peers.PEERS if peer.name == goals.TYPED)

        def run(count: int) -> None:
            def read() -> None:
                for _ in range(runs // count):
                    reads.run(workload, blocks)

            started = [threading.Thread(target=read) for _ in range(count)]
            for thread in started:
                thread.start()
            for thread in started:
                thread.join()

        names = {count: f"{count} thread{'s' if count > 1 else ''}" for count in (1, 2, 4, 8)}
        cases = {name: (lambda count=count: run(count)) for count, name in names.items()}
        samples = in_turn(cases, workload.events * runs, self.scale.rounds)
        rows = [Row(name, samples[name]) for name in cases]
        self.add(
            Table("threads", "Typed events in several threads, a stream each", "ns", rows, what="per event, of all")
        )

    def linear(self) -> None:
        from ssescan import Scanner

        def run(blocks: list[bytes]) -> None:
            assert sum(1 for _ in Scanner(iter(blocks))) == 1

        cases = {}
        for size in (4, 8):
            body = b"data: " + b"x" * (size << 20) + b"\n\n"
            blocks = [body[at : at + 100] for at in range(0, len(body), 100)]
            cases[f"{size} MiB"] = lambda blocks=blocks: run(blocks)
        samples = in_turn(cases, 1, self.scale.rounds)
        rows = [Row(name, found) for name, found in samples.items()]
        self.add(Table("linear", "One event in blocks of 100 bytes", "ms", rows, what="", rates=False))

    def objects(self) -> None:
        for kind in objects.KINDS:
            body = objects.response(kind)
            cases = objects.cases(body)
            gc.disable()  # when it runs is chance, and it takes as long as all the rest
            samples = in_turn(cases, 1, self.scale.rounds)
            gc.enable()
            title = f"A Response of {len(body) / 1e3:.0f} KB, {kind}"
            rows = [Row(name, found) for name, found in samples.items()]
            note = "JSON decoded each time. To read a part: id, status, usage and `output_text`, which looks at every item. "
            note += "The garbage collector is off."
            self.add(Table(f"objects, {kind}", title, "us", rows, note, "each", rates=False))

    def looks(self) -> None:
        note = "Processor time; blocks of 64 KiB from memory."
        for workload in looks.answers(self.scale.answer):
            samples = in_turn(looks.cases(workload), workload.events, self.scale.look_rounds, cpu_s)
            rows = [self._look(name, found) for name, found in samples.items()]
            title = f"{workload.title}, the text of each event"
            said = f"{note} `read(1)` is one call per character."
            self.add(Table(f"looks, {workload.name}", title, "ns", rows, said, rates=False))
        events = self.scale.answer
        samples = in_turn(looks.padded_cases(events), events, self.scale.look_rounds, cpu_s)
        rows = [self._look(name, found) for name, found in samples.items()]
        self.add(Table("looks, padded", "Anthropic deltas, with and without padding", "ns", rows, note, rates=False))

    def providers(self) -> None:
        for name in providers.STREAMS:
            samples = in_turn(providers.cases(name, self.scale.answer), self.scale.answer, self.scale.rounds, cpu_s)
            self.add(providers.table(name, samples))

    def dialects(self) -> None:
        for kind in dialects.KINDS:
            samples = in_turn(dialects.cases(kind, self.scale.answer), self.scale.answer, self.scale.rounds, cpu_s)
            rows = [Row(name, found, ours=name != dialects.THEIRS) for name, found in samples.items()]
            note = "Processor time; blocks of 64 KiB from memory."
            self.add(Table(f"dialects, {kind.name}", kind.title, "ns", rows, note, rates=False))

    @staticmethod
    def _look(name: str, found: Samples) -> Row:
        is_limit, is_peer = name.endswith(looks.PASS), name.endswith(looks.LOADS)
        return Row(name, found, "limit" if is_limit else "", ours=not is_limit and not is_peer)

    def crates(self) -> None:
        try:
            measured = crates.measure()
        except RuntimeError as error:
            print(f"{error}\n")
            return
        for body, parsers in measured.items():
            rows = [
                Row(name, found, "limit" if name == crates.LIMIT else "frames", ours=name == crates.OURS)
                for name, found in parsers.items()
            ]
            note = "Processor time, Rust only, without Python. Each was checked to see the same data. The limit is one pass over the bytes."
            self.add(Table(f"crates, {body}", f"Rust crates: {body}", "ns", rows, note, rates=False))

    # HTTP

    def http(self) -> None:
        scale = self.scale
        with self._server() as url:
            for workload in (
                workloads.deltas(scale.events),
                workloads.small_chunks(scale.events),
                workloads.chunks(scale.chunks),
            ):
                self._burst(url, workload, "http", "loopback HTTP")

    def tls(self) -> None:
        with self._server("--tls") as url:
            self._burst(url, workloads.deltas(self.scale.events), "tls", "loopback HTTPS")

    def _burst(self, url: str, workload: Workload, key: str, source: str) -> None:
        address = f"{url}/burst/{workload.name}"
        fitting = [client for client in clients.CLIENTS if client.speaks(workload)]
        for client in fitting:
            try:
                same = client.whole_text(address, workload) == workload.text
            except ModuleNotFoundError:
                continue  # its row says so
            if not same:
                raise SystemExit(f"{client.name} does not see the text of {workload.title}")
        cases = {client.name: (lambda client=client: client.run(address, workload)) for client in fitting}
        found = in_turn(cases, workload.events, self.scale.rounds, cpu_s)
        rows = [
            Row(client.name, found[client.name], client.level, client.ours, bool(client.native)) for client in fitting
        ]
        note = "Processor time of the client's process. Each event is a chunk; the server sends all of them at once."
        title = f"{workload.title}, {source}"
        self.add(Table(f"{workload.name}, {key}", title, "us", rows, note, "of processor time per event", rates=False))

    def paced(self) -> None:
        streams, workload = self.scale.streams, workloads.deltas(self.scale.paced_events)
        fitting = [client for client in clients.CLIENTS if client.speaks(workload)]
        found = {client.name: Samples() for client in fitting}
        with self._server() as url:
            for client in fitting:  # one-time costs do not count
                client.run(f"{url}/burst/{workload.name}", workload)
            for taken in range(self.scale.paced_rounds):
                for client in fitting[:: 1 if taken % 2 else -1]:
                    if taken < self.scale.paced_slow_rounds or client.name in goals.PACED:
                        found[client.name].rounds.append(paced.cost(client, url, workload, streams))
        rows = [Row(client.name, found[client.name], client.level, client.ours) for client in fitting]
        note = (
            f"{streams} streams in {streams} threads, {EVENTS_PER_S} events a second each. Every read is one event, so "
            "that the kernel's part and waking a thread are most of it."
        )
        title = f"{workload.title}, many paced streams"
        self.add(Table("paced", title, "us", rows, note, "of processor time per event", rates=False))

    @contextmanager
    def _server(self, *tls: str) -> Iterator[str]:
        pem = [str(self.certificates / "server.pem")] if tls else []
        arguments = [sys.executable, str(HERE / "server.py"), str(self.scale.events), str(self.scale.chunks), *pem]
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            yield f"http{'s' if tls else ''}://localhost:{int(process.stdout.readline())}"
        finally:
            process.kill()
            process.wait()

    # Weight

    def weight(self) -> None:
        rounds = self.scale.imports
        said = {"rates": False, "what": ""}
        rows = [Row(name, found) for name, found in weight.import_s(rounds).items()]
        self.add(Table("import", "Start of an interpreter that imports", "ms", rows, **said))
        rows = [Row(name, found) for name, found in weight.import_bytes(3).items()]
        self.add(Table("memory", "Resident memory after the import", "MiB", rows, **said))
        self.add(Table("client", "A client after the first one", "us", [Row("OpenAI()", weight.client_s(5))], **said))
        with self._server() as url:
            urls = dict.fromkeys(("urllib3", "ssescan", "openai"), f"{url}/held")
            rows = [Row(name, found) for name, found in weight.stream_bytes(urls, 3).items()]
        self.add(Table("streams", f"Resident memory of an open stream, of {weight.STREAMS}", "KiB", rows, **said))

    # The machine

    def facts(self, seconds: float) -> list[str]:
        native = [client.native for client in clients.CLIENTS if client.native]
        versions = ", ".join(f"{name} {version}" for name, version in peers.versions(native).items())
        facts = [
            f"{_processor()}, {os.cpu_count()} cores, {platform.system()}.",
            f"{platform.python_implementation()} {platform.python_version()}. The run took {seconds / 60:.0f} minutes. "
            f"Load of the machine at its start: {self.load:.1f}. ssescan is built with a profile, as its wheels are.",
            f"{versions}.",
        ]
        if "go" not in self.__dict__:
            return facts
        if self.go is None:
            return [*facts, f"{self.no_go}."]
        modules = ", ".join(f"{name} {version}" for name, version in self.go.modules.items())
        return [*facts, f"{self.go.version}: {modules}. Go collects garbage on the other cores meanwhile."]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def _certificates(folder: Path) -> None:
    """A certificate for localhost, which everything in this process and its children then trusts."""
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(folder / "server.pem"))
    os.environ["SSL_CERT_FILE"] = os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "authority.pem")


PARTS = (
    "memory",
    "cuts",
    "threads",
    "linear",
    "objects",
    "looks",
    "providers",
    "dialects",
    "crates",
    "http",
    "tls",
    "paced",
    "weight",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer events and rounds")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="these parts")
    parser.add_argument("--write", action="store_true", help="write the results of a part, too")
    asked: Any = parser.parse_args()
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            os.environ.pop(variable, None)
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        _certificates(Path(folder))
        bench = Bench(QUICK if asked.quick else Scale(), Path(folder))
        for part in asked.only:
            getattr(bench, part)()
            print(f"({part}: {time.monotonic() - start:.0f} s so far)\n", flush=True)
        if (started := bench.__dict__.get("go")) is not None:
            started.close()
    facts = bench.facts(time.monotonic() - start)
    reached = goals.goals(bench.tables)
    print(report.goals_text(reached))
    if asked.write or asked.only is PARTS and not asked.quick:
        (HERE / "RESULTS.md").write_text(report.text(facts, reached, list(bench.tables.values())), encoding="utf-8")
        chart.main()
        subprocess.run([sys.executable, str(HERE.parent / "tools/readme_figures.py")], check=True)


if __name__ == "__main__":
    main()
