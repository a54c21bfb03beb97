"""The node, killed by its own hand at one step of taking in what is pushed to its mirror.

In the environment: ``DIES_AT``, one of STEPS, and ``DIES_OF``, the tree size that it doesn't outlive.
"""

import asyncio
import os
import signal
import sys

from node.cli import main
from node.gossip.mirror import intake, receive
from node.gossip.mirror import upload as mirror_upload

STEPS = ("offered", "kept", "verified", "sent", "committed", "answered")
"""Before a note is kept as pending, and after; after a package is verified; after the statement with entries and
cosignature has left; after its commit is known; after the answer is made, before it has left."""

_STEP, _SIZE = os.environ.get("DIES_AT", ""), int(os.environ.get("DIES_OF", "-1"))
_store_pending, _commit_growth, _verify_package = intake.store_pending, intake.commit_growth, receive.verify_package
_add_entries = mirror_upload.MirrorUploads.add_entries
_reached: list[int] = []


def _die(step: str, size: int) -> None:
    if (step, size) == (_STEP, _SIZE):
        os.kill(os.getpid(), signal.SIGKILL)


def _size_of(note: bytes) -> int:
    return int(note.split(b"\n")[1])


async def _storing(connection, head, note):
    _die("offered", _size_of(note))
    kept = await _store_pending(connection, head, note)
    _die("kept", _size_of(note))
    return kept


def _verifying(package, held, checkpoint):
    leaves = _verify_package(package, held, checkpoint)
    _die("verified", checkpoint.size)
    return leaves


async def _committing(connection, growth):
    running = asyncio.ensure_future(_commit_growth(connection, growth))
    await asyncio.sleep(0)
    _die("sent", growth.size)
    moved = await running
    _die("committed", growth.size)
    _reached.append(growth.size)
    return moved


async def _adding(self, body):
    answer = await _add_entries(self, body)
    for size in _reached:
        _die("answered", size)
    return answer


if __name__ == "__main__":
    intake.store_pending, intake.commit_growth, receive.verify_package = _storing, _committing, _verifying
    mirror_upload.MirrorUploads.add_entries = _adding
    sys.exit(main())
