"""After an erasure nothing links to the person: every key that still exists, on all that remains, finds nothing."""

import asyncio
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
import pytest_asyncio

from node.cli.demo import cast
from node.formats.personal import personal_strings
from node.recognition.awards.issue import read
from tests.node.http.asking import base64
from tests.node.life_of_credentials import (
    FILE_NAME,
    REQUEST_KEY,
    Left,
    Life,
    captured_log,
    config_in,
    decrypted_records,
    files_of,
    tables_of,
    tell_plainly,
)
from tests.node.public_answers import public_answers
from tests.node.what_remains import Remains
from tests.support.backed_up import Ran, run
from tests.support.decisions import PAPER
from tests.support.needles import found_in
from tests.support.nodes import NodeUnderTest, node_running
from tests.support.postgres import reachable

pytestmark = pytest.mark.asyncio(loop_scope="module")

TUNI, DCU = cast.TAMPERE.origin, cast.DUBLIN.origin


@dataclass
class Story:
    """What was there before and after an erasure."""

    personal: dict[str, str | bytes]
    """What tells of Aino, and the keys to her entries."""
    staying: dict[str, str | bytes]
    """What is kept of Brian's badge and Rosa's paper, which stay."""
    lookups: list[tuple[str, bytes]]
    before: bytes
    before_lookups: set[str]
    after: bytes
    after_lookups: set[str]
    erased_bodies: list[bytes]
    """What was Aino's in the table of records, encrypted."""
    remains: Remains
    erased: list[Ran]
    public: bytes
    badge_again: int


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(tmp_path_factory):
    """Let credentials live on a node, back it up, erase Aino's, and look at all that remains."""
    folder = reachable(tmp_path_factory.mktemp("database"))
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    config, left = config_in(folder), Left(folder=folder)
    with captured_log() as log:
        async with node_running(config) as node:
            await tell_plainly(node)
            life = Life(node, left)
            await life.happen()
            told = await _Telling(node, folder, elsewhere, life, left).tell()
        told.remains.said += log.getvalue().encode()
    told.after, told.after_lookups = _search(told)
    return told


class _Telling:
    def __init__(self, node: NodeUnderTest, folder: Path, elsewhere: Path, life: Life, left: Left) -> None:
        self._node, self._folder, self._elsewhere, self._life, self._left = node, folder, elsewhere, life, left
        self._keys = elsewhere / "keys"

    async def tell(self) -> Story:
        """Back up, look, erase, look again."""
        await self._command("backup", self._elsewhere / "yesterday", "--keys", self._keys)
        remains = Remains(self._folder, [self._elsewhere / "yesterday"], [self._keys])
        await remains.look(self._node)
        bodies = await self._bodies_of_aino()
        story = self._story(remains, bodies)
        story.before, story.before_lookups = _search(story)
        await self._erase(story)
        await self._node.parts.vault.look_at_epochs()
        remains.backups.append(self._elsewhere / "today")
        await remains.look(self._node)
        story.public = await public_answers(self._node, cast.TAMPERE.key, cast.DUBLIN.key)
        metrics = (await self._node.get("/metrics", internal=True)).body
        remains.said = b"\n".join([story.public, metrics, await tables_of(self._node)])
        remains.said += await decrypted_records(self._node)
        await self._use(story)
        return story

    def _story(self, remains: Remains, bodies: list[bytes]) -> Story:
        hers, his = personal_strings(self._life.credential), personal_strings(self._life.badge)
        names = {cast.AINO.given_name, cast.AINO.family_name, FILE_NAME, REQUEST_KEY}
        secrets = {
            name: value
            for name, value in self._left.secret.items()
            if name.startswith("the credential's") and name != "the credential's recognition"
        }
        file_hash = hashlib.sha256(self._life.credential).digest()
        credential_id = read(self._life.credential).id
        texts = (("credential", credential_id), ("request", REQUEST_KEY), ("case-request", REQUEST_KEY))
        return Story(
            personal={text: text for text in (hers | names) - his} | secrets,
            staying={
                "the badge's standing": self._left.secret["the badge's standing"],
                "the paper's key of decisions": self._left.secret["the paper's key of decisions"],
                "the paper's holder": PAPER["holder"],
            },
            lookups=[
                *((purpose, hashlib.sha256(text.encode()).digest()) for purpose, text in texts),
                ("file", file_hash),
                ("case-file", file_hash),
            ],
            before=b"", before_lookups=set(), after=b"", after_lookups=set(), erased_bodies=bodies, remains=remains,
            erased=[], public=b"", badge_again=0,
        )  # fmt: skip

    async def _bodies_of_aino(self) -> list[bytes]:
        """Return the encrypted bodies of the records of her award and of the decision on it."""
        file_hash = hashlib.sha256(self._life.credential).digest()
        found = []
        async with self._node.parts.database.pool.acquire() as connection:
            for origin, purpose in ((TUNI, "file"), (DCU, "case-file")):
                (lookup,) = self._node.parts.vault.lookups(origin, purpose, file_hash)
                found += await connection.fetch(
                    "SELECT body FROM records JOIN record_lookups USING (record_id) WHERE lookup = $1", lookup
                )
        return [row["body"] for row in found]

    async def _erase(self, story: Story) -> None:
        """Mark on both logs, then destroy the keys once."""
        file = self._elsewhere / "given.json"
        file.write_bytes(self._life.credential)
        story.erased.append(await self._command("erase", "--file", file, "--yes", "--log", "tuni", node=True))
        now = ["--now", "--backup", self._elsewhere / "today", "--keys", self._keys]
        story.erased.append(await self._command("erase", "--file", file, "--yes", "--log", "dcu", *now, node=True))
        file.unlink()

    async def _use(self, story: Story) -> None:
        """See that what stays is in use."""
        badge = await self._node.post("/logs/dcu/v1/awards", {"document": base64(self._life.badge)})
        story.badge_again = badge.status

    async def _command(self, *arguments: object, node: bool = False) -> Ran:
        where = ["--config", self._folder / "nostra.toml"] + (["--node", self._node.internal_url] if node else [])
        with patch.dict(os.environ, {"NOSTRA_TOKEN": self._node.token}):
            ran = await asyncio.to_thread(run, "", *arguments, *where)
        assert ran.code == 0, ran.err
        return ran


