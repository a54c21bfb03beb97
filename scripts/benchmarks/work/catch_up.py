"""A mirror catches up with a partner's log after a break: by its own pull, and by the log's push."""

import shutil
from time import monotonic, sleep

from protocol.encoding.keys import VerifierKey
from protocol.gossip.witness import origin_hash
from protocol.log.checkpoint import Checkpoint, open_checkpoint
from scripts.benchmarks.bench import FILL_ENTRIES, Bench, bulk
from scripts.benchmarks.consortium import partner_block
from scripts.benchmarks.database import is_durable
from scripts.benchmarks.generator import MeasurementError
from scripts.benchmarks.node import Initialised, Node, get, initialised, serving, wait_until_ready
from scripts.benchmarks.report import Bar, Row, held

BAR = Bar(60_000)
MOST_ENTRIES = 600_000
FIRST_PART = 0.3
"""Of the entries, after which the break comes."""

PATIENCE_SECONDS = 300
SAMPLE_SECONDS = 0.02
COUNTER = b"nostra_mirrored_entries_total"

FOLLOWS = "\n[mirror]\ninterval_seconds = 3600\n"
PUSHES = "\n[policy]\nquorum = 1\n"


def measure(bench: Bench) -> list[Row]:
    """Return entries by the second after the break, from the first that is held to the last, which is cosigned."""
    size = min(MOST_ENTRIES, bench.entries)
    rows = []
    for way, caught_up in (("pulled", _pulled), ("pushed", _pushed)):
        folder = bench.folder / f"catch-up-{way}"
        folder.mkdir()
        log, mirror = (
            initialised(folder / name, origin=f"{name}.example/nostra") for name in ("followed", "following")
        )
        with serving(log) as node:
            wait_until_ready(node)
            while (missing := size - node.size()) > 0:
                bench.say(f"filling the log: {size - missing:,} of {size:,} entries")
                bulk(node, min(missing, FILL_ENTRIES))
        _append(mirror, FOLLOWS, partner_block(log))
        rate = caught_up(bench, log, mirror, size=size)
        rows.append(held(f"catch-up of a mirror, {way}, {size:,} entries", rate, "entries/s", BAR))
        shutil.rmtree(folder)
    return rows


def _pulled(bench: Bench, log: Initialised, mirror: Initialised, *, size: int) -> float:
    """Let the mirror's node stop on its way, and begin again."""
    with serving(log) as followed:
        with serving(mirror) as following:
            _wait(following, FIRST_PART * size)
        with serving(mirror) as following:
            bench.durable = is_durable(following.dsn)
            return _caught_up(followed, following, log, size=size)


def _pushed(bench: Bench, log: Initialised, mirror: Initialised, *, size: int) -> float:
    """Let the log's node stop on its way, and begin again; the mirror's finds nobody to follow when it starts."""
    with serving(mirror) as following:
        bench.durable = is_durable(following.dsn)
        _append(log, PUSHES, FOLLOWS, partner_block(mirror))
        with serving(log):
            _wait(following, FIRST_PART * size)
        before = _mirrored(following)
        with serving(log) as followed:
            return _caught_up(followed, following, log, size=size, before=before)


def _append(made: Initialised, *texts: str) -> None:
    with made.config.open("a", encoding="utf-8") as file:
        file.writelines(texts)


def _mirrored(node: Node) -> int:
    """Return how many entries this process of a node has taken over."""
    lines = get(node.internal_port, "/metrics").split(b"\n")
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith(COUNTER)))


def _wait(node: Node, entries: float) -> tuple[float, int]:
    """Return the time at which so many entries are taken over, and how many they are."""
    end = monotonic() + PATIENCE_SECONDS
    while monotonic() < end:
        if (found := _mirrored(node)) >= entries:
            return monotonic(), found
        sleep(SAMPLE_SECONDS)
    raise MeasurementError(f"the mirror has not got on within {PATIENCE_SECONDS} s")


def _shown(node: Node, log: Initialised) -> Checkpoint | None:
    """Return the checkpoint that a node's mirror of the log shows; None while it shows none."""
    try:
        note = get(node.public_port, f"/mirror/{origin_hash(log.origin)}/checkpoint")
    except MeasurementError:
        return None
    return open_checkpoint(note, [VerifierKey.parse(log.verifier_key)])[0]


def _caught_up(followed: Node, following: Node, log: Initialised, *, size: int, before: int = 0) -> float:
    """Return entries by the second, from the first sample beyond a number to the checkpoint of the whole log."""
    began, first = _wait(following, before + 1)
    # From here on only the checkpoint is asked for: gathering metrics would cost the node under test.
    while (shown := _shown(following, log)) is None or shown.size < size:
        if monotonic() - began > PATIENCE_SECONDS:
            raise MeasurementError(f"the mirror has not caught up within {PATIENCE_SECONDS} s")
        sleep(SAMPLE_SECONDS)
    seconds = monotonic() - began
    if shown != followed.checkpoint():
        raise MeasurementError("the mirror's checkpoint is another than the log's")
    return (_mirrored(following) - first) / seconds
