"""Evidence is verified before it convicts, kept once, bounded, and verified anew when it is read back."""

import pytest

from node.errors import InadmissibleError, NotFoundError
from node.gossip.evidence.convictions import Convictions
from node.storage.database import Database
from node.storage.evidence import MOST_OF_A_LOG, store_evidence
from node.storage.migrate import migrate
from protocol.documents.evidence import SplitView, evidence_id, show_split_view
from protocol.encoding.keys import Signer
from protocol.errors import MalformedError
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.support.clock import FakeClock

ORIGIN = "liar.example/log"
SIGNER = Signer(ORIGIN, b"\11" * 32)


@pytest.fixture
async def database(dsn):
    """Give an empty database."""
    database = Database({"dsn": dsn})
    await database.open(pool_size=3)
    async with database.pool.acquire() as connection:
        await migrate(connection)
    yield database
    await database.close()


def keys(origin):
    """Know one log."""
    return (SIGNER.verifier,) if origin == ORIGIN else ()


def convictions(database, known=keys):
    """Return convictions that begin empty."""
    return Convictions(database, known, FakeClock())


def evidence(size=5, signer=SIGNER):
    """Return evidence that a log signed two root hashes at a size."""
    notes = [sign_checkpoint(Checkpoint(signer.verifier.name, size, bytes([root]) * 32), signer) for root in (1, 2)]
    return show_split_view(*notes, [signer.verifier], read={}.__getitem__).render()


def forged():
    """Return what looks like evidence, of two notes that agree."""
    view = SplitView.parse(evidence())
    return SplitView(origin=ORIGIN, first=view.first, second=view.second.replace(b"AgICAgIC", b"AgICAgID")).render()


async def test_evidence_convicts_from_that_moment_on_and_in_the_next_process(database):
    """The log is convicted, who wants to know is told once, and the document is there, byte for byte."""
    one, told = convictions(database), []
    one.on_convicted.append(told.append)
    taken = await one.take(evidence())
    assert (taken.evidence_id, taken.origin, taken.is_new) == (evidence_id(evidence()), ORIGIN, True)
    assert not (await one.take(evidence())).is_new
    await one.take(evidence(size=6))
    assert (one.is_convicted(ORIGIN), one.evidence_of(ORIGIN), told) == (True, taken.evidence_id, [ORIGIN])
    next_one, told_next = convictions(database), []
    next_one.on_convicted.append(told_next.append)
    await next_one.load()
    assert (next_one.is_convicted(ORIGIN), told_next, len(next_one.listed())) == (True, [ORIGIN], 2)
    assert await next_one.document(taken.evidence_id) == evidence()


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (b"noise", MalformedError),
        (b"{}", MalformedError),
        (b'{"kind":"split-view"}', MalformedError),
        (b" " + evidence(), MalformedError),
        (evidence(signer=Signer("other.example/log", b"\1" * 32)), NotFoundError),
        (evidence(signer=Signer(ORIGIN, b"\1" * 32)), InadmissibleError),
        (forged(), InadmissibleError),
        (b"[" * 100_000, MalformedError),
    ],
    ids=["noise", "empty", "no members", "a blank before", "unknown log", "another key", "forged", "deep"],
)
async def test_what_shows_nothing_convicts_nobody(database, document, error):
    """It is refused with its reason, and nothing of it is kept."""
    one = convictions(database)
    with pytest.raises(error):
        await one.take(document)
    assert (one.origins(), one.listed()) == ([], [])
    with pytest.raises(NotFoundError):
        await one.document(evidence_id(document))


async def test_a_convicted_log_cannot_fill_our_disk(database):
    """Only so much is kept of one log; more is answered with what convicted it."""
    one = convictions(database)
    for size in range(1, MOST_OF_A_LOG + 10):
        taken = await one.take(evidence(size))
    assert (taken.is_new, taken.evidence_id) == (False, evidence_id(evidence(1)))
    assert len(one.listed()) == MOST_OF_A_LOG
    async with database.writing() as connection:
        more = evidence(999)
        assert not await store_evidence(connection, evidence_id(more), ORIGIN, document=more, now=1)


async def test_a_row_that_somebody_wrote_into_the_database_convicts_nobody(database):
    """What is stored is verified when it is read: only the log's own key convicts."""
    async with database.writing() as connection:
        for document in (forged(), b"noise", evidence(signer=Signer("stranger.example/log", b"\1" * 32))):
            await store_evidence(connection, evidence_id(document), ORIGIN, document=document, now=1)
    one = convictions(database)
    await one.load()
    assert one.origins() == []


async def test_a_partner_that_is_added_later_is_convicted_by_what_is_stored(database):
    """Evidence outlives the configuration that it came in under."""
    await convictions(database).take(evidence())
    gone, back = convictions(database, lambda origin: ()), convictions(database)
    await gone.load()
    await back.load()
    assert (gone.origins(), back.origins()) == ([], [ORIGIN])


async def test_another_process_of_the_node_learns_of_it(database):
    """Each round reads what is stored by others."""
    one, other = convictions(database), convictions(database)
    await one.take(evidence())
    await other.load()
    assert other.is_convicted(ORIGIN)


async def test_evidence_that_the_database_does_not_take_counts_and_is_stored_later(database, monkeypatch):
    """A database that is away costs nothing but that a crash would forget it until it is told again."""
    one = convictions(database)

    def away(_):
        raise OSError("away")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "writing", away)
        taken = await one.take(evidence())
    assert one.is_convicted(ORIGIN)
    assert await one.document(taken.evidence_id) == evidence()
    await one.load()
    other = convictions(database)
    await other.load()
    assert other.is_convicted(ORIGIN)


@pytest.mark.parametrize("identity", ["", "x", "0" * 63, "G" * 64, "0" * 64, "../" * 20])
async def test_what_is_not_here_is_not_found(database, identity):
    """Whatever stands in the address."""
    with pytest.raises(NotFoundError):
        await convictions(database).document(identity)
