"""A log of ours comes back from its partners' mirrors, whole and byte for byte, or says why it can't."""

import pytest

from node.errors import FatalError
from node.log.headfile import NO_SERVER, HeadState
from protocol.encoding.note import Note, NoteSignature
from protocol.recognition.entry import render
from protocol.recognition.succession import DEFAULT_ID, Succession
from tests.support.check_everything import Promises
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.lost_log import ORIGIN, a_lost_log
from tests.support.lying_log import answering, broken_off, endless, failing, huge, silent, stalled
from tests.support.own_log import OwnLog
from tests.support.reference import mth

STEP = 8192
ENTRIES = [*sealed_entries("lost", 300), an_achievement_entry("LO-1"), *sealed_entries("more", 600)]
SIZE = len(ENTRIES)


async def check_whole(lost, size):
    """Check that all of the signed tree is here, as our own, to the last tile; and that it goes on from there."""
    stored = await lost.stored()
    assert stored.head["own"] is True
    assert (stored.head["size"], stored.entries) == (size, list(lost.entries[:size]))
    assert stored.head["note"] == lost.note(size)
    log = OwnLog(lost.dsn, lost.folder, ORIGIN, promises=Promises(lost.signer.verifier))
    log.promises.observe(lost.note(size))
    await log.check()
    await log.start(restore_accepted=True)
    await log.submit("after the recovery", 3)
    await log.stop()
    await log.check()


@pytest.mark.parametrize("here", [None, 0, 1, 255, 256, 700, SIZE - 1], ids=str)
async def test_what_is_missing_comes_back(dsn, tmp_path, here):
    """From nothing, from an empty log, from a beginning that ends anywhere."""
    async with a_lost_log(dsn, tmp_path, here=here, mirrors={"a": SIZE}, entries=ENTRIES) as lost:
        done = await lost.recover()
        assert (done.before, done.size, done.signed) == (here or 0, SIZE, SIZE)
        assert (done.root, done.read_from, done.failures) == (mth(ENTRIES), ["a"], {})
        await check_whole(lost, SIZE)


async def test_several_steps_come_back(dsn, tmp_path):
    """More than one transaction holds."""
    entries = sealed_entries("long", 2 * STEP + 300)
    async with a_lost_log(dsn, tmp_path, here=None, mirrors={"a": len(entries)}, entries=entries) as lost:
        await lost.recover()
        await check_whole(lost, len(entries))


async def test_the_newest_is_taken(dsn, tmp_path):
    """Of several mirrors the one that has seen most counts, wherever it stands in the list."""
    async with a_lost_log(dsn, tmp_path, here=10, mirrors={"a": 500, "b": SIZE, "c": 500}, entries=ENTRIES) as lost:
        done = await lost.recover()
        assert (done.size, done.read_from) == (SIZE, ["b"])
        await check_whole(lost, SIZE)


async def test_a_log_that_lost_nothing_stays_as_it_is(dsn, tmp_path):
    """Partners lag behind: nothing is read, and the head file is left alone."""
    async with a_lost_log(dsn, tmp_path, here=SIZE, mirrors={"a": 500, "b": SIZE}, entries=ENTRIES) as lost:
        before = lost.head_file.read()
        done = await lost.recover()
        assert (done.before, done.size, done.read_from) == (SIZE, SIZE, [])
        assert lost.head_file.read() == before


async def test_what_was_recovered_is_signed_upon_only_by_the_operators_word(dsn, tmp_path):
    """The head file knows the newest head, and no server that it was on."""
    async with a_lost_log(dsn, tmp_path, here=10, mirrors={"a": SIZE}, entries=ENTRIES) as lost:
        await lost.recover()
        assert lost.head_file.read() == HeadState(ORIGIN, SIZE, mth(ENTRIES), NO_SERVER, 1)
        log = OwnLog(lost.dsn, lost.folder, ORIGIN)
        with pytest.raises(FatalError, match="--accept-restore"):
            await log.start()


