"""Whatever a partner serves wrongly is refused with its own words, and nothing that is stored changes."""

import asyncio
from dataclasses import replace

import pytest

from node.client import HttpClient
from node.config import PartnerSettings
from node.gossip.mirror.mirrors import MirrorSet
from node.log.follow import BehindError, InconsistentError
from node.storage.heads import create_log
from protocol.encoding.keys import Signer
from protocol.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from tests.node.gossip.conftest import QUICK, following
from tests.support import lying_log
from tests.support.entries import sealed_entries
from tests.support.lying_log import LogServer, answering, redirecting
from tests.support.static_log import StaticLog
from tests.support.stored_log import read_stored_log

STEP = 8192
LAST_BUNDLE = "tile/entries/001.p/144"
"""The end of a log of 400 entries."""


def flip(path, at=100):
    """Flip one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def fork(log, entries, tmp_path):
    """Return another log of the same origin and key."""
    (tmp_path / "fork").mkdir(exist_ok=True)
    other = StaticLog(tmp_path / "fork", log.signer.verifier.name)
    other.append(entries)
    return other


def signed(log, size=400, root=b"\1" * 32, origin=None, seed=None):
    """Return a checkpoint note with something wrong in it."""
    origin = origin or log.signer.verifier.name
    signer = Signer(origin, seed) if seed else Signer(origin, bytes(range(32)))
    return sign_checkpoint(Checkpoint(origin, size, root), signer)


SERVED = [
    ("bundle with a bit flipped", lambda log, server: flip(log.folder / LAST_BUNDLE, -100), "not those it signed"),
    ("bundle cut inside an entry", lambda log, server: cut(log, 5), "ends inside entry"),
    ("bundle one entry short", lambda log, server: cut(log, 192), "a bundle of 144 entries has 143"),
    ("bundle missing", lambda log, server: lie(server, LAST_BUNDLE, answering(b"", 404)), "404"),
    ("bundle of noise", lambda log, server: lie(server, LAST_BUNDLE, answering(b"\0" * 3)), "ends inside entry"),
    ("bundle endless", lambda log, server: lie(server, LAST_BUNDLE, lying_log.endless), "doesn't end"),
    ("bundle of 10 GB", lambda log, server: lie(server, LAST_BUNDLE, lying_log.huge), "10,000,000,000 bytes"),
    ("bundle stalled", lambda log, server: lie(server, LAST_BUNDLE, lying_log.stalled), "in time"),
    ("checkpoint stalled", lambda log, server: lie(server, "checkpoint", lying_log.stalled), "in time"),
    ("checkpoint never", lambda log, server: lie(server, "checkpoint", lying_log.silent), "in time"),
    ("checkpoint endless", lambda log, server: lie(server, "checkpoint", lying_log.endless), "doesn't end"),
    (
        "checkpoint elsewhere",
        lambda log, server: lie(server, "checkpoint", redirecting("http://localhost:1/")),
        "another",
    ),
    ("checkpoint of noise", lambda log, server: show(server, b"not a note"), "not accepted"),
    ("checkpoint empty", lambda log, server: show(server, b""), "not accepted"),
    ("another key", lambda log, server: show(server, signed(log, seed=b"\7" * 32)), "not signed by a trusted key"),
    ("another origin", lambda log, server: show(server, signed(log, origin="other.example/x")), "no trusted key"),
    ("root of no tree", lambda log, server: show(server, signed(log)), "not"),
    ("root at the size known", lambda log, server: show(server, signed(log, size=300)), "two histories"),
    ("smaller with another root", lambda log, server: show(server, signed(log, size=200)), "two histories"),
    ("size beyond its tiles", lambda log, server: show(server, signed(log, size=10**15)), "404"),
]


def cut(log, length):
    """Cut the end of the last bundle off."""
    path = log.folder / LAST_BUNDLE
    path.write_bytes(path.read_bytes()[:-length])


def lie(server, path, what):
    """Let the server lie at one path."""
    server.lies[path] = what


def show(server, note):
    """Let the server show this note."""
    lie(server, "checkpoint", answering(note))


@pytest.mark.parametrize(("spoil", "says"), [case[1:] for case in SERVED], ids=[case[0] for case in SERVED])
async def test_a_lie_is_refused_and_nothing_changes(followed, spoil, says):
    """Each lie has its clear failure; the mirror stays as it was, and follows again once the partner is honest."""
    log, entries = followed.log, sealed_entries("lies", 400)
    log.append(entries[:300])
    await followed.refresh()
    before = await stored(followed)
    log.append(entries[300:])
    spoil(log, followed.server)
    assert says in (await followed.refresh()).status.failure
    assert (await stored(followed), followed.size) == (before, 300)


async def stored(followed):
    """Return all rows of the mirror but its barrier count, which isn't part of the log."""
    async with followed.database.pool.acquire() as connection:
        found = await read_stored_log(connection, followed.log.signer.verifier.name)
    found.head.pop("epoch")
    return found


