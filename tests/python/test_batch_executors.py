"""Batches on executors whose workers are other processes: those of the standard library and of Dask."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from urllib3 import PoolManager

from batchserver import answer, client_of, lines, prompt_of, refuse, row, rows, served, text_of
from ssescan.batch import BatchStopped, Limiter, run, run_file
from ssescan.batch._engine import Run
from ssescan.batch._options import RunOptions
from ssescan.batch._remote import RemoteBackend, client_factory, run_task
from ssescan.errors import AuthenticationError
from ssescan.openai import AzureOpenAI, OpenAI
from ssescan.replay import ReplayServer


class Direct:
    """An executor that pickles its calls, and runs them at once."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []

    def submit(self, *call):
        import pickle

        function, *args = pickle.loads(pickle.dumps(call))
        self.calls.append((function, *args))
        future: Future = Future()
        try:
            future.set_result(pickle.loads(pickle.dumps(function(*args))))
        except BaseException as error:
            future.set_exception(error)
        return future


def right(result) -> bool:
    return result.ok and result.text == text_of(result.custom_id)


class TestTasks:
    def test_a_task_is_plain_data_and_unlike_every_other(self):
        executor = Direct()
        with served() as (_, client):
            same = [row("same")] * 10
            results = list(run(same, client=client, executor=executor, max_workers=4, streams_per_task=2))

        assert all(map(right, results)) and len(results) == 10
        assert sorted(result.index for result in results) == list(range(10))
        assert all(function is run_task for function, *_ in executor.calls)
        assert len({number for _, _, number, _ in executor.calls}) == len(executor.calls)

    def test_small_parts_first_so_that_every_worker_has_one(self):
        executor = Direct()
        with served() as (_, client):
            list(run(rows(20), client=client, executor=executor, max_workers=4, streams_per_task=2))

        assert [len(part) for *_, part in executor.calls] == [2, 2, 8, 8]

    def test_failures_come_back_as_they_are(self):
        with served(lambda request: refuse(400)) as (_, client):
            (result,) = run([row("a")], client=client, executor=Direct())

        assert (result.status_code, result.error.code) == (400, "c")

    def test_a_connection_that_failed_says_why(self, tmp_path: Path):
        source, output, errors = (tmp_path / name for name in ("in.jsonl", "out.jsonl", "out.errors.jsonl"))
        source.write_bytes(lines([row("a")]))
        with served() as (server, _):
            pass  # no server listens there any more

        run_file(source, output, client=client_of(server), executor=Direct(), max_attempts=1, stop_early=False)

        assert json.loads(errors.read_bytes())["error"]["message"] == "Connection error: Connection refused"

    def test_a_run_stops_early_although_its_tasks_do_not(self):
        with served(lambda request: refuse(401)) as (server, client):
            results = run(
                rows(300), client=client, executor=Direct(), streams_per_task=8, max_workers=16, stop_early=True
            )
            with pytest.raises(BatchStopped) as raised:
                list(results)
            assert isinstance(raised.value.__cause__, AuthenticationError)
            assert len(server.requests) < 100

    def test_the_limiter_is_divided(self):
        executor = Direct()
        with served() as (_, client):
            limiter = Limiter(rpm=60_000, concurrency=8)
            list(run(rows(4), client=client, executor=executor, max_workers=8, streams_per_task=2, limiter=limiter))

        _, settings, *_ = executor.calls[0]
        assert settings.limits == {"rpm": 15_000, "tpm": None, "concurrency": 2, "retry_share": 0.2}

    def test_a_task_that_was_lost_is_handed_over_again(self):
        class Losing(Direct):
            def submit(self, *call):
                if len(self.calls) in (1, 2):
                    self.calls.append(call)
                    future: Future = Future()
                    future.set_exception(ConnectionError("the worker died"))
                    return future
                return super().submit(*call)

        with served() as (_, client):
            results = list(run(rows(12), client=client, executor=Losing(), max_workers=2, streams_per_task=2))
            assert sorted(result.index for result in results) == list(range(12)) and all(map(right, results))

            lost = Losing()
            lost.calls = [()]
            with pytest.raises(ConnectionError, match="the worker died"):
                list(run(rows(2), client=client, executor=lost, max_attempts=1))

    def test_what_makes_a_client(self, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "secret")
        client = OpenAI(base_url="http://x/v1", timeout=7, default_headers={"a": "b"})

        maker = client_factory(client)
        made = maker()

        assert "secret" not in repr(maker)  # the other process reads its own environment
        assert (made.api_key, str(made.base_url), made.timeout) == ("secret", "http://x/v1/", 7)
        assert made._custom_headers == {"a": "b"}
        assert client_factory(OpenAI(api_key="other", base_url="http://x"))().api_key == "other"

    def test_a_client_that_can_t_be_described(self):
        azure = {"api_key": "k", "api_version": "1", "azure_endpoint": "http://x"}
        with pytest.raises(TypeError, match="partial"):
            client_factory(AzureOpenAI(**azure))

        assert type(client_factory(partial(AzureOpenAI, **azure))()) is AzureOpenAI

    def test_a_pool_that_was_given_is_not_dropped(self):
        pool = PoolManager()
        client = OpenAI(api_key="k", base_url="http://x", http_client=pool)
        for given in (client, client.with_options(timeout=3)):
            with pytest.raises(TypeError, match="http_client .* pass a factory"):
                client_factory(given)

        assert client_factory(OpenAI(api_key="k", base_url="http://x").with_options(timeout=3))().timeout == 3

    def test_numbers(self):
        for workers, streams, window in ((64, 32, 2), (65, 32, 3), (4, 32, 1), (1, 1, 1)):
            options = RunOptions(client=dict, executor=Direct(), max_workers=workers, streams_per_task=streams)
            assert RemoteBackend(options, Run).window == window


