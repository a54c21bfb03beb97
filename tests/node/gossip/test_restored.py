"""After a restore each log is freed by itself, once it is known how far it may have been cosigned; else never."""

import asyncio
from dataclasses import dataclass, field

import pytest

from node.clock import Clock
from node.errors import PushBackError, UnreachableError
from node.gossip.cosigning.cosigned_file import CosignedState, Mark
from node.gossip.cosigning.cosigned_log import CosignedLog
from node.gossip.cosigning.suspended import free_all, read_all, suspend, why_restored
from node.gossip.recovery.restored import Restored, Teller
from node.storage.cosigned import Cosigned, resume
from node.storage.cosigned_writer import CosignedWriter
from node.storage.database import Database, Identity
from node.storage.migrate import migrate
from protocol.log.merkle import EMPTY_ROOT
from tests.support.memory_log import ORIGIN, SIGNER, History, Tiles

ENTRIES = [f"entry {leaf}".encode() for leaf in range(40)]
LOG = History(ENTRIES)
FORK = History([*ENTRIES[:5], *(f"another {leaf}".encode() for leaf in range(35))])
SERVER = Identity(7, 1)


def row(size: int, *, log: History = LOG, claim: str = "witness", suspended: bool = False) -> Cosigned:
    """Return the row of a cosigner that has cosigned a log up to a size."""
    return Cosigned(ORIGIN, claim, size, log.edge(size).root(), log.note(size), 1790000000, suspended=suspended)


@dataclass
class Partner:
    """A partner, what it tells, and what it serves."""

    name: str
    notes: list[bytes] = field(default_factory=list)
    log: Tiles = field(default_factory=LOG.source)
    away: bool = False

    async def tell(self, _: str) -> list[bytes]:
        """Tell what is known, or don't answer."""
        if self.away:
            raise UnreachableError(f"{self.name} is away")
        return self.notes

    @property
    def teller(self) -> Teller:
        """How it is asked."""
        return Teller(self.name, self.tell, lambda _: self.log)


@pytest.fixture
async def database(dsn):
    """Give a database with the node's tables."""
    database = Database({"dsn": dsn})
    await database.open(pool_size=2)
    async with database.pool.acquire() as connection:
        await migrate(connection)
    yield database
    await database.close()


async def suspended(database: Database, *rows: Cosigned) -> None:
    """Let the database hold these rows, suspended."""
    async with database.writing() as connection:
        for one in rows:
            await resume(connection, one)
    await suspend(database, [ORIGIN])


def restored(database: Database, *partners: Partner, remembered: CosignedState | None = None) -> Restored:
    """Return what frees the log after asking these partners."""
    keys = {ORIGIN: (SIGNER.verifier,)}
    return Restored(database, keys, [one.teller for one in partners], remembered=remembered)


async def states(database: Database) -> dict[str, tuple[int, bool]]:
    """Return size and suspension of each claim."""
    return {one.claim: (one.size, one.suspended) for one in await read_all(database)}


FREE = [
    pytest.param([row(10)], [30], 30, id="the log has gone on"),
    pytest.param([row(30)], [30, 12], 30, id="nothing was lost"),
    pytest.param([], [30], 30, id="no row was left"),
    pytest.param([row(10), row(20, claim="mirror")], [12, 30, 5], 30, id="one claim was further than the other"),
    pytest.param([], [], 0, id="nobody knows the log"),
    pytest.param([row(10)], [255, 30], 30, id="a note of another key"),
]


@pytest.mark.parametrize(("rows", "told", "size"), FREE)
async def test_a_log_is_freed_at_the_newest_that_anybody_knows(database, rows, told, size):
    """Both claims move there together, and never back."""
    notes = [LOG.note(one) if one < 40 else b"noise" for one in told]
    await suspended(database, *rows)
    one = restored(database, Partner("a", notes[:1]), Partner("b", notes[1:]), Partner("c"))
    await one.run()
    assert await states(database) == {"witness": (size, False), "mirror": (size, False)}
    assert one.reasons() == []


