"""The limiter of a batch: when requests may start, for all threads at once."""

from __future__ import annotations

import email.utils
import threading
import time

import pytest
from urllib3 import HTTPHeaderDict

from ssescan.batch import Limiter
from ssescan.batch._limiter import Stopped
from ssescan.batch._rate_limits import requested_wait_s
from ssescan.http.retry_after import duration_s

RESET = "x-ratelimit-reset-"
LEFT = "x-ratelimit-remaining-"


class TestWhatServersAsk:
    @pytest.mark.parametrize(
        ("text", "seconds"),
        [
            ("6m0s", 360),
            ("76ms", 0.076),
            ("1s", 1),
            ("1.5s", 1.5),
            ("1h2m3.5s", 3723.5),
            ("1m30.951s", 90.951),
            ("120us", 0.00012),
            ("3µs", 3e-6),
            ("17", 17),
            ("0.25", 0.25),
            ("", None),
            ("soon", None),
            ("6m0s!", None),
            ("m", None),
            ("inf", None),
            ("nan", None),
            ("1" * 65000, None),
            ("1h" * 40000, None),
        ],
    )
    def test_durations(self, text, seconds):
        assert duration_s(text) == (None if seconds is None else pytest.approx(seconds))

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"Retry-After": "7"}, 7),
            ({"retry-after": "1.5"}, 1.5),
            ({"Retry-After-Ms": "250", "Retry-After": "7"}, 0.25),
            ({"Retry-After": "-3"}, None),
            ({"Retry-After": "0"}, None),
            ({"Retry-After": "1m2s"}, 62),
            ({f"{RESET}requests": "76ms", f"{RESET}tokens": "6m0s"}, 0.076),
            ({f"{RESET}requests": "1s", f"{RESET}tokens": "6m0s", f"{LEFT}tokens": "0"}, 360),
            ({f"{RESET}requests": "1s", f"{RESET}tokens": "2s", f"{LEFT}tokens": "0", f"{LEFT}requests": "0"}, 2),
            ({"Retry-After": "3", f"{RESET}requests": "1s"}, 3),
            ({"Retry-After": "whenever", f"{RESET}requests": "1s"}, 1),
            ({"Retry-After": "whenever"}, None),
            ({"Retry-After": "5, 5"}, None),
            ({f"{RESET}requests": "-1", f"{RESET}tokens": "2s", f"{LEFT}requests": "0"}, 2),
            ({}, None),
        ],
    )
    def test_headers(self, headers, seconds):
        assert requested_wait_s(HTTPHeaderDict(headers)) == (None if seconds is None else pytest.approx(seconds))

    def test_dates(self):
        later, earlier = (email.utils.formatdate(time.time() + offset_s, usegmt=True) for offset_s in (30, -30))

        assert requested_wait_s({"retry-after": later}) == pytest.approx(30, abs=2)
        assert requested_wait_s({"retry-after": earlier}) is None

    @pytest.mark.parametrize("name", ["retry-after", f"{RESET}requests"])
    @pytest.mark.parametrize("scale", [1, 1000], ids=["seconds", "milliseconds"])
    def test_times_since_1970(self, name, scale):
        later, earlier = (f"{(time.time() + offset_s) * scale:.0f}" for offset_s in (30, -30))

        assert requested_wait_s({name: later}) == pytest.approx(30, abs=2)
        assert requested_wait_s({name: earlier}) is None

    def test_after_another_refusal_the_later_reset_counts(self):
        headers = {f"{RESET}requests": "20ms", f"{RESET}tokens": "3s", f"{LEFT}requests": "499", f"{LEFT}tokens": "150"}

        assert requested_wait_s(headers) == 0.02
        assert requested_wait_s(headers, again=True) == 3.0

    def test_no_headers(self):
        assert requested_wait_s(None) is None


