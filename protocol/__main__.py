"""Verify a file from the shell, without a node and without a network.

::

    python -m protocol FILE [--policy FILE | --key VKEY …] [--document FILE] [--presentation FILE]
                       [--require STEP …] [--json]

It prints the report line by line (as JSON with ``--json``) and ends with

- 0: verified;
- 1: refused;
- 2: wrong usage: an option, the policy or a key is not as it should be;
- 3: not a file it can read.

This is the only file of `protocol` that reads files or the clock, or prints. ``nostra verify`` runs the same
`verify_files`, with more kinds.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from protocol.encoding.keys import VerifierKey
from protocol.errors import MalformedError
from protocol.gossip.policy import Policy
from protocol.verify.kinds import KINDS, MAX_FILE_BYTES, Kinds, verify_file
from protocol.verify.report import Verdict, shown
from protocol.verify.trust import Trust

VERIFIED: Final = 0
REFUSED: Final = 1
WRONG_USAGE: Final = 2
UNREADABLE: Final = 3

EXIT_CODES: Final[dict[Verdict, int]] = {"verified": VERIFIED, "refused": REFUSED, "unreadable": UNREADABLE}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what verification takes to a parser."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the file to verify: a receipt, a proof, evidence, …")
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument("--policy", metavar="FILE", type=Path, help="the logs and cosigners you trust (a tlog-policy)")
    trust.add_argument("--key", metavar="VKEY", action="append", help="the verifier key of a log you trust; repeatable")
    parser.add_argument("--document", metavar="FILE", type=Path, help="the credential, or a proof's entry, to compare")
    parser.add_argument("--presentation", metavar="FILE", type=Path, help="what the learner shows beside a verdict")
    parser.add_argument(
        "--require",
        metavar="STEP",
        action="append",
        default=[],
        help="refuse unless this step is shown, such as standing; repeatable",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def verify_files(arguments: argparse.Namespace, *, kinds: Kinds = KINDS, configured: Trust | None = None) -> int:
    """Verify what the arguments name, print the report and return the exit code.

    Args:
        arguments: What a parser with `add_arguments` has read.
        kinds: The kinds of files to tell apart.
        configured: Whom to trust where the arguments name nobody.
    """
    try:
        trust = _trust(arguments) or configured or Trust()
        document = _read_document(arguments.document) if arguments.document else None
        presentation = _read_document(arguments.presentation) if arguments.presentation else None
    except (OSError, MalformedError) as error:
        return _complain(WRONG_USAGE, error)
    try:
        data = _read(arguments.file)
    except OSError as error:
        return _complain(UNREADABLE, error)
    now = int(datetime.now(UTC).timestamp())
    report = verify_file(
        data,
        trust,
        document=document,
        at=now,
        required=arguments.require,
        presentation=presentation,
        kinds=kinds,
    )
    print(json.dumps(report.plain(), indent=2) if arguments.json else "\n".join(report.lines()))
    return EXIT_CODES[report.verdict]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser("python -m protocol", description="Verify a file of a Nostra log, offline.")
    add_arguments(parser)
    return verify_files(parser.parse_args(arguments))


def _trust(arguments: argparse.Namespace) -> Trust | None:
    if arguments.policy:
        return Trust(Policy.parse(_read(arguments.policy)), f"from the policy {arguments.policy.name}")
    if arguments.key:
        return Trust.by_keys([VerifierKey.parse(text) for text in arguments.key], "given with --key")
    return None


def _read_document(path: Path) -> bytes:
    """Return the whole document: a cut one could have the hash of a shorter one that was awarded."""
    data = _read(path)
    if len(data) > MAX_FILE_BYTES:
        raise MalformedError(f"is larger than {MAX_FILE_BYTES >> 20} MiB", str(path))
    return data


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def _complain(code: int, error: Exception) -> int:
    print(shown(str(error)), file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