async def test_partners_may_answer_one_after_the_other(database, monkeypatch):
    """Who has answered isn't asked again: of many partners on bad lines all never answer at once."""
    monkeypatch.setattr("node.gossip.recovery.restored.PAUSES", (0,))
    await suspended(database, row(10))
    first, second = Partner("a", [LOG.note(30)]), Partner("b", [LOG.note(12)], away=True)

    async def takes_turns(partner: Partner, other: Partner) -> list[bytes]:
        if partner.away:
            raise UnreachableError(f"{partner.name} is away")
        partner.away, other.away = True, False
        return partner.notes

    tellers = [
        Teller(one.name, lambda _, one=one, other=other: takes_turns(one, other), one.teller.source)
        for one, other in ((first, second), (second, first))
    ]
    async with asyncio.timeout(10):
        await Restored(database, {ORIGIN: (SIGNER.verifier,)}, tellers, remembered=None).run()
    assert await states(database) == {"witness": (30, False), "mirror": (30, False)}


async def test_a_row_that_lost_nothing_keeps_its_note(database):
    """One that was moved has none: it isn't known to have cosigned that very checkpoint."""
    await suspended(database, row(30), row(10, claim="mirror"))
    await restored(database, Partner("a", [LOG.note(30)])).run()
    notes = {one.claim: one.note for one in await read_all(database)}
    assert notes == {"witness": LOG.note(30), "mirror": None}


KEPT = [
    pytest.param([row(10)], [Partner("a", [LOG.note(30)]), Partner("b", away=True)], "b is away", id="one is away"),
    pytest.param([row(30)], [Partner("a", [LOG.note(10)])], "cosigned at size 30, and nobody shows more than 10",
                 id="the log shows less"),
    pytest.param([row(30)], [Partner("a")], "nobody shows more than 0", id="the log is gone"),
    pytest.param([row(10, log=FORK)], [Partner("a", [LOG.note(30)])], "known of size 10: it has shown two histories",
                 id="it has another history than we cosigned"),
    pytest.param([], [Partner("a", [LOG.note(30), FORK.note(20)])], "known of size 20: it has shown two histories",
                 id="it has told partners two histories"),
    pytest.param([], [Partner("a", [LOG.note(30), FORK.note(30)])], "two histories", id="of one size"),
    pytest.param([row(10)], [Partner("a", [LOG.note(30)], Tiles(LOG, broken=True))], "not those of the tree",
                 id="its tiles are false"),
    pytest.param([row(10)], [Partner("a", [LOG.note(39)], Tiles(History(ENTRIES[:20])))], "no such tile",
                 id="nobody serves it"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "partners", "says"), KEPT)
async def test_a_log_stays_suspended(database, rows, partners, says):
    """With the reason, and nothing moved."""
    await suspended(database, *rows)
    before = await read_all(database)
    one = restored(database, *partners)
    assert await one._round()
    assert [says in reason for reason in one.reasons()] == [True]
    assert await read_all(database) == before


async def test_one_partner_that_serves_it_rightly_is_enough(database):
    """Tiles are verified, whoever serves them."""
    await suspended(database, row(10))
    await restored(database, Partner("a", [LOG.note(30)], Tiles(LOG, broken=True)), Partner("b")).run()
    assert (await states(database))["witness"] == (30, False)


async def test_a_partner_that_comes_back_frees_the_log(database):
    """It is asked again and again."""
    await suspended(database, row(10))
    away = Partner("b", away=True)
    one = restored(database, Partner("a", [LOG.note(20)]), away)
    assert await one._round()
    away.away, away.notes = False, [LOG.note(30)]
    assert not await one._round()
    assert (await states(database))["witness"] == (30, False)