LIES = {
    "endless": endless,
    "stalled": stalled,
    "silent": silent,
    "huge": huge,
    "broken off": broken_off,
    "failing": failing,
    "gone": answering(b"", 404),
    "of noise": answering(b"\1" * 8192),
    "busy": answering(b"", 503),
}


@pytest.mark.parametrize("path", ["tile/entries/001", "tile/0/001"])
@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
async def test_a_mirror_that_fails_or_lies_gives_way_to_the_next(dsn, tmp_path, lie, path):
    """What it serves wrongly is never stored; the next one serves all of it."""
    async with a_lost_log(dsn, tmp_path, here=10, mirrors={"a": SIZE, "b": SIZE}, entries=ENTRIES) as lost:
        whole = f"{lost.mirror_folder('a').relative_to(lost.folder / 'a')}/{path}"
        lost.servers["a"].lies[whole] = lie
        done = await lost.recover()
        assert done.size == SIZE
        # A full tile of hashes is needed only to tell which step is false.
        assert list(done.failures) == (["a"] if "entries" in path else [])
        await check_whole(lost, SIZE)


async def test_one_entry_that_was_changed_gives_way_to_the_next_mirror(dsn, tmp_path):
    """A bundle of the right form with one other entry in it is not what was signed."""
    async with a_lost_log(dsn, tmp_path, here=10, mirrors={"a": SIZE, "b": SIZE}, entries=ENTRIES) as lost:
        file = lost.mirror_folder("a") / "tile/entries/002"
        file.write_bytes(file.read_bytes().replace(b'"tag":"', b'"tag":"A', 1)[:-1])
        done = await lost.recover()
        assert (done.size, done.read_from, list(done.failures)) == (SIZE, ["b"], ["a"])
        await check_whole(lost, SIZE)


async def test_mirrors_that_fail_by_turns_are_enough_together(dsn, tmp_path):
    """One that brought us further is asked again after the others."""
    entries = sealed_entries("turns", 3 * STEP)
    async with a_lost_log(
        dsn, tmp_path, here=0, mirrors={"a": len(entries), "b": len(entries)}, entries=entries
    ) as lost:
        for name, number in (("a", "040"), ("b", "080")):
            whole = f"{lost.mirror_folder(name).relative_to(lost.folder / name)}/tile/entries/{number}"
            lost.servers[name].lies[whole] = failing
        done = await lost.recover()
        assert (done.size, done.read_from) == (len(entries), ["a", "b"])


async def test_what_nobody_serves_is_refused_and_the_rest_comes_back(dsn, tmp_path):
    """The largest checkpoint can't be read; the next one is, and the log is still not signed upon."""
    async with a_lost_log(dsn, tmp_path, here=10, mirrors={"a": SIZE, "b": 600}, entries=ENTRIES) as lost:
        lost.servers["a"].lies["*"] = lambda request, data: (
            answering(data)(request, data) if request.path.endswith("checkpoint") else failing(request, data)
        )
        with pytest.raises(FatalError, match=rf"signed at size {SIZE} \(known at a\), and only 600 entries"):
            await lost.recover()
        assert (await lost.stored()).entries == ENTRIES[:600]
        assert lost.head_file.read() == HeadState(ORIGIN, SIZE, mth(ENTRIES), NO_SERVER, 1)
        with pytest.raises(FatalError, match=f"the database holds 600 entries of {ORIGIN}, which had {SIZE}"):
            await OwnLog(lost.dsn, lost.folder, ORIGIN).start(restore_accepted=True)
        lost.servers["a"].lies.clear()
        assert (await lost.recover()).size == SIZE
        await check_whole(lost, SIZE)