def _search(story: Story) -> tuple[bytes, set[str]]:
    remains = story.remains
    data = remains.read()
    blinded = remains.blinded((TUNI, DCU), story.lookups)
    return data, {name.rpartition(" ")[0] for name in found_in(data, blinded)}


async def test_before_the_erasure_the_search_finds_the_person(story):
    """Her names, her file, the keys to her entries, and rows that are found by what is known of her."""
    found = found_in(story.before, story.personal)
    assert found >= {FILE_NAME, "the credential's standing", "the credential's hash"}
    assert "the credential's key of decisions" in found
    assert {f"{TUNI} file", f"{TUNI} request", f"{TUNI} credential", f"{DCU} case-file"} <= story.before_lookups


async def test_after_the_erasure_it_finds_nothing(story):
    """In no file, no row, no backup, no answer, no line of the log, with any key that there is."""
    assert found_in(story.after, story.personal) == set()
    assert story.after_lookups == set()


async def test_it_still_finds_whoever_stays(story):
    """The same search, after the erasure, in the records, in both backups' rows that stay, and in use."""
    assert found_in(story.after, story.staying) == set(story.staying)
    assert story.badge_again == 200


async def test_the_bytes_are_there_and_the_keys_are_not(story):
    """Files of the database still hold what was erased, and yesterday's backup does: it is the keys that are gone."""
    raw = files_of(story.remains.folder, "data/postgres/**/*")
    assert len(story.erased_bodies) == 2
    assert all(body in raw for body in story.erased_bodies)
    assert {key.epoch for key in story.remains.epoch_keys()} == {2}
    assert story.remains.page_in_mind in (None, 2)


async def test_what_is_not_reached_is_told(story):
    """The learner's receipts, partners' cases, older keys; and what another log of this node keeps."""
    first = story.erased[0].out
    assert all(
        words in first for words in ("receipts and presentations", "decisions of partners", "earlier file of keys")
    )
    assert f"{DCU}: an own log of this node, keeps 1 records on it" in first
    assert "status 'closed' was entered at leaf" in first
    assert "an own log of this node" not in story.erased[1].out


async def test_an_older_backup_gives_back_the_log_only(story):
    """Today's keys open it, and none of its records."""
    yesterday, today = story.remains.backups
    keys = story.remains.key_files[0]
    ran = await asyncio.to_thread(run, "", "restore", "--check", yesterday, "--keys", keys, "--json")
    told = json.loads(ran.out)
    assert (ran.code, told["problems"]) == (1, {})
    ran = await asyncio.to_thread(run, "", "restore", "--check", today, "--keys", keys, "--json")
    assert (ran.code, json.loads(ran.out)["problems"]) == (0, {})