async def test_what_the_file_remembers_must_be_reached(database):
    """Though the restored rows know less, and partners show less."""
    remembered = CosignedState(SERVER, (Mark(ORIGIN, "witness", 35, LOG.edge(35).root()),))
    partner = Partner("a", [LOG.note(30)])
    await suspended(database, row(10))
    one = restored(database, partner, remembered=remembered)
    assert await one._round()
    partner.notes = [LOG.note(36)]
    assert not await one._round()


async def test_an_operators_word_frees_every_log_where_it_stands(database):
    """Logged, and nothing is moved."""
    await suspended(database, row(10))
    await free_all(database)
    assert await states(database) == {"witness": (10, False), "mirror": (0, False)}


async def test_a_cosigner_goes_on_without_a_restart(database):
    """While suspended it refuses; freed, it moves on from where it was put."""
    await suspended(database, row(10))
    writer = CosignedWriter(database)
    log = CosignedLog(ORIGIN, "witness", database=database, writer=writer, clock=Clock())
    for _ in range(2):
        with pytest.raises(PushBackError, match="after a restore"):
            await log.held()
    await restored(database, Partner("a", [LOG.note(30)])).run()
    assert (await log.held()).size == 30


WHY = [
    pytest.param(None, [row(5)], {"new": True}, "", id="cosigners without keys are new"),
    pytest.param(None, [], {}, "nothing beside the keys remembers", id="no file"),
    pytest.param((7, 1), [row(10)], {}, "", id="as it was"),
    pytest.param((7, 1), [row(12)], {}, "", id="further than the file"),
    pytest.param((8, 1), [row(10)], {}, "another PostgreSQL cluster", id="another server"),
    pytest.param((0, 1), [row(10)], {}, "another PostgreSQL cluster", id="restored from a backup"),
    pytest.param((7, 2), [row(10)], {}, "on timeline 1, was on 2", id="another timeline"),
    pytest.param((7, 1), [row(9)], {}, "cosigned size 10 of log.example/memory, and the database knows 9", id="behind"),
    pytest.param((7, 1), [], {}, "and the database knows 0", id="no row"),
    pytest.param((7, 1), [row(10, log=FORK)], {}, "has cosigned another tree", id="another tree"),
]


@pytest.mark.parametrize(("server", "rows", "options", "says"), WHY)
def test_rows_are_taken_for_restored_ones(server, rows, options, says):
    """By server, history and how far they are."""
    marks = (Mark(ORIGIN, "witness", 10, LOG.edge(10).root()),)
    remembered = None if server is None else CosignedState(Identity(*server), marks)
    why = why_restored(remembered, rows, SERVER, new=options.get("new", False))
    assert (says in why, bool(why)) == (True, bool(says))


def test_what_is_remembered_never_goes_back():
    """A suspended row and a smaller one change nothing; a larger one does."""
    state = CosignedState(SERVER, (Mark(ORIGIN, "witness", 10, LOG.edge(10).root()),))
    assert state.with_rows([row(9)]) == state
    assert state.with_rows([row(10, log=FORK, suspended=True)]) == state
    assert state.with_rows([row(12)]).marks == (Mark(ORIGIN, "witness", 12, LOG.edge(12).root()),)


STATE = CosignedState(SERVER, (Mark(ORIGIN, "mirror", 0, EMPTY_ROOT), Mark(ORIGIN, "witness", 3, bytes(32)))).render()


def test_the_file_gives_back_what_was_written():
    """In one spelling."""
    assert CosignedState.parse(STATE).render() == STATE


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"v":1', b'"v":2'),
        (b'"timeline":1', b'"timeline":-1'),
        (b'"7"', b'"x"'),
        (b'"mirror"', b'"judge"'),
        (b",3,", b",-3,"),
        (b"AAA=", b"AA="),
        (b"log.example", b"LOG.example"),
        (b'"v"', b'"w"'),
    ],
)
def test_a_damaged_file_is_refused(old, new):
    """Whatever is wrong with it."""
    from protocol.errors import MalformedError

    assert old in STATE
    with pytest.raises(MalformedError):
        CosignedState.parse(STATE.replace(old, new, 1))