async def test_a_note_that_was_signed_and_whose_entries_nobody_has_ends_the_log(dsn, tmp_path):
    """A mirror has seen it and waits for its entries: it has left this node, and can't be reproduced."""
    async with a_lost_log(dsn, tmp_path, here=None, mirrors={"a": 600, "b": 600}, entries=ENTRIES) as lost:
        lost.pending["b"] = lost.target(SIZE)
        with pytest.raises(FatalError, match="the log is closed, and a new origin succeeds it"):
            await lost.recover()
        with pytest.raises(FatalError, match=f"which had {SIZE}"):
            await OwnLog(lost.dsn, lost.folder, ORIGIN).start(restore_accepted=True)


async def test_a_pending_note_of_what_is_here_is_no_loss(dsn, tmp_path):
    """It was committed here before a mirror saw it."""
    async with a_lost_log(dsn, tmp_path, here=SIZE, mirrors={"a": 600}, entries=ENTRIES) as lost:
        lost.pending["a"] = lost.target(SIZE)
        assert (await lost.recover()).size == SIZE


async def test_more_than_partners_know_stands_beside_the_key(dsn, tmp_path):
    """The head file has seen more than any partner: it stays, and what can be had comes back."""
    async with a_lost_log(dsn, tmp_path, here=SIZE, mirrors={"a": 600}, entries=ENTRIES) as lost:
        async with lost.database.writing() as connection:
            await connection.execute("TRUNCATE logs, bundles, tiles, tails, tags, clear_entries, terms CASCADE")
        with pytest.raises(FatalError, match=rf"signed at size {SIZE} \(known in the head file beside the key\)"):
            await lost.recover()
        assert (await lost.stored()).entries == ENTRIES[:600]
        assert lost.head_file.read() == HeadState(ORIGIN, SIZE, mth(ENTRIES), NO_SERVER, 1)


FORKED = [*ENTRIES[:5], *sealed_entries("forked", 895)]


@pytest.mark.parametrize(
    ("here", "mirrors"),
    [
        pytest.param(300, {"a": (SIZE, FORKED)}, id="here and at a partner"),
        pytest.param(800, {"a": (300, FORKED)}, id="more here than at a partner"),
        pytest.param(800, {"a": (800, FORKED)}, id="as much here as at a partner"),
        pytest.param(None, {"a": (SIZE, ENTRIES), "b": (300, FORKED)}, id="at two partners"),
        pytest.param(None, {"a": (700, ENTRIES), "b": (700, FORKED)}, id="at two partners, of one size"),
    ],
)
async def test_two_histories_are_refused_and_nothing_is_changed(dsn, tmp_path, here, mirrors):
    """Of trees that our own key has signed none is written over another."""
    async with a_lost_log(dsn, tmp_path, here=here, mirrors=dict.fromkeys(mirrors, 1), entries=ENTRIES) as lost:
        for name, (size, entries) in mirrors.items():
            lost.write_mirror(name, size, entries)
        before = lost.head_file.read()
        with pytest.raises(FatalError, match="our own key has signed two histories"):
            await lost.recover()
        assert lost.head_file.read() == before
        assert (await lost.stored()).entries == ENTRIES[: here or 0]


async def test_a_foreign_note_is_no_answer(dsn, tmp_path):
    """What our key didn't sign counts neither for nor against us."""
    async with a_lost_log(dsn, tmp_path, here=10, mirrors={"a": 600, "b": 600}, entries=ENTRIES) as lost:
        whole = f"{lost.mirror_folder('a').relative_to(lost.folder / 'a')}/checkpoint"
        lost.servers["a"].lies[whole] = answering(lost.note(SIZE).replace(b"lost.example", b"last.example"))
        told = await lost.ask()
        assert [(one.held is None, bool(one.failure)) for one in told] == [(True, True), (False, False)]
        assert (await lost.recover()).size == 600


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE logs SET own = false", "follows a partner's log"),
        ("UPDATE logs SET verifier_key = 'another'", "holds another key's log"),
        ("UPDATE tiles SET data = set_byte(data, 8191, 1 # get_byte(data, 8191))", "don't have the root hash"),
    ],
)
async def test_a_database_that_is_not_fit_is_refused(dsn, tmp_path, statement, says):
    """A mirror, another key's log or a damaged one is not gone on with."""
    async with a_lost_log(dsn, tmp_path, here=300, mirrors={"a": SIZE}, entries=ENTRIES) as lost:
        async with lost.database.writing() as connection:
            await connection.execute(statement)
        with pytest.raises(FatalError, match=says):
            await lost.recover()