class TestProcesses:
    def test_the_same_file_as_with_threads(self, tmp_path: Path):
        source = tmp_path / "in.jsonl"
        source.write_bytes(lines(rows(60)))

        with ReplayServer(answer, rate=200) as server:
            make = partial(OpenAI, api_key="k", base_url=f"{server.url}/v1")
            run_file(source, tmp_path / "threads.jsonl", client=make)
            with ProcessPoolExecutor(2) as pool:
                summary = run_file(
                    source, tmp_path / "processes.jsonl", client=make, executor=pool, max_workers=16, streams_per_task=8
                )

        assert summary == (60, 60, 0, 0)
        assert content(tmp_path / "processes.jsonl") == content(tmp_path / "threads.jsonl")

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is inherited here")
    def test_a_pool_that_is_still_open_does_not_keep_the_output(self, tmp_path: Path):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(lines(rows(4)))
        forking = multiprocessing.get_context("fork")
        with served() as (_, client), ProcessPoolExecutor(2, forking) as pool:
            for before in (0, 4):
                assert run_file(source, output, client=client, executor=pool) == (4, 4, 0, before)

    @pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is inherited here")
    def test_workers_of_a_run_that_was_killed_do_not_keep_the_output(self, tmp_path: Path):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(lines(rows(4)))
        # Its workers live until they can read from stdin.
        script = """
import multiprocessing, os, signal, sys, time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from ssescan.batch import run_file
from ssescan.openai import OpenAI

def make(url):
    print(os.getpid(), flush=True)
    sys.stdin.read()

with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as pool:
    run_file(*sys.argv[1:3], client=partial(make, "u"), executor=pool)
"""
        command = [sys.executable, "-c", script, source, output]
        with (
            served() as (_, client),
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run,
        ):
            worker = int(run.stdout.readline())
            with pytest.raises(BlockingIOError):
                run_file(source, output, client=client)
            run.kill()
            run.wait()
            try:
                os.kill(worker, 0)  # it is still there
                assert run_file(source, output, client=client) == (4, 4, 0, 0)
            finally:
                os.kill(worker, signal.SIGKILL)


def content(path: Path) -> dict[str, object]:
    """Return the results in a file, without the ids, which are different in every run."""
    written = [json.loads(line) for line in path.read_bytes().splitlines()]
    assert len({one["custom_id"] for one in written}) == len(written)
    return {one["custom_id"]: (one["response"], one["error"]) for one in written}


@pytest.fixture(scope="module")
def cluster():
    """Two processes, with two threads each."""
    distributed = pytest.importorskip("distributed")
    import dask

    quiet = {"distributed.worker.daemon": True, "distributed.comm.timeouts.connect": "20s"}
    with (
        dask.config.set(quiet),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None, silence_logs=50
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


@pytest.mark.filterwarnings("ignore")
class TestDask:
    def test_the_same_file_as_with_threads(self, cluster, tmp_path: Path):
        source = tmp_path / "in.jsonl"
        source.write_bytes(lines(rows(60)))
        with served(rate=200) as (_, client):
            run_file(source, tmp_path / "threads.jsonl", client=client)
            summary = run_file(
                source,
                tmp_path / "dask.jsonl",
                client=client,
                executor=cluster.get_executor(pure=False),
                max_workers=16,
                streams_per_task=4,
            )

        assert summary == (60, 60, 0, 0)
        assert content(tmp_path / "dask.jsonl") == content(tmp_path / "threads.jsonl")

    @pytest.mark.flaky(reruns=2)  # on a busy machine the worker may have finished its tasks when it is killed
    def test_a_worker_that_is_killed_loses_nothing(self, cluster, tmp_path: Path):
        source, output = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
        source.write_bytes(lines(rows(80)))
        victim = next(iter(cluster.run(os.getpid).values()))
        with served(rate=30) as (server, client):

            def kill_while_it_has_requests() -> None:
                deadline_s = time.monotonic() + 30
                while len(server.requests) < 20 and time.monotonic() < deadline_s:
                    time.sleep(0.01)
                os.kill(victim, signal.SIGKILL)

            killer = threading.Thread(target=kill_while_it_has_requests)
            killer.start()
            summary = run_file(
                source,
                output,
                client=client,
                executor=cluster.get_executor(pure=False),
                max_workers=16,
                streams_per_task=4,
                coalesce_s=0.05,
            )
            killer.join()
            asked = Counter(map(prompt_of, server.requests))

        assert summary == (80, 80, 0, 0)
        assert set(content(output)) == {f"row {number}" for number in range(80)} == set(asked)
        assert max(asked.values()) > 1  # its tasks were run again


def test_a_client_of_the_same_address_is_made_once_in_each_process():
    executor = Direct()
    with served() as (server, client):
        list(run(rows(30), client=client_of(server), executor=executor, max_workers=2, streams_per_task=2))
        ports = {request.peer_port for request in server.requests}

    assert len(executor.calls) >= 4
    assert len(ports) <= 4
