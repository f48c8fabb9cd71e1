"""The pages of a large service under load: `python -m tests.bench.pages [--patients N] ...`.

The server is the one of `opkoers serve` (gunicorn, 2 processes of 4 threads). The load generator
is our own, of asyncio, on the same cores: a request leaves at its time whether or not earlier ones
were answered, and its time counts from when it should have left. *Cold*: of a server that has just
started, each request by somebody, about somebody, who was not asked about before. *Warm*: the
same people and patients once more. CPU is that of the server's processes, for each request.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.many_patients import many_patients
from tests.bench.measured import ROOT
from tests.dashboards.serving import SERVE, environment, free_port, wait_until_it_answers

COLD_RATE, WARM_RATE = 20, 50
MOST_MS, MOST_BYTES, MOST_REQUESTS, MOST_QUERY_MS = 100, 150_000, 5, 50
PARTS_OF_PAGE = re.compile(r"<(?:link|script|img)\b[^>]*\b(?:href|src)=\"([^\"]+)\"")


@dataclass(frozen=True)
class Asked:
    """An address, as whom, and at which second of the measurement."""

    address: str
    cookie: str
    at: float


@dataclass(frozen=True)
class Answered:
    """Seconds from when it should have left to its last byte."""

    seconds: float
    status: int
    size: int


@dataclass(frozen=True)
class Load:
    """One line of the table."""

    page: str
    kind: str
    rate: int
    answers: Sequence[Answered]
    cpu_ms: float

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share was answered."""
        ordered = sorted(each.seconds for each in self.answers)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main(words: Sequence[str]) -> int:
    """Print the tables; 1 where something asked for is not met."""
    options = _options(words)
    home = many_patients(options.folder, options.patients)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} before; {options.patients:,} patients")
    told = _visitors(home, COLD_RATE * options.seconds)
    loads = [load for page in ("caseload", "patient") for load in _loads(home, told, page, options)]
    loads += list(_loads(home, told, "coordinator", options))
    print(as_text(loads))
    parts = _requests_of_a_page(home, told)
    print(f"requests for a page with what belongs to it: {parts} (at most {MOST_REQUESTS})")
    print(f"laid ready when a process starts, and after each run: {told['laid_ms']:.0f} ms")
    print(queries_as_text(told["queries"]))
    return 0 if _is_met(loads, told["queries"], parts) else 1


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.pages")
    parser.add_argument("--patients", type=int, default=100_000)
    parser.add_argument("--seconds", type=int, default=15, help="of each measurement")
    parser.add_argument("--folder", type=Path, default=ROOT / "bench", help="where homes are kept")
    return parser.parse_args(words)


def _visitors(home: Path, people: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.page_visitors", str(home), str(people)]
    told = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout
    read: dict[str, Any] = json.loads(told.splitlines()[-1])
    return read


def _loads(
    home: Path, told: Mapping[str, Any], page: str, options: argparse.Namespace
) -> Iterator[Load]:
    """Cold, then warm, of a server that was started for it."""
    with _server(home) as (port, pid):
        for kind, rate in (("cold", COLD_RATE), ("warm", WARM_RATE)):
            count = COLD_RATE * options.seconds
            asked = list(_plan(told, page, count, rate, options.seconds))
            before = _cpu_seconds(pid)
            answers = asyncio.run(_ask_all(port, asked))
            cpu = 1000 * (_cpu_seconds(pid) - before) / len(answers)
            yield Load(page, kind, rate, answers, cpu)


def _plan(
    told: Mapping[str, Any], page: str, people: int, rate: int, seconds: int
) -> Iterator[Asked]:
    """`people` different ones in turn, evenly over the seconds."""
    visitors = told["therapists"][:people]
    for number in range(rate * seconds):
        visitor = visitors[number % len(visitors)]
        address = {
            "caseload": "/patients",
            "patient": f"/patients/{visitor['patient']}",
            "coordinator": "/",
        }[page]
        who = told["coordinator"] if page == "coordinator" else visitor
        yield Asked(address, who["cookie"], number / rate)


async def _ask_all(port: int, asked: Sequence[Asked]) -> list[Answered]:
    started = time.perf_counter() + 0.1
    return list(await asyncio.gather(*(_ask(port, each, started + each.at) for each in asked)))


async def _ask(port: int, asked: Asked, due: float) -> Answered:
    await asyncio.sleep(max(0.0, due - time.perf_counter()))
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"GET {asked.address} HTTP/1.1\r\nHost: localhost\r\nCookie: session={asked.cookie}\r\n"
        "Accept-Language: nl\r\nConnection: close\r\n\r\n".encode()
    )
    answer = await reader.read(-1)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    return Answered(time.perf_counter() - due, int(head.split(b" ", 2)[1]), len(body))