async def test_a_partner_that_mends_its_ways_is_followed_again(followed):
    """A failure doesn't outlast the next good round."""
    followed.log.append(sealed_entries("mended", 5))
    followed.server.lies["checkpoint"] = lying_log.failing
    assert (await followed.refresh()).status.failure is not None
    followed.server.lies.clear()
    assert (await followed.refresh()).status.failure is None
    assert followed.size == 5


@pytest.mark.parametrize("grown", [0, 1, 300, 2 * STEP], ids=lambda grown: f"grown by {grown}")
async def test_a_rewritten_history_is_told_with_both_notes(followed, tmp_path, grown):
    """Two trees signed by one key: the error holds both notes, each of which anybody can verify."""
    log = followed.log
    log.append(sealed_entries("truth", 300))
    await followed.refresh()
    other = fork(log, [*sealed_entries("truth", 200), *sealed_entries("lie", 100 + grown)], tmp_path)
    followed.server.folder = other.folder
    mirror = followed.mirrors.of(log.signer.verifier.name).mirror
    with pytest.raises(InconsistentError) as caught:
        await mirror.follow()
    assert caught.value.kept.note == (log.folder / "checkpoint").read_bytes()
    assert caught.value.shown.note == (other.folder / "checkpoint").read_bytes()
    sizes = [
        open_checkpoint(one.note, [log.signer.verifier])[0].size for one in (caught.value.kept, caught.value.shown)
    ]
    assert sizes == [300, 300 + grown]
    assert followed.size == 300


async def test_a_log_that_shows_less_is_behind_and_not_inconsistent(followed, tmp_path):
    """An older checkpoint of the same tree is another thing than another tree."""
    entries = sealed_entries("behind", 300)
    followed.log.append(entries)
    await followed.refresh()
    followed.server.folder = fork(followed.log, entries[:200], tmp_path).folder
    with pytest.raises(BehindError, match="shows size 200, and has signed size 300 before"):
        await followed.mirrors.of(followed.log.signer.verifier.name).mirror.follow()


async def test_a_fork_while_a_growth_is_under_way_is_told(followed, tmp_path):
    """The note that a growth goes towards is kept from its first step on, and held against the log."""
    log, entries = followed.log, sealed_entries("under way", 3 * STEP)
    log.append(entries[: 2 * STEP])
    followed.server.lies["tile/entries/050"] = lying_log.failing
    await followed.refresh()
    assert (await stored(followed)).head["size"] == STEP
    other = fork(log, [*entries[: STEP + 5], *sealed_entries("other", STEP + 5)], tmp_path)
    followed.server.folder = other.folder
    with pytest.raises(InconsistentError):
        await followed.mirrors.of(log.signer.verifier.name).mirror.follow()
    assert (await stored(followed)).head["size"] == STEP


