"""Nothing of a person, and no key to a person's entries, is anywhere but in the encrypted records."""

import re
from base64 import b64encode

import pytest
import pytest_asyncio

from protocol.recognition.sealed_entry import SEALED_BYTES
from tests.node.life_of_credentials import as_lines, files_of, live
from tests.support.needles import found_in
from tests.support.postgres import reachable

pytestmark = pytest.mark.asyncio(loop_scope="module")

PUBLISHED = "Marine law, two fifths of our own course, is not covered."
"""A text that was published: where it is to be found, the same search finds it."""

SEALED = 9
"""Two awards, two statuses of one, a decision on each, and three acts on the paper."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def left(tmp_path_factory):
    """Give what the life of some credentials left on a node that has stopped."""
    return await live(reachable(tmp_path_factory.mktemp("database")))


async def test_the_search_finds_what_is_there(left):
    """In the decrypted records stand the names, files and keys that the other tests look for in vain elsewhere."""
    known = {"Rosa Quispe Mamani", "2019/0042", "Aino-Esimerkki-2026.json", "REC/2026/aino-117"}
    found = found_in(left.decrypted, left.personal)
    assert known <= found
    assert len([name for name in found if name.startswith("urn:uuid:")]) == 2
    secrets = found_in(left.decrypted, left.secret)
    assert secrets == set(left.secret) - {"the credential's recognition", "the badge's recognition"}


async def test_the_recognition_secret_is_kept_nowhere(left):
    """Not even encrypted: it is the learner's alone."""
    secrets = {name: value for name, value in left.secret.items() if "recognition" in name}
    assert len(secrets) == 2
    assert found_in(left.decrypted, secrets) == set()


@pytest.mark.parametrize("place", ["tables", "public", "log", "metrics"])
async def test_nothing_personal_leaves_the_records(left, place):
    """No row of a table, no answer to the public, no line of the log, no metric holds any of it."""
    data = getattr(left, place)
    assert found_in(data, left.personal | left.secret) == set()


async def test_nothing_personal_lies_in_the_folder(left):
    """Nor does any file: the database's own, its write-ahead log, its words, the configuration, the keys."""
    assert found_in(files_of(left.folder), left.personal | left.secret) == set()


async def test_each_place_was_really_looked_through(left):
    """What was published is found in the tables, in the public's answers, in the write-ahead log by itself."""
    published = {"text": PUBLISHED, "title": "Marine Robotics"}
    for data in (left.tables, left.public, files_of(left.folder, "data/postgres/pg_wal/*"), files_of(left.folder)):
        assert found_in(data, published) == set(published)
    lines = as_lines(left.log)
    assert {"debug", "info", "warning"} <= {line["level"] for line in lines}
    routes = {line["route"] for line in lines if line["event"] == "request_answered"}
    assert {"/logs/{log}/v1/awards", "/logs/{log}/v1/decisions", "/v1/queries"} <= routes
    assert b'route="/logs/{log}/v1/awards"' in left.metrics


async def test_a_failure_is_logged_without_the_document_that_it_quotes(left):
    """Its type and the places it passed, and nothing of its message."""
    (line,) = [one for one in as_lines(left.log) if one["event"] == "request_failed"]
    assert (line["error"], line["route"]) == ("ValueError", "/logs/{log}/v1/awards")
    assert "_failing" in line["passed"]


async def test_awards_and_decisions_look_alike(left):
    """A sealed entry has one length and one shape, whatever it is of."""
    sealed = re.findall(rb'\{"document":"[^"]+","kind":"sealed"[^}]*\}', left.public)
    assert len(set(sealed)) == SEALED
    assert {len(entry) for entry in sealed} == {SEALED_BYTES}


@pytest.mark.parametrize("before", [0, 1, 2])
async def test_the_search_knows_many_spellings(before):
    """In base64 at any place, in hexadecimal digits, escaped, in two bytes a character."""
    text = "Äijä Esimerkki"
    in_base64, in_hex = b64encode(b"x" * before + text.encode() + b"yz"), text.encode().hex().encode()
    for written in (in_base64, in_hex, b"\\u00c4ij\\u00e4 Esimerkki", text.encode("utf-16-le"), text.encode()):
        assert found_in(b"..." + written + b"...", {"name": text}) == {"name"}
