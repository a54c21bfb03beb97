"""The node, killed by its own hand at one step of cosigning, as a program: what a kill from outside would have to hit.

In the environment: ``DIES_AT``, one of STEPS, and ``DIES_OF``, the tree size whose cosigning it doesn't outlive.
"""

import asyncio
import os
import signal
import sys

from node.cli import main
from node.gossip.cosigning import cosigned_log, witness
from node.storage import cosigned_writer

STEPS = ("verified", "sent", "committed", "answered")
"""After the proof has verified and the lines are made; after the statement has left; after its commit is known; after
the answer is made, before it has left."""

_STEP, _SIZE = os.environ.get("DIES_AT", ""), int(os.environ.get("DIES_OF", "-1"))
_move, _advance = cosigned_log.CosignedLog.move, cosigned_writer.advance_all
_add_checkpoint = witness.Witness.add_checkpoint
_reached: list[int] = []


def _die(step: str, size: int) -> None:
    if (step, size) == (_STEP, _SIZE):
        os.kill(os.getpid(), signal.SIGKILL)


async def _moving(log, held, checkpoint, note, *, time):
    _die("verified", checkpoint.size)
    return await _move(log, held, checkpoint, note, time=time)


async def _advancing(connection, wanted, *, again):
    running = asyncio.ensure_future(_advance(connection, wanted, again=again))
    await asyncio.sleep(0)
    for one in wanted:
        _die("sent", one.size)
    moved = await running
    for one in wanted:
        _die("committed", one.size)
        _reached.append(one.size)
    return moved


async def _adding(self, body):
    answer = await _add_checkpoint(self, body)
    for size in _reached:
        _die("answered", size)
    return answer


if __name__ == "__main__":
    cosigned_log.CosignedLog.move, cosigned_writer.advance_all = _moving, _advancing
    witness.Witness.add_checkpoint = _adding
    sys.exit(main())