@contextmanager
def _server(home: Path) -> Iterator[tuple[int, int]]:
    """Port and process of the real server, which has answered one sign-in page."""
    port = free_port()
    settings = {**environment(home), "OPKOERS_SERVE_PORT": str(port)}
    with (home / "serve.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-c", SERVE], env=settings, cwd=ROOT, stdout=log, stderr=log
        )
        try:
            wait_until_it_answers(f"http://localhost:{port}/sign-in")
            time.sleep(2)  # the second process too
            yield port, server.pid
        finally:
            server.terminate()
            server.wait(timeout=20)


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children so far."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = stat.parent.name, stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(number) == pid or int(rest[1]) == pid:
            ticks += int(rest[11]) + int(rest[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _requests_of_a_page(home: Path, told: Mapping[str, Any]) -> int:
    """The page of a patient itself, and each other address that it loads."""
    visitor = told["therapists"][0]
    with _server(home) as (port, _pid):
        request = urllib.request.Request(
            f"http://localhost:{port}/patients/{visitor['patient']}",
            headers={"Cookie": f"session={visitor['cookie']}"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return 1 + len(set(PARTS_OF_PAGE.findall(answer.read().decode())))


def as_text(loads: Sequence[Load]) -> str:
    """One line for each page, cold and warm."""
    heads = ("p50 ms", "p95 ms", "p99 ms", "most ms", "CPU ms", "kB", "failed")
    lines = [f"{'page':<14}{'':<6}{'asked/s':>8}{'asked':>7}" + "".join(f"{h:>9}" for h in heads)]
    for load in loads:
        times = [load.percentile(share) for share in (0.5, 0.95, 0.99, 1.0)]
        failed = sum(each.status != 200 for each in load.answers)
        size = max(each.size for each in load.answers) / 1000
        lines.append(
            f"{load.page:<14}{load.kind:<6}{load.rate:8}{len(load.answers):7}"
            + "".join(f"{each:9.0f}" for each in times)
            + f"{load.cpu_ms:9.1f}{size:9.0f}{failed:9}"
        )
    return "\n".join([*lines, f"asked: p95 at most {MOST_MS} ms, a page at most 150 kB"])


def queries_as_text(queries: Mapping[str, Sequence[float]]) -> str:
    """Each query with its times, the slowest first."""
    lines = [f"{'query, first time asked':<28}{'asked':>7}{'median ms':>11}{'most ms':>9}"]
    for name, times in sorted(queries.items(), key=lambda item: -max(item[1])):
        median = sorted(times)[len(times) // 2]
        lines.append(f"{name:<28}{len(times):7}{median:11.1f}{max(times):9.1f}")
    return "\n".join([*lines, f"asked: none over {MOST_QUERY_MS} ms"])


def _is_met(loads: Sequence[Load], queries: Mapping[str, Sequence[float]], parts: int) -> bool:
    """All but the coordinator's list at rates that no clinic has."""
    is_quick = all(load.percentile(0.95) <= MOST_MS for load in loads if load.page != "coordinator")
    is_small = all(each.size <= MOST_BYTES for load in loads for each in load.answers)
    is_answered = all(each.status == 200 for load in loads for each in load.answers)
    is_asked_quickly = all(max(times) <= MOST_QUERY_MS for times in queries.values())
    return is_quick and is_small and is_answered and is_asked_quickly and parts <= MOST_REQUESTS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
