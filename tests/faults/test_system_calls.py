"""The counting loop over system calls: whichever fails, or is the last that a process does, nothing is lost.

The node and its PostgreSQL are real processes; strace lets their calls fail. A few rows go in every run, each through
every call; `--long` has the others.
"""

from functools import partial

import pytest

from tests.support.counting import count_through
from tests.support.node_process import NodeProcess
from tests.support.postgres import reachable
from tests.support.scenarios.process_day import AProcessDay
from tests.support.system_calls import system_calls, why_not

FAILS, FULL, DIES = "error=EIO", "error=ENOSPC", "signal=SIGKILL"
long = pytest.mark.long

NODE = {
    "fsync": (FAILS, DIES),
    "rename": (FAILS, DIES),
    "openat": (FAILS,),
    "close": (FAILS,),
    "write": (FAILS, FULL, DIES),
    "read": (FAILS, DIES),
    "accept4": (FAILS,),
}
"""What the node calls while it logs, writes its head file and stops."""

SERVER = {
    "fdatasync": (FAILS, DIES),
    "pwrite64": (FAILS, FULL, DIES),
    "fsync": (FAILS, DIES),
    "openat": (FAILS,),
    "sendto": (FAILS, DIES),
    "recvfrom": (FAILS,),
}
"""What its PostgreSQL calls meanwhile."""

IN_EVERY_RUN = {("node", "fsync", FAILS), ("node", "rename", DIES), ("server", "fdatasync", FAILS)}


def rows() -> list:
    """Return every call with every way in which it fails."""
    return [
        pytest.param(
            whose, name, how, id=f"{whose}-{name}-{how}", marks=() if (whose, name, how) in IN_EVERY_RUN else long
        )
        for whose, calls in (("node", NODE), ("server", SERVER))
        for name, ways in calls.items()
        for how in ways
    ]


@pytest.fixture
async def node(tmp_path_factory):
    """Give a node that runs as a process of its own."""
    if reason := why_not():
        pytest.skip(reason)
    node = NodeProcess(reachable(tmp_path_factory.mktemp("database")), "calls.example/log")
    await node.start()
    try:
        yield node
    finally:
        await node.kill_all()


@pytest.mark.parametrize("lasting", [False, pytest.param(True, marks=long)], ids=["once", "lasting"])
@pytest.mark.parametrize(("whose", "name", "how"), rows())
async def test_each_system_call_may_fail(whose, name, how, lasting, node, folders):
    """Whatever call fails, the work gets done in the end, what was acknowledged is there, and a restart finds it so."""
    calls = await count_through(
        partial(AProcessDay, node=node), system_calls(name, how, whose=whose), folders, lasting=lasting
    )
    print(f"{calls} calls")
    assert calls > 0, "no such call was made"
