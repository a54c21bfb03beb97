"""A small network of the kernel's own: a namespace for each node, a bridge between them, and rules that drop packets.

The test stands at the bridge and reaches every node, whatever the nodes' ways to each other are. Names and addresses
are of this process; nothing outside is touched.
"""

import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache

_NUMBERS = itertools.count(1)
RULES = "add table inet ways; add chain inet ways incoming { type filter hook input priority 0; }"


class Namespaces:
    """Namespaces by name, each with an address of its own."""

    def __init__(self, names: Sequence[str]) -> None:
        number = next(_NUMBERS)
        self._names = list(names)
        self._id = f"n{os.getpid() % 100_000}x{number}"
        self._net = f"10.{200 + os.getpid() % 50}.{number % 250}"

    def address(self, name: str) -> str:
        """Return a namespace's address."""
        return f"{self._net}.{self._names.index(name) + 2}"

    def within(self, name: str) -> list[str]:
        """Return the words that let a command run in a namespace."""
        return ["ip", "netns", "exec", self._space(name)]

    def make(self) -> None:
        """Make the bridge and the namespaces."""
        _run("ip", "link", "add", self._id, "type", "bridge")
        _run("ip", "address", "add", f"{self._net}.1/24", "dev", self._id)
        _run("ip", "link", "set", self._id, "up")
        for number, name in enumerate(self._names):
            space, wire = self._space(name), self._wire(number)
            _run("ip", "netns", "add", space)
            _run("ip", "link", "add", wire, "type", "veth", "peer", "name", "eth0", "netns", space)
            _run("ip", "link", "set", wire, "master", self._id, "up")
            for words in (
                ["address", "add", f"{self.address(name)}/24", "dev", "eth0"],
                ["link", "set", "eth0", "up"],
                ["link", "set", "lo", "up"],
            ):
                _run("ip", "-n", space, *words)
            self._nft(name, RULES)

    def remove(self) -> None:
        """Remove all of it, however much of it there is; what still runs in a namespace keeps it alive."""
        for number, name in enumerate(self._names):
            with suppress(subprocess.CalledProcessError):
                _run("ip", "link", "delete", self._wire(number))
            with suppress(subprocess.CalledProcessError):
                _run("ip", "netns", "delete", self._space(name))
        with suppress(subprocess.CalledProcessError):
            _run("ip", "link", "delete", self._id)

    def drop(self, groups: Iterable[Iterable[str]], *, percent: int = 100) -> None:
        """Drop this share of the packets between nodes of different groups, in both directions."""
        sides = [list(group) for group in groups]
        for side in sides:
            for other in (name for others in sides if others is not side for name in others):
                chance = "" if percent == 100 else f"numgen random mod 100 < {percent} "
                for name in side:
                    self._nft(name, f"add rule inet ways incoming ip saddr {self.address(other)} {chance}drop")

    def heal(self) -> None:
        """Drop nothing any more."""
        for name in self._names:
            self._nft(name, "flush chain inet ways incoming")

    def _nft(self, name: str, rules: str) -> None:
        _run(*self.within(name), "nft", rules)

    def _wire(self, number: int) -> str:
        return f"{self._id}-{number}"

    def _space(self, name: str) -> str:
        return f"{self._id}-{name}"


@contextmanager
def namespaces(*names: str) -> Iterator[Namespaces]:
    """Give namespaces that reach each other; they are removed at the end."""
    spaces = Namespaces(names)
    try:
        spaces.make()
        yield spaces
    finally:
        spaces.remove()


@cache
def why_not() -> str:
    """Return why there can be no such network here, or an empty text."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "namespaces need root on Linux"
    if missing := [name for name in ("ip", "nft") if shutil.which(name) is None]:
        return f"no {' and no '.join(missing)} here"
    try:
        with namespaces("a", "b") as spaces:
            spaces.drop([["a"], ["b"]], percent=20)
            spaces.heal()
    except subprocess.CalledProcessError as error:
        return f"no network namespaces can be made here: {' '.join(error.stderr.split())}"
    return ""


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
