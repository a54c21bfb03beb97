"""`nostra verify FILE`: tell a file's kind, check it offline step by step, and say what holds.

The kinds of `python -m protocol` and, beside them, credential documents. Trusted is whom `--policy` or `--key` names,
else whom the configuration knows: its policy, or its own logs and partners. A credential's seal is trusted where
`--sealer` names its key. Exit codes: 0 verified, 1 refused, 2 wrong usage, 3 not a file it can read.
"""

import argparse
import re
from typing import Final

from node.cli.configured import add_config_argument
from node.cli.trust import trust_of
from node.clock import Clock

NAME: Final = "verify"
HELP: Final = "verify a receipt, a proof, a checkpoint or a credential, offline"

KEY_ID: Final = re.compile("[0-9a-f]{64}")
DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    from protocol.__main__ import add_arguments as add_protocol_arguments

    add_protocol_arguments(parser)
    add_config_argument(parser)
    parser.add_argument(
        "--sealer",
        metavar="KEYID[=NAME]",
        action="append",
        default=[],
        type=_sealer,
        help="a key that you trust to seal credentials: SHA-256 of the public key, in hex; repeatable",
    )
    parser.add_argument("--at", metavar="DATE", type=_date, help="the day on which a credential should hold (today)")


def run(arguments: argparse.Namespace) -> int:
    """Verify the file and print the report."""
    from node.formats.verify_credential import credential_kind
    from protocol.__main__ import verify_files
    from protocol.verify.kinds import KINDS

    configured = None if arguments.policy or arguments.key else trust_of(arguments)
    credential = credential_kind(arguments.at or Clock().today(), dict(arguments.sealer))
    return verify_files(arguments, kinds=(*KINDS, credential), configured=configured)


def _sealer(text: str) -> tuple[str, str]:
    key_id, _, name = text.partition("=")
    if not KEY_ID.fullmatch(key_id):
        raise argparse.ArgumentTypeError("write 64 hex digits, and =NAME if you like")
    return key_id, name or key_id


def _date(text: str) -> str:
    if not DATE.fullmatch(text):
        raise argparse.ArgumentTypeError("write YYYY-MM-DD")
    return text