async def test_tiles_that_do_not_lead_to_the_root_are_told(followed):
    """In a large growth the first step is verified by tiles, and a false one is no tile of the signed tree."""
    followed.log.append(sealed_entries("tiles", 2 * STEP + 5))
    for tile in followed.log.folder.glob("tile/1/000.p/*"):
        flip(tile)
    assert "not those of the tree" in (await followed.refresh()).status.failure
    assert followed.size is None


async def test_another_key_in_the_configuration_does_not_take_a_mirror_over(mirrors_dsn, followed):
    """A mirror goes on under the key it began with, and says so."""
    followed.log.append(sealed_entries("key", 2))
    await followed.refresh()
    key = Signer(followed.log.signer.verifier.name, b"\7" * 32).verifier
    async with following(mirrors_dsn, followed.log, key) as other:
        assert "was begun under the key" in (await other.refresh()).status.failure


async def test_a_partner_under_our_own_origin_is_refused(mirrors_dsn, followed):
    """Nobody else writes a log of ours."""
    origin = "ours.example/log"
    async with followed.database.pool.acquire() as connection:
        await create_log(connection, origin, followed.log.verifier_key, own=True)
    (followed.log.folder / "ours").mkdir()
    async with following(mirrors_dsn, StaticLog(followed.log.folder / "ours", origin)) as other:
        assert "a log of our own" in (await other.refresh()).status.failure


async def test_a_stalled_partner_holds_nobody_up(mirrors_dsn, log, tmp_path):
    """Two partners are asked side by side."""
    (tmp_path / "slow").mkdir()
    slow = StaticLog(tmp_path / "slow", "slow.example/log")
    log.append(sealed_entries("quick", 3))
    async with following(mirrors_dsn, log) as quick, following(mirrors_dsn, slow) as stalled:
        stalled.server.lies["*"] = lying_log.silent
        waiting = asyncio.create_task(stalled.refresh())
        assert (await quick.refresh()).status.failure is None
        assert not waiting.done()
        assert (await waiting).status.failure is not None


async def test_a_partner_that_stalls_every_entry_leaves_the_connections_to_others(mirrors_dsn, log, tmp_path):
    """Under one client, a partner that holds as many requests as it can holds none of another's."""
    (tmp_path / "slow").mkdir()
    slow = StaticLog(tmp_path / "slow", "stalling.example/log")
    slow.append(sealed_entries("slow", 40 * 256))
    log.append(sealed_entries("quick", 40 * 256))
    async with following(mirrors_dsn, slow) as stalled, LogServer(log.folder) as server:
        stalled.server.lies |= {f"tile/entries/{at:03d}": lying_log.silent for at in range(4, 40)}
        verifier = log.signer.verifier
        both = [
            stalled.mirrors.of("stalling.example/log").partner,
            PartnerSettings("quick", verifier.name, verifier, server.url),
        ]
        async with HttpClient(bounds=replace(QUICK, stall_seconds=5)) as http:
            mirrors = MirrorSet(stalled.database, both, http=http, clock=stalled.clock)
            waiting = asyncio.create_task(mirrors.refresh("stalling.example/log"))
            quick = await mirrors.refresh(verifier.name)
            assert (quick.status.failure, waiting.done()) == (None, False)
            await waiting
            await mirrors.close()
        assert "in time" in mirrors.of("stalling.example/log").status.failure


async def test_two_processes_follow_one_log_without_harm(mirrors_dsn, log):
    """Both end with the whole log; no step is stored twice."""
    log.append(sealed_entries("both", 3 * STEP + 7))
    async with following(mirrors_dsn, log) as one, following(mirrors_dsn, log) as other:
        await asyncio.gather(one.refresh(), other.refresh())
        for _ in range(2):
            await asyncio.gather(one.refresh(), other.refresh())
        assert (one.size, other.size) == (3 * STEP + 7, 3 * STEP + 7)
        assert (await stored(one)).entries == log.entries
