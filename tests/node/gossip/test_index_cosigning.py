"""A partner's index is cosigned as far as we computed it, refused if it is wrong, and convicted where it is served."""

import asyncio
import json

import pytest

from node.gossip.index import wrong as wrong_module
from node.log.index import tree as tree_module
from node.storage.cosigned import suspend_all
from node.storage.former_keys import drop_mirror
from node.storage.quorum_times import Recorded, store_recorded
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note
from protocol.gossip.cosign_index import CosignIndex
from protocol.gossip.cosignature import cosign, verify
from protocol.gossip.index_lookup import IndexLookup
from protocol.gossip.witness import parse_lines
from protocol.log.index_note import IndexHead, open_index, sign_index
from protocol.log.trie import Absent
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.indexed_log import FRESHNESS, INDEX, indexing
from tests.support.network import Network
from tests.support.weather import an_answer

SIZE = 40
ENTRIES = [
    *sealed_entries("monday", 30),
    *(an_achievement_entry(f"C{at}") for at in range(5)),
    b"not understood",
    *sealed_entries("tuesday", 400),
]


@pytest.fixture
async def one(mirrors_dsn):
    """Give a log with an index, of which our mirror holds SIZE entries."""
    async with Network() as network, indexing(mirrors_dsn, network, list(ENTRIES)) as one:
        await one.push(SIZE)
        yield one


def without(leaf):
    """Leave out of an index what an entry stands under."""

    def lie(index):
        return {key: leaves for key, leaves in index.items() if leaf not in leaves}

    return lie


def moved(leaf, to):
    """List another leaf than the one that has a key."""

    def lie(index):
        return {key: (to,) if leaves == (leaf,) else leaves for key, leaves in index.items()}

    return lie


def further(index):
    """List a leaf under a key that nothing has."""
    return index | {b"\5" * 32: (3,)}


LIES = {"leaves one out": without(4), "lists another": moved(4, 5), "invents a key": further,
        "leaves out what is clear": without(31), "leaves all out": lambda index: {}}  # fmt: skip


async def shown(one) -> tuple[int, int]:
    """Return over how many entries our index of the log is shown, and the lines on its note."""
    row = await one.index.tree.state()
    return (row.size, len(Note.parse(row.note).signatures)) if row.note else (-1, 0)


async def test_what_was_computed_is_cosigned(one):
    """A line of each key over the very note, at our clock's time; nothing is shown by that."""
    answer = await one.ask(SIZE)
    assert answer.status == 200, answer.body
    note = Note(Note.parse(one.log.index_note(SIZE)).text, parse_lines(answer.body))
    assert [(each.key, each.time) for each in verify(note, INDEX.keys)] == [
        (key, one.pushed.clock.now()) for key in INDEX.keys
    ]
    assert await shown(one) == (-1, 0)


@pytest.mark.parametrize("lie", LIES)
async def test_a_wrong_index_gets_no_line_and_an_alarm(one, lie):
    """What it is asked with, it is refused with; the alarm names the size."""
    one.log.lie = LIES[lie]
    answer = await one.ask(SIZE)
    assert (answer.status, b"is not what its entries give" in answer.body) == (403, True)
    assert f"at size {SIZE}" in one.alarm


async def test_another_root_of_the_log_gets_no_line(one):
    """The note binds the tree of its entries too."""
    one.log.log_root = lambda size: one.log.root(size - 1)
    assert (await one.ask(SIZE)).status == 403
    assert one.alarm


async def test_the_root_that_is_told_has_to_be_the_one_that_is_bound(one):
    """A request that contradicts its own note is refused."""
    request = CosignIndex(b"\1" * 32, one.log.index_note(SIZE))
    assert (await one.cosigner.answer(request.render())).status == 403


async def test_who_asks_for_what_isnt_theirs_or_isnt_here_is_told_so(one):
    """A foreign key, an unknown log, no request at all, entries that aren't here yet: none is an alarm."""
    head = IndexHead(one.log.origin, SIZE, one.log.root(SIZE), b"\1" * 32)
    foreign = CosignIndex(b"\1" * 32, sign_index(head, Signer(one.log.origin, b"\7" * 32)))
    stranger = Signer("stranger.example/log", b"\7" * 32)
    unknown = CosignIndex(
        b"\1" * 32, sign_index(IndexHead("stranger.example/log", SIZE, b"\1" * 32, b"\1" * 32), stranger)
    )
    asked = [foreign.render(), unknown.render(), b"noise", one.log.asked_for(SIZE + 1).render()]
    assert [(await one.cosigner.answer(body)).status for body in asked] == [403, 404, 400, 503]
    assert not one.alarm