@pytest.mark.parametrize("here", [None, 5, 299], ids=str)
async def test_a_log_that_had_ended_comes_back_closed(dsn, tmp_path, here):
    """Its last entry names what follows; behind it nothing may be entered, whoever started the node."""
    end = Succession(id=DEFAULT_ID, version=1, size=300, successor="ledger.next.example/nostra")
    entries = [*sealed_entries("ended", 299), render(end)]
    async with a_lost_log(dsn, tmp_path, here=here, mirrors={"a": 300}, entries=entries) as lost:
        await lost.recover()
        assert (await lost.stored()).head["successor"] == "ledger.next.example/nostra"


async def test_a_succession_that_is_not_the_end_closes_nothing(dsn, tmp_path):
    """It says at which size it closes, and stands elsewhere."""
    elsewhere = render(Succession(id=DEFAULT_ID, version=1, size=7, successor="ledger.next.example/nostra"))
    entries = [*sealed_entries("goes on", 5), elsewhere, *sealed_entries("and on", 5)]
    async with a_lost_log(dsn, tmp_path, here=None, mirrors={"a": 11}, entries=entries) as lost:
        await lost.recover()
        assert (await lost.stored()).head["successor"] == ""


async def test_a_line_that_a_partner_wrote_under_our_name_is_dropped(dsn, tmp_path):
    """It is ignored in verifying, and must not be shown by us as ours."""
    async with a_lost_log(dsn, tmp_path, here=10, mirrors={"a": 600}, entries=ENTRIES) as lost:
        strange = NoteSignature(ORIGIN, b"\1\2\3\4", b"x" * 64)
        whole = f"{lost.mirror_folder('a').relative_to(lost.folder / 'a')}/checkpoint"
        lost.servers["a"].lies[whole] = answering(Note.parse(lost.note(600)).adding([strange]).render())
        (told,) = await lost.ask()
        assert told.held.note == lost.note(600)
        await lost.recover()
        assert (await lost.stored()).head["note"] == lost.note(600)


async def test_a_partner_that_holds_nothing_has_answered(dsn, tmp_path):
    """That it knows nothing of the log is an answer."""
    async with a_lost_log(dsn, tmp_path, here=10, mirrors={"a": 1, "b": SIZE}, entries=ENTRIES) as lost:
        (lost.mirror_folder("a") / "checkpoint").unlink()
        assert [(one.held is None, one.failure) for one in await lost.ask()] == [(True, ""), (False, "")]
        assert (await lost.recover()).size == SIZE


async def test_half_a_log_is_not_begun_upon_whatever_the_head_file_says(dsn, tmp_path):
    """A second process of the node may have a head file of its own that knows less."""
    entries = sealed_entries("half", 2 * STEP)
    async with a_lost_log(dsn, tmp_path, here=0, mirrors={"a": len(entries)}, entries=entries) as lost:
        late = f"{lost.mirror_folder('a').relative_to(lost.folder / 'a')}/tile/entries/050"
        lost.servers["a"].lies[late] = failing
        with pytest.raises(FatalError, match="only 8192 entries can be had"):
            await lost.recover()
        lost.head_file.path.unlink()
        with pytest.raises(FatalError, match="was cut short at 8192 entries"):
            await OwnLog(lost.dsn, lost.folder, ORIGIN).start(restore_accepted=True)
