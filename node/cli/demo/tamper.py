"""What a forger would try: another word in a receipt, fewer signatures on it, an older proof, another byte in a log."""

import hashlib
from dataclasses import replace

from node.client import LogClient
from protocol.documents.receipt import Receipt
from protocol.encoding import canonical
from protocol.encoding.note import Note
from protocol.log.tile import ENTRIES, Tile

FLIPPED_AT = 40
"""Byte of the first entry's bundle that is changed: inside its first value."""


def forged_receipt(receipt: bytes, other_file: bytes) -> bytes:
    """Return the receipt of one credential, made out for another file."""
    return replace(Receipt.parse(receipt), file_hash=hashlib.sha256(other_file).digest()).render()


def unwitnessed_receipt(receipt: bytes) -> bytes:
    """Return a receipt under the signature of its own log alone."""
    parsed = Receipt.parse(receipt)
    note = Note.parse(parsed.log_proof.checkpoint)
    alone = Note(note.text, tuple(line for line in note.signatures if line.name == parsed.origin))
    return replace(parsed, log_proof=replace(parsed.log_proof, checkpoint=alone.render())).render()


def with_earlier_answers(presentation: bytes, earlier: bytes, origin: str) -> bytes:
    """Return a presentation that hides what its log has said since: the index note of now, the answers of before."""
    now, before = (canonical.decode(one) for one in (presentation, earlier))
    shown, old = now["proofs"][origin], before["proofs"][origin]
    now["proofs"][origin] = shown | {
        "entries": [one for one in shown["entries"] if one["leaf"] in {entry["leaf"] for entry in old["entries"]}],
        "index": shown["index"] | {"answers": old["index"]["answers"]},
    }
    return canonical.encode(now)


class FlippedLog(LogClient):
    """A log of which the server changed one bit of the first entry."""

    async def fetch(self, tile: Tile) -> bytes:
        """Return a tile or bundle, the first bundle with its bit changed."""
        data = await super().fetch(tile)
        if tile.level != ENTRIES or tile.index:
            return data
        return data[:FLIPPED_AT] + bytes([data[FLIPPED_AT] ^ 1]) + data[FLIPPED_AT + 1 :]
