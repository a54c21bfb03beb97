"""Run one job: a JSON object on standard input, a JSON object on standard output.

Its own process, so that it shares no event loop and no interpreter lock with what it measures.
"""

import asyncio
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from time import perf_counter

import uvloop

from scripts.benchmarks.load.connection import Answer, Client
from scripts.benchmarks.load.jobs import Job, requests_of, streams_of
from scripts.benchmarks.load.outcome import Outcome, Tally


async def run(job: Job) -> Outcome:
    """Send every request of the job and return what came of it."""
    prepared = list(requests_of(job))
    tally = Tally(job, [asked for _, asked in prepared])
    clients = await _connect(job, streams_of(job, [data for data, _ in prepared]), tally)
    started = perf_counter()
    for client in clients:
        client.start()
    await asyncio.gather(*(client.done for client in clients))
    return tally.outcome(perf_counter() - started)


async def _connect(job: Job, streams: list[Iterator[tuple[int, bytes]]], tally: Tally) -> list[Client]:
    loop = asyncio.get_running_loop()

    def take(answer: Answer) -> None:
        tally.add(answer)

    clients = []
    for requests in streams:
        _, client = await loop.create_connection(partial(Client, requests, take), "127.0.0.1", job.port)
        clients.append(client)
    return clients


def main() -> None:
    """Read the job, run it, print the outcome."""
    job = Job(**json.load(sys.stdin))
    outcome = uvloop.run(run(job))
    json.dump(asdict(outcome), sys.stdout)


if __name__ == "__main__":
    main()
