"""What the generator can be asked for, and the requests that come of it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from scripts.benchmarks import sealed
from scripts.benchmarks.load import request


@dataclass(frozen=True, slots=True)
class Job:
    """One run of the generator.

    Kinds: `bulk` posts bundles of sealed entries, `single` posts sealed entries one by one, `proofs` gets inclusion
    proofs of random leaves below `size`.
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
    """Tree size that proofs are asked for."""

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
        case other:
            raise ValueError(f"the generator knows no work '{other}'")
