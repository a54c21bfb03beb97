"""What the generator can be asked for, and the requests that come of it."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from scripts.benchmarks import sealed
from scripts.benchmarks.load import request
from scripts.benchmarks.load.checkpoints import add_checkpoints


@dataclass(frozen=True, slots=True)
class Job:
    """One run of the generator.

    Kinds: `bulk` posts bundles of sealed entries, `single` posts sealed entries one by one, `proofs` gets inclusion
    proofs of random leaves below `size`, `checkpoints` asks a witness to cosign logs that grow from `size`, each client
    a log of its own. `question` posts the same body each time.
    """

    kind: str
    port: int
    requests: int
    clients: int
    path: str
    status: int = 201
    """What every answer must say."""

    headers: dict[str, str] = field(default_factory=dict)
    batch: int = 1
    """Entries in a request."""

    size: int = 0
    """Tree size that proofs are asked for, or from which the checkpoints' logs grow."""

    body: str = ""
    """JSON that is asked again and again."""

    keep: int = 0
    """How many answers, spread over the run, come back whole for verification."""


def requests_of(job: Job) -> Iterator[tuple[bytes, bytes]]:
    """Yield each request's bytes and what was asked in it: the entry or bundle, or the leaf index in digits."""
    match job.kind:
        case "bulk":
            for body in sealed.bundles(job.requests * job.batch, job.batch):
                yield request.post(job.path, body, sealed.MEDIA_TYPE, job.headers), body
        case "single":
            for _ in range(job.requests):
                entry = sealed.sealed_entry()
                yield request.post(job.path, entry, "application/json", job.headers), entry
        case "proofs":
            for _ in range(job.requests):
                leaf = random.randrange(job.size)
                yield request.get(f"{job.path}?leaf={leaf}&size={job.size}", job.headers), b"%d" % leaf
        case "checkpoints":
            for body in add_checkpoints(job.clients, job.requests // job.clients, job.size):
                yield request.post(job.path, body, "text/plain", job.headers), body
        case "question":
            for _ in range(job.requests):
                yield request.post(job.path, job.body.encode(), "application/json", job.headers), b"question"
        case other:
            raise ValueError(f"the generator knows no work '{other}'")


def streams_of(job: Job, requests: Sequence[bytes]) -> list[Iterator[tuple[int, bytes]]]:
    """Return what each client takes its numbered requests from: one stream for all, or one each where order counts."""
    numbered = list(enumerate(requests))
    if job.kind == "checkpoints":
        return [iter(numbered[client :: job.clients]) for client in range(job.clients)]
    return [iter(numbered)] * job.clients