def starts(limiter: Limiter, count: int, threads: int = 8, tokens: float = 0.0) -> list[float]:
    """Return when each of `count` requests of many threads started."""
    at: list[float] = []
    turn = iter(range(count))
    lock = threading.Lock()

    def ask() -> None:
        while True:
            with lock:
                if next(turn, None) is None:
                    return
            limiter.acquire(tokens)
            at.append(time.monotonic())
            limiter.release(tokens)

    workers = [threading.Thread(target=ask) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sorted(at)


@pytest.mark.flaky(reruns=2)  # a busy machine may be late
class TestLimits:
    def test_requests_are_spaced(self):
        at = starts(Limiter(rpm=6000), 40)

        assert at[-1] - at[0] >= 0.38  # 39 spaces of 10 ms

    def test_tokens_are_spaced(self):
        at = starts(Limiter(tpm=60_000), 5, tokens=100)

        assert at[-1] - at[0] >= 0.39  # 4 spaces of 100 ms

    def test_what_was_used_is_set_right(self):
        limiter = Limiter(tpm=60_000)
        limiter.acquire(1)
        limiter.release(1, used=301)
        began_s = time.monotonic()
        limiter.acquire(1)

        assert time.monotonic() - began_s >= 0.25

    def test_concurrency(self):
        limiter, most, running = Limiter(concurrency=3), [0], []

        def work() -> None:
            limiter.acquire()
            running.append(1)
            most[0] = max(most[0], len(running))
            time.sleep(0.005)
            running.pop()
            limiter.release()

        threads = [threading.Thread(target=work) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert most[0] == 3

    def test_a_pause_stops_all_threads_once(self):
        limiter = Limiter()
        limiter.acquire()
        for _ in range(10):  # requests that were sent before the pause are refused too
            limiter.refused(0.3)
        paused_s = limiter.pauses[0][0]

        at = starts(limiter, 20)

        assert len(limiter.pauses) == 1
        assert at[0] >= paused_s + 0.3
        assert at[-1] - at[0] > 0.01  # not all at once

    def test_a_longer_pause_prolongs_it(self):
        limiter = Limiter()
        limiter.refused(0.1)
        limiter.refused(0.4)
        limiter.refused(0.2)

        ((begin_s, end_s),) = limiter.pauses

        assert end_s - begin_s == pytest.approx(0.4, abs=0.05)

    def test_what_a_pause_held_up_is_spaced_behind_it(self):
        limiter = Limiter(rpm=6000)
        limiter.refused(0.3)

        at = starts(limiter, 40, threads=40)

        assert at[0] >= limiter.pauses[0][1]
        assert at[-1] - at[0] >= 0.38  # 39 spaces of 10 ms

    def test_a_server_that_refuses_again_is_backed_off_from(self, monkeypatch):
        monkeypatch.setattr("ssescan.batch._limiter.random.uniform", lambda low, high: high)
        limiter = Limiter()
        limiter.refused(0.02)
        limiter.refused(0.02, again=3)

        ((begin_s, end_s),) = limiter.pauses
        assert end_s - begin_s == pytest.approx(4.0, abs=0.1)

    def test_who_waits_gains_by_what_others_did_not_use(self):
        limiter = Limiter(tpm=6000)  # 100 a second
        limiter.acquire(3000)
        waiting = threading.Thread(target=limiter.acquire, args=(3000,))
        began_s = time.monotonic()
        waiting.start()
        time.sleep(0.1)
        limiter.release(3000, used=10)
        waiting.join(20)

        assert time.monotonic() - began_s < 5  # of 30

    def test_who_stops_waiting_lets_another_one_in(self):
        limiter, stop = Limiter(concurrency=1, rpm=60), threading.Event()
        limiter.acquire()
        limiter.release()

        def give_up() -> None:
            with pytest.raises(Stopped):
                limiter.acquire(stop=stop)

        first = threading.Thread(target=give_up)
        first.start()
        while limiter._running == 0:
            time.sleep(0.001)
        second = threading.Thread(target=limiter.acquire)
        second.start()
        time.sleep(0.05)
        stop.set()
        limiter.wake()
        first.join(5)
        second.join(20)

        assert not second.is_alive()

    def test_a_server_that_says_nothing_is_backed_off_from_once_for_all(self):
        limiter = Limiter()
        for _ in range(10):
            limiter.refused(None)

        assert len(limiter.pauses) <= 2  # a random wait may be over before the next refusal
        assert all(end_s - begin_s <= 1.0 for begin_s, end_s in limiter.pauses)

    def test_retries_beyond_the_budget_wait(self):
        limiter = Limiter(retry_share=0.1)
        began_s = time.monotonic()
        for _ in range(10):
            limiter.retry()
        assert time.monotonic() - began_s < 0.5

        limiter.retry()

        assert time.monotonic() - began_s > 0.5  # one a second

    @pytest.mark.parametrize("wait", ["concurrency", "rpm", "pause", "retry"])
    def test_every_wait_can_be_ended(self, wait):
        limiter, stop, ended = Limiter(concurrency=1, rpm=1), threading.Event(), threading.Event()
        if wait == "concurrency":
            limiter.acquire()
        elif wait == "rpm":
            limiter.acquire()
            limiter.release()
        elif wait == "pause":
            limiter.refused(60)
        else:
            limiter._credit = -60.0

        def work() -> None:
            try:
                limiter.retry(stop) if wait == "retry" else limiter.acquire(stop=stop)
            except Stopped:
                ended.set()

        thread = threading.Thread(target=work)
        thread.start()
        assert not ended.wait(0.1)
        stop.set()
        limiter.wake()
        thread.join(5)
        assert ended.is_set()
        if wait in ("rpm", "pause"):
            assert limiter._running == 0

    def test_its_budget_is_divided_among_workers_elsewhere(self):
        shares = Limiter(rpm=600, tpm=9000, concurrency=7, retry_share=0.5).share(3)

        assert shares == {"rpm": 200, "tpm": 3000, "concurrency": 2, "retry_share": 0.5}
        assert Limiter(concurrency=1).share(4)["concurrency"] == 1
        assert Limiter(**shares).rpm == 200

    @pytest.mark.parametrize("wrong", [{"rpm": 0}, {"tpm": -1}, {"concurrency": 0}, {"rpm": float("inf")}])
    def test_numbers_that_are_none(self, wrong):
        with pytest.raises(ValueError, match="above 0"):
            Limiter(**wrong)
