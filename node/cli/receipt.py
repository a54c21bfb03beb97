"""`nostra receipt`: show what a receipt says, without its secrets; renew its proof; give, rekey or take in an award's.

A renewed receipt has the same entry and secrets under a newer checkpoint. The node that gives the proof learns the leaf
index and nothing else. Whether a receipt holds is `nostra verify`'s to say.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from node.cli import UnreadableError
from node.cli.inside import print_json, read_bytes, refuse_to_overwrite, write_private
from node.cli.loop import run_async
from node.cli.receipt_again import add_again_arguments, add_import_arguments
from node.errors import BadAnswerError
from protocol.documents.decision_receipt import DecisionReceipt
from protocol.documents.receipt import Receipt
from protocol.documents.tlog_proof import TlogProof, verify_entry
from protocol.errors import MalformedError

NAME: Final = "receipt"
HELP: Final = "show a receipt, renew its proof, give it again, rekey it, or take it in"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    actions = parser.add_subparsers(metavar="ACTION", dest="action", required=True)
    show = actions.add_parser("show", help="show what a receipt says, without its secrets")
    renew = actions.add_parser("renew", help="prove the same entry under the log's newest checkpoint")
    for action, act in ((show, _show), (renew, _renew)):
        action.add_argument("file", type=Path, metavar="FILE", help="the receipt")
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(act=act)
    again = actions.add_parser("reissue", help="give an award's receipt again, with a new recognition secret")
    add_again_arguments(again, rekey=False)
    rekey = actions.add_parser("rekey", help="award the same file under new secrets; the old award is superseded")
    add_again_arguments(rekey, rekey=True)
    add_import_arguments(actions.add_parser("import", help="take in a receipt whose award's record was lost"))
    renew.add_argument("--node", metavar="URL", required=True, help="where the log is served")
    renew.add_argument("--out", type=Path, required=True, metavar="FILE", help="where the renewed receipt goes")


def run(arguments: argparse.Namespace) -> int:
    """Do what was chosen."""
    act = arguments.act
    code: int = act(arguments)
    return code


def _show(arguments: argparse.Namespace) -> int:
    receipt = _read(arguments.file)
    told: dict[str, Any] = {
        "log": receipt.origin,
        "leaf": receipt.log_proof.index,
        "tree_size": receipt.log_proof.unverified().size,
    }
    if isinstance(receipt, DecisionReceipt):
        said = receipt.statement
        told |= {"act": said.act, "number": said.number, "outcome": said.outcome, "purpose": said.purpose}
    else:
        told |= {"file": receipt.file_name, "file_sha256": receipt.file_hash.hex()}
    if arguments.json:
        print_json(told)
        return 0
    for name, value in told.items():
        if value != "":
            print(f"{name.replace('_', ' '):<12}  {value}")
    print("whether it holds: nostra verify " + str(arguments.file))
    return 0


def _renew(arguments: argparse.Namespace) -> int:
    refuse_to_overwrite(arguments.out)
    receipt = _read(arguments.file)
    answer = run_async(_entry(arguments.node, receipt.log_proof.index))
    proof = TlogProof.parse(_log_proof(arguments.node, answer))
    # The signature is for `nostra verify` to check; here only that the proof is of this very entry.
    verify_entry(receipt.entry, proof, proof.unverified())
    renewed = replace(receipt, log_proof=proof)
    write_private(arguments.out, renewed.render())
    size = proof.unverified().size
    if arguments.json:
        print_json({"file": str(arguments.out), "tree_size": size})
    else:
        print(f"proved at tree size {size}: {arguments.out}")
    return 0


def _read(path: Path) -> Receipt | DecisionReceipt:
    data = read_bytes(path)
    try:
        return DecisionReceipt.parse(data) if b'"kind":"decision-receipt"' in data else Receipt.parse(data)
    except MalformedError as error:
        raise UnreadableError(f"{path} is not a receipt: {error}") from None


def _log_proof(url: str, answer: Any) -> bytes:
    proof = answer.get("log_proof") if isinstance(answer, dict) else None
    if not isinstance(proof, str):
        raise BadAnswerError(f"{url}: the answer holds no proof")
    return proof.encode()


async def _entry(url: str, leaf: int) -> Any:
    from node.client import HttpClient, NodeClient

    async with HttpClient() as http:
        return await NodeClient(http, url).get(f"/v1/entries/{leaf}")