@pytest.mark.parametrize(("age", "status"), [(FRESHNESS // 4 - 1, 200), (FRESHNESS // 4 + 1, 409)])
async def test_an_index_that_was_left_behind_is_not_cosigned_anew(one, age, status):
    """A fresh line on an old index would hide what was logged since: a larger checkpoint was known for too long."""
    larger = Recorded(one.index.tree.log_id, SIZE + 9, one.pushed.clock.now() - age, True, one.log.note(SIZE + 9))
    await store_recorded(one.pushed.database, [larger])
    assert (await one.ask(SIZE)).status == status


async def test_nothing_is_cosigned_of_a_log_with_two_histories(one):
    """Which of them an index is of, nobody can tell."""
    one.pushed.convicted.add(one.log.origin)
    answer = await one.ask(SIZE)
    assert (answer.status, b"two histories" in answer.body) == (403, True)


async def test_a_restored_node_cosigns_no_index_before_it_has_caught_up(one):
    """It may have forgotten that it has seen more of the log."""
    async with one.pushed.database.writing() as connection:
        await suspend_all(connection)
    await one.pushed.mirrors.load()
    assert (await one.ask(SIZE)).status == 503


async def test_a_shown_index_is_shown_here_too_with_the_lines_of_whom_we_know(one):
    """Told with the next request, or pulled: our own answers then stand under that note."""
    lines = parse_lines((await one.ask(SIZE)).body)
    stranger = Signer("stranger.example/index", b"\7" * 32, INDEX.keys[0].algorithm)
    note = Note.parse(one.log.index_note(SIZE))
    whole = note.adding([*lines, cosign(note.text, stranger, 1)]).render()
    await one.push(SIZE + 9)
    assert (await one.ask(SIZE + 9, whole)).status == 200
    assert await shown(one) == (SIZE, 2)
    proofs = await one.index.tree.prove([one.log.key_of(4), b"\5" * 32])
    open_index(proofs.note, [one.log.signer.verifier])
    assert [answer.leaves for answer in proofs.answers.values()] == [(4,), ()]
    for answer in proofs.answers.values():
        answer.verify(proofs.head)


async def test_a_wrong_note_that_is_shown_costs_no_line_on_a_right_one(one):
    """The request is judged by its own note; what is shown wrongly is not shown here."""
    one.log.lie = without(4)
    wrong = one.log.index_note(SIZE)
    one.log.lie = dict
    await one.push(SIZE + 9)
    assert (await one.ask(SIZE + 9, wrong)).status == 200
    assert await shown(one) == (-1, 0)


async def test_a_log_that_does_not_ask_is_pulled(one):
    """Its note is shown here once it was computed, and later ones after it; an older one changes nothing."""
    await one.show(SIZE)
    assert await shown(one) == (SIZE, 1)
    await one.push(SIZE + 9)
    await one.show(SIZE + 9)
    assert await shown(one) == (SIZE + 9, 1)
    await one.show(SIZE)
    assert await shown(one) == (SIZE + 9, 1)
    assert not one.alarm


async def test_a_large_gap_is_walked_while_requests_are_told_to_come_again(one, monkeypatch):
    """More than one stage is computed step by step, apart from any request."""
    monkeypatch.setattr(tree_module, "STAGE_ENTRIES", 64)
    await one.push(400)
    assert (await one.ask(400)).status == 503
    one.log.shown = 400
    await one.follower.follow()
    assert (await one.ask(400)).status == 200
    assert await shown(one) == (400, 1)


@pytest.mark.parametrize("lie", LIES)
async def test_where_the_wrong_index_is_served_it_is_convicted(one, lie):
    """What it answers with its own proof is evidence that anybody verifies who knows the log's key."""
    one.log.lie = LIES[lie]
    await one.show(SIZE)
    identity = one.convictions.wrong_index_of(one.log.origin)
    document = await one.convictions.document(identity)
    assert verify_file(document, Trust.by_keys([one.log.signer.verifier])).verdict == "verified"
    assert identity in one.alarm
    assert await shown(one) == (-1, 0)
    assert not one.convictions.is_convicted(one.log.origin)


async def test_an_index_of_another_tree_is_convicted(one):
    """The note with its roots, and the checkpoint that the log signed at that size."""
    one.log.log_root = lambda size: one.log.root(size - 1)
    await one.show(SIZE)
    document = await one.convictions.document(one.convictions.wrong_index_of(one.log.origin))
    assert json.loads(document)["kind"] == "wrong-index"
    assert verify_file(document, Trust.by_keys([one.log.signer.verifier])).verdict == "verified"


async def test_a_right_index_afterwards_ends_the_alarm_and_leaves_the_evidence(one):
    """Each index is judged by itself."""
    one.log.lie = without(4)
    await one.show(SIZE)
    one.log.lie = dict
    await one.push(SIZE + 9)
    assert (await one.ask(SIZE + 9)).status == 200
    assert (one.alarm, bool(one.convictions.wrong_index_of(one.log.origin))) == ("", True)


class Dodging:
    """Shows a wrong index, and answers lookups in a way that convicts nobody."""

    def __init__(self, one):
        self.one = one
        self.asked = 0

    async def nothing(self, asked):
        """Serve no lookups."""
        return an_answer(asked, b"", status=404)

    async def noise(self, asked):
        """Serve what is no answer."""
        return an_answer(asked, b"noise")

    async def right(self, asked):
        """Serve the right index under lookups."""
        lie, self.one.log.lie = self.one.log.lie, dict
        answer = await self.one.log.serve(asked)
        self.one.log.lie = lie
        return answer

    async def changing(self, asked):
        """Serve another index at each lookup."""
        self.asked += 1
        lie, self.one.log.lie = self.one.log.lie, without(self.asked)
        answer = await self.one.log.serve(asked)
        self.one.log.lie = lie
        return answer

    async def unproved(self, asked):
        """Serve proofs that don't lead to its root."""
        lookup = IndexLookup.parse((await self.one.log.serve(asked)).body)
        answer = lookup.answer
        spoilt = type(answer)(answer.key, (), Absent((), None))
        return an_answer(asked, IndexLookup(spoilt, lookup.log_root, lookup.trie_root, lookup.note).render())

    async def silent(self, asked):
        """Never answer."""
        await asyncio.sleep(60)


@pytest.mark.parametrize("way", ["nothing", "noise", "right", "changing", "unproved", "silent"])
async def test_who_serves_no_proof_of_the_wrong_index_is_refused_and_not_convicted(one, way, monkeypatch):
    """The alarm stands; what can't be shown to others is no evidence, and nothing waits for it for long."""
    monkeypatch.setattr(wrong_module, "WALK_SECONDS", 1.0)
    one.log.lie = without(20)
    dodge = getattr(Dodging(one), way)

    async def serve(asked):
        return await (one.log.serve(asked) if asked.path.endswith("/checkpoint") else dodge(asked))

    one.network.serve("partner", serve)
    await one.show(SIZE)
    assert one.alarm
    assert one.convictions.listed() == []
    assert (await one.ask(SIZE)).status == 403


async def test_a_partner_that_lies_in_its_note_or_serves_none_stops_nothing(one):
    """What is pulled is judged before anything changes; the failure is kept for people."""
    for body, status in [(b"noise", 200), (b"", 404), (b"x" * (1 << 21), 200), (one.log.note(SIZE), 200)]:

        async def serve(asked, body=body, status=status):
            return an_answer(asked, body, status=status)

        one.network.serve("partner", serve)
        await one.follower.follow()
        assert one.follower.failure
    one.network.serve("partner", None)
    await one.follower.follow()
    assert one.follower.failure
    one.network.serve("partner", one.log.serve)
    await one.show(SIZE)
    assert (one.follower.failure, await shown(one)) == ("", (SIZE, 1))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE index_pages SET data = data || '\\x00'::bytea WHERE log_id = $1",
        "UPDATE index_heads SET log_root = trie_root WHERE log_id = $1",
    ],
    ids=["damaged", "of another tree"],
)
async def test_our_own_damage_accuses_nobody(one, statement):
    """An index that isn't what our mirror holds is made anew; the log is asked to come again, and gets its line."""
    await one.show(SIZE)
    async with one.pushed.database.writing() as connection:
        await connection.execute(statement, one.index.tree.log_id)
    one.index.tree._reading.cache.__init__()
    await one.push(SIZE + 9)
    answers = [(await one.ask(SIZE + 9)).status for _ in range(2)]
    assert (answers[-1], set(answers) <= {200, 503}, one.alarm) == (200, True, "")


async def test_a_dropped_mirror_takes_its_index_with_it(one):
    """What comes in its place may be another tree."""
    await one.show(SIZE)
    async with one.pushed.database.writing() as connection:
        await drop_mirror(connection, one.index.tree.log_id)
    assert (await one.index.tree.state()).size == 0
