"""Run a program under what a systemd unit forbids, as far as that can be had without systemd.

``UNIT ACCOUNT PROGRAM…``. Put into force, in this order: the unit's UMask, the account (where root starts it),
NoNewPrivileges, and as one seccomp filter SystemCallFilter, RestrictAddressFamilies and MemoryDenyWriteExecute. What
is not allowed fails with EPERM, as the unit says. Linux on x86-64 only; the numbers of system calls come from the
kernel's header.
"""

import ctypes
import os
import platform
import pwd
import re
import shutil
import socket
import struct
import subprocess
import sys
from pathlib import Path

HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
ARCHITECTURE = 0xC000003E
KILL, REFUSE, ALLOW = 0x80000000, 0x00050000 | 1, 0x7FFF0000
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06
NUMBER, ARCH, ARGUMENTS = 0, 4, 16
PROT_WRITE, PROT_EXEC = 2, 4


def why_not() -> str:
    """Return why this can't be done here, or an empty text."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return "the filter is written for Linux on x86-64"
    if not HEADER.exists() or not shutil.which("systemd-analyze"):
        return "no systemd-analyze or no kernel header says what the unit's groups of system calls are"
    return ""


def settings_of(unit: str, name: str) -> list[str]:
    """Return the values of a setting, in order."""
    return re.findall(rf"(?m)^{name}=(.*)$", unit)


def known_numbers() -> dict[str, int]:
    """Return the number of every system call by its name."""
    return {name: int(number) for name, number in re.findall(r"#define __NR_(\w+) (\d+)", HEADER.read_text())}


def system_calls(unit: str) -> set[int]:
    """Return the numbers of the system calls that the unit allows."""
    numbers = known_numbers()
    allowed: set[str] = set()
    for value in settings_of(unit, "SystemCallFilter"):
        names = {name for word in value.removeprefix("~").split() for name in members(word)}
        allowed = allowed - names if value.startswith("~") else allowed | names
    return {numbers[name] for name in allowed if name in numbers}


def members(word: str) -> set[str]:
    """Return the system calls of a group, or the one that is named."""
    if not word.startswith("@"):
        return {word}
    told = subprocess.run(["systemd-analyze", "syscall-filter", word], capture_output=True, text=True, check=True)
    lines = [line.strip() for line in told.stdout.splitlines()[1:]]
    return {name for line in lines if line and not line.startswith("#") for name in members(line)}


def filter_of(unit: str) -> bytes:
    """Return the seccomp program: a call is refused unless the unit allows it."""
    numbers = known_numbers()
    families = [getattr(socket, word) for word in settings_of(unit, "RestrictAddressFamilies")[0].split()]
    steps = [(LOAD, 0, 0, ARCH), (EQUAL, 1, 0, ARCHITECTURE), (RETURN, 0, 0, KILL)]
    steps += only_for(numbers["socket"], [(LOAD, 0, 0, ARGUMENTS), *allow(families), (RETURN, 0, 0, REFUSE)])
    if settings_of(unit, "MemoryDenyWriteExecute") == ["yes"]:
        third = (LOAD, 0, 0, ARGUMENTS + 16)
        refuse_exec = [(ANY_BIT, 0, 1, PROT_EXEC), (RETURN, 0, 0, REFUSE)]
        steps += only_for(numbers["mprotect"], [third, *refuse_exec])
        steps += only_for(numbers["mmap"], [third, (ANY_BIT, 0, 2, PROT_WRITE), *refuse_exec])
    steps += [(LOAD, 0, 0, NUMBER)]
    steps += [*allow(sorted(system_calls(unit))), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def allow(values: list[int]) -> list[tuple[int, int, int, int]]:
    """Return steps that let the loaded value pass if it is one of these."""
    return [step for value in values for step in ((EQUAL, 0, 1, value), (RETURN, 0, 0, ALLOW))]


def only_for(number: int, steps: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Return steps that are gone through for one system call and jumped over for all others."""
    return [(LOAD, 0, 0, NUMBER), (EQUAL, 0, len(steps), number), *steps]


def main() -> None:
    """Give up what the unit forbids, then become the program."""
    unit, account, program = Path(sys.argv[1]).read_text(), sys.argv[2], sys.argv[3:]
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    code = filter_of(unit)
    os.umask(int(settings_of(unit, "UMask")[0], 8))
    if os.geteuid() == 0:
        entry = pwd.getpwnam(account)
        os.setgroups([])
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    buffer = ctypes.create_string_buffer(code, len(code))
    loaded = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer)))
    if prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, loaded, 0, 0):
        raise OSError(ctypes.get_errno(), "the filter can't be put into force")
    os.execv(program[0], program)


if __name__ == "__main__":
    main()
