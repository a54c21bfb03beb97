"""A text that a partner takes down goes from our mirror of its log, and from no other; what is told is bounded."""

import json

import pytest

from node.storage.lookups import find_text
from protocol.encoding.wire import parse_b64url32
from tests.node.gossip.conftest import following
from tests.support.foreign_entries import a_rule_with_texts
from tests.support.lying_log import answering, endless, failing, silent

LIST = "v1/texts/taken-down"


def telling(*commitments: str):
    """Return an answer that names these commitments."""
    return answering(json.dumps({"commitments": commitments}).encode(), content_type="application/json")


async def found(followed, commitment: str):
    """Return what the mirror has of a text."""
    reader = followed.mirrors.of(followed.log.signer.verifier.name).reader
    async with followed.database.pool.acquire() as connection:
        return await find_text(connection, parse_b64url32(commitment), reader.state.head.log_id)


async def with_a_text(followed) -> tuple[str, bytes]:
    """Let the mirror take over an entry with its text."""
    entry, commitment, document = a_rule_with_texts()
    followed.server.lies[f"texts/{commitment}"] = answering(document)
    followed.log.append([entry])
    await followed.refresh()
    assert await found(followed, commitment) == (document, False)
    return commitment, document


async def test_a_text_that_was_taken_down_goes_with_the_next_round(dsn, log):
    """It is gone for good: it isn't fetched again, whatever the partner serves then."""
    async with following(dsn, log) as followed:
        commitment, _ = await with_a_text(followed)
        followed.server.lies[LIST] = telling(commitment, "A" * 43)
        assert (await followed.refresh()).status.failure is None
        assert await found(followed, commitment) == (None, True)
        followed.server.lies[LIST] = telling()
        await followed.refresh()
        assert await found(followed, commitment) == (None, True)


@pytest.mark.parametrize(
    "lie",
    [
        pytest.param(answering(b"", 404), id="a server that tells of none"),
        pytest.param(failing, id="one that fails"),
        pytest.param(silent, id="one that says nothing"),
        pytest.param(endless, id="one that doesn't end"),
        pytest.param(answering(b"[" * 100_000), id="one that tells something else"),
        pytest.param(answering(b'{"commitments":["../../x"]}'), id="no commitment"),
        pytest.param(answering(b'{"commitments":[' + b" " * (1 << 21) + b"]}"), id="more than is taken"),
    ],
)
async def test_whatever_else_is_told_takes_nothing_down(dsn, log, lie):
    """And is no fault of the log: its entries are followed."""
    async with following(dsn, log) as followed:
        commitment, document = await with_a_text(followed)
        followed.server.lies[LIST] = lie
        assert (await followed.refresh()).status.failure is None
        assert await found(followed, commitment) == (document, False)


async def test_a_partner_takes_down_its_own_texts_alone(dsn, log):
    """What another log has under the same commitment stays."""
    async with following(dsn, log) as followed:
        commitment, document = await with_a_text(followed)
        async with followed.database.writing() as connection:
            other = await connection.fetchval(
                "INSERT INTO logs (origin, own, verifier_key, root) VALUES ('other', true, 'k', $1) RETURNING log_id",
                bytes(32),
            )
            await connection.execute(
                "INSERT INTO texts (log_id, commitment, document) VALUES ($1, $2, $3)",
                *(other, parse_b64url32(commitment), document),
            )
        followed.server.lies[LIST] = telling(commitment)
        await followed.refresh()
        assert await found(followed, commitment) == (None, True)
        async with followed.database.pool.acquire() as connection:
            assert await find_text(connection, parse_b64url32(commitment), other) == (document, False)
