"""Evidence is verified before it convicts, kept once, bounded, and verified anew when it is read back."""

import pytest

from node.errors import InadmissibleError, NotFoundError
from node.gossip.evidence.convictions import Convictions
from node.storage.database import Database
from node.storage.evidence import MOST_OF_A_LOG, MOST_WRONG_INDEXES, store_evidence
from node.storage.migrate import migrate
from protocol.documents.evidence import SplitView, evidence_id, show_split_view
from protocol.documents.tlog_proof import TlogProof
from protocol.documents.wrong_index import Listing, OtherTree, show_wrong_index
from protocol.encoding.keys import Signer
from protocol.errors import MalformedError
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead, sign_index
from protocol.log.merkle import leaf_hash
from protocol.log.trie import EMPTY, Absent
from protocol.recognition.terms import keys_of
from tests.support.clock import FakeClock
from tests.support.examples import other_entries

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
        for size in range(900, 900 + MOST_WRONG_INDEXES + 1):
            more = evidence(size)
            stored = await store_evidence(connection, evidence_id(more), ORIGIN, document=more, now=1)
    assert not stored


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


def wrong_index():
    """Return evidence that a log signed an index over no entries at a size where there is one."""
    entry = other_entries(1)[0]
    root, note = leaf_hash(entry), sign_index(IndexHead(ORIGIN, 1, leaf_hash(entry), EMPTY), SIGNER)
    checkpoint = sign_checkpoint(Checkpoint(ORIGIN, 1, root), SIGNER)
    key = next(iter(keys_of(entry, origin=ORIGIN)))
    listing = Listing(IndexAnswer(key, (), Absent((), None)), entry, TlogProof(0, (), checkpoint))
    return show_wrong_index(note, [SIGNER.verifier], trie_root=EMPTY, shown=listing).render()


def other_tree(size):
    """Return evidence that a log's index note binds another root hash of it than its checkpoint has."""
    note = sign_index(IndexHead(ORIGIN, size, b"\1" * 32, EMPTY), SIGNER)
    checkpoint = sign_checkpoint(Checkpoint(ORIGIN, size, b"\2" * 32), SIGNER)
    shown = OtherTree(checkpoint, b"\1" * 32)
    return show_wrong_index(note, [SIGNER.verifier], trie_root=EMPTY, shown=shown).render()


async def test_a_wrong_index_is_kept_and_convicts_the_log_of_nothing_else(database):
    """It is told, listed, spread and read back by the next process; the log's checkpoints are cosigned as before."""
    one, told = convictions(database), []
    one.on_wrong_index.append(told.append)
    taken = await one.take(wrong_index())
    assert (taken.origin, taken.is_new, told) == (ORIGIN, True, [ORIGIN])
    assert (one.is_convicted(ORIGIN), one.wrong_index_of(ORIGIN)) == (False, taken.evidence_id)
    assert [row.evidence_id for row in one.to_spread()] == [taken.evidence_id]
    next_one = convictions(database)
    await next_one.load()
    assert (next_one.is_convicted(ORIGIN), next_one.wrong_index_of(ORIGIN)) == (False, taken.evidence_id)


async def test_wrong_indexes_leave_room_for_what_convicts(database):
    """A log that signs one after the other fills nothing up: a split view of it is still stored."""
    one = convictions(database)
    taken = [await one.take(other_tree(size)) for size in range(1, 9)]
    assert [each.is_new for each in taken] == [True] * 4 + [False] * 4
    assert (await one.take(evidence())).is_new
    assert one.is_convicted(ORIGIN)
    assert await next_document(database, evidence()) == evidence()


async def next_document(database, document):
    """Return a document as the next process has it."""
    next_one = convictions(database)
    await next_one.load()
    return await next_one.document(evidence_id(document))


async def test_a_right_index_is_no_evidence(database):
    """What does not show that the index is wrong is refused, and nothing is kept."""
    one = convictions(database)
    forged_one = wrong_index().replace(b"trie_root", b"trie_roof")
    with pytest.raises(MalformedError):
        await one.take(forged_one)
    with pytest.raises(InadmissibleError, match="does not show a wrong index"):
        await Convictions(database, lambda _: (Signer(ORIGIN, b"\1" * 32).verifier,), FakeClock()).take(wrong_index())
    assert one.listed() == []
