"""What the service manager is told."""

import asyncio
import socket

import pytest

from node.runtime.notify import ServiceManager


@pytest.fixture
def manager(tmp_path):
    """Give the address of a socket as systemd's, and the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(2)
        yield str(tmp_path / "notify"), listener


def test_a_state_is_one_datagram(manager):
    """The manager hears the words as they are."""
    address, listener = manager
    ServiceManager({"NOTIFY_SOCKET": address}).tell("READY=1")
    assert listener.recv(64) == b"READY=1"


def test_without_a_socket_nothing_is_sent():
    """A node that nobody manages tells nobody."""
    ServiceManager({}).tell("READY=1")


def test_a_manager_that_is_gone_stops_nothing(caplog):
    """What can't be told is written to the node's log."""
    ServiceManager({"NOTIFY_SOCKET": "/nowhere/notify"}).tell("READY=1")
    assert [record.message for record in caplog.records] == ["service_manager_not_told"]


async def test_signs_of_life_come_twice_in_the_watchdogs_time(manager):
    """With 40 ms asked for, several come within 100 ms."""
    address, listener = manager
    told = ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "40000"})
    task = asyncio.create_task(told.keep_alive())
    await asyncio.sleep(0.1)
    task.cancel()
    assert [listener.recv(64) for _ in range(3)] == [b"WATCHDOG=1"] * 3


async def test_no_watchdog_asks_for_no_signs(manager):
    """Without a time the task ends at once."""
    address, _ = manager
    await asyncio.wait_for(ServiceManager({"NOTIFY_SOCKET": address}).keep_alive(), 1)
