"""What a forger would try: another word in a receipt, fewer signatures on it, another byte in a served log."""

import hashlib
from dataclasses import replace

from node.client import LogClient
from protocol.documents.receipt import Receipt
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


class FlippedLog(LogClient):
    """A log of which the server changed one bit of the first entry."""

    async def fetch(self, tile: Tile) -> bytes:
        """Return a tile or bundle, the first bundle with its bit changed."""
        data = await super().fetch(tile)
        if tile.level != ENTRIES or tile.index:
            return data
        return data[:FLIPPED_AT] + bytes([data[FLIPPED_AT] ^ 1]) + data[FLIPPED_AT + 1 :]
