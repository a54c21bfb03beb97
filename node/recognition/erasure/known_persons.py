"""Whom the private records of a log name: to look for them in what everybody reads.

Names are the holders of papers, and two or more words of a file's name that no achievement of the log uses itself.
Identifiers are credentials' own ids, papers' numbers and the desks' file numbers. All of it stays in memory.
"""

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import PurePath
from typing import Any, Final

from node.formats.known_names import KnownNames
from node.recognition.awards.record import KIND as AWARD
from node.recognition.decisions.record import KIND as CASE
from node.recognition.records.vault import Vault
from node.recognition.standing.record import KIND as STATUS
from node.storage.lookups import entries_of_kind
from node.storage.record_batches import records_behind
from node.storage.records import RecordRow
from protocol.encoding import canonical

PAGE: Final = 500
MOST_ACHIEVEMENTS: Final = 10_000

_LETTERS: Final = re.compile(r"[^\W\d_]+")


async def known_persons(vault: Vault, log_id: int, origin: str, *, also: tuple[str, ...] = ()) -> KnownNames:
    """Return all that the records of a log name, and these further names.

    Raises:
        NodeError: A record can't be decrypted.
    """
    names, files, identifiers = list(also), set(), set()
    async for kind, content in _contents(vault, log_id, origin):
        if kind == AWARD:
            files.add(PurePath(content["file"]["name"]).stem)
            identifiers.add(content.get("credential", ""))
        elif kind == CASE:
            for what, text in _of_case(content.get("decision", {})):
                names.append(text) if what == "holder" else identifiers.add(text)
        elif kind == STATUS:
            identifiers.add(content.get("reference", ""))
    usual = await _words_of_achievements(vault, log_id) if files else set()
    for file in files:
        words = [word for word in _LETTERS.findall(file) if word.casefold() not in usual]
        names += [" ".join(words)] if len(words) > 1 else []
    return KnownNames(names, identifiers)


def _of_case(decision: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give (what it is, text) of what a decision document says of a person."""
    yield "number", decision.get("fileNumber", "")
    for credential in decision.get("credentials", ()):
        paper = credential.get("paper", {})
        yield "holder", paper.get("holder", "")
        yield "number", paper.get("number", "")


async def _contents(vault: Vault, log_id: int, origin: str) -> AsyncIterator[tuple[str, Mapping[str, Any]]]:
    rows: list[RecordRow] = []
    while True:
        async with vault.reading() as connection:
            rows = await records_behind(connection, log_id, rows[-1].record_id if rows else None, PAGE)
        for row in rows:
            yield row.kind, canonical.decode(vault.unlock(row, origin))["content"]
        if len(rows) < PAGE:
            return


async def _words_of_achievements(vault: Vault, log_id: int) -> set[str]:
    """Return the words that the log's achievements are described with."""
    async with vault.database.pool.acquire() as connection:
        found = await entries_of_kind(connection, log_id, "achievement", size=2**62, limit=MOST_ACHIEVEMENTS)
    return {word.casefold() for one in found for word in _LETTERS.findall(one.entry.decode("utf-8", "replace"))}
