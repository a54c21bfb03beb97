"""Erase: closed in the log first, all that belongs together goes, nothing finds it, and duties to keep refuse it."""

import asyncio

import pytest

from node.errors import ConflictError, InadmissibleError, NotFoundError, PushBackError
from node.log.close import close
from node.recognition.awards.named import ByLeaf
from node.recognition.decisions.decide import Decisions
from node.recognition.erasure.belonging import belonging
from node.recognition.erasure.erase import Erasures, Target
from node.recognition.erasure.retention import checked_duty
from node.recognition.shown import show
from protocol.documents.receipt import Receipt
from tests.node.recognition.asking import decisions, told
from tests.node.recognition.test_change_status import an_award, change, said_of, size
from tests.node.recognition.test_issue import a_credential, awards
from tests.support.decisions import PAPER, a_decision, a_refusal

LAST_DAY = "2026-12-31"
DAY = 86_400


def erasures(ledger, name="northlake") -> Erasures:
    """Return what erases in a log."""
    return Erasures(
        ledger.logs[name], {log.origin: ledger.records(key) for key, log in ledger.logs.items()},
        ledger.database, ledger.clock,
    )  # fmt: skip


async def kept(ledger, *, marked: bool) -> list[tuple[str, int]]:
    """Return kind and leaf of all records that go, or of all that stay."""
    async with ledger.database.pool.acquire() as connection:
        rows = await connection.fetch("SELECT kind, leaf FROM records WHERE erase = $1 ORDER BY leaf, kind", marked)
    return [tuple(row) for row in rows]


async def test_an_award_is_closed_and_found_no_more(ledger):
    """Its standing is unknown, whoever asks; the record is there until the keys go, and nothing finds it."""
    file, receipt = await an_award(ledger, request_key="once")
    done = await erasures(ledger).erase(Target(award=0))
    assert (done.awards, done.closed_at, done.records, done.new, done.elsewhere) == ((0,), (1,), 1, True, {})
    assert await said_of(ledger, receipt) == ["closed"]
    assert await ledger.records("northlake").at("award", 0) is None
    assert await kept(ledger, marked=True) == [("award", 0)]
    with pytest.raises(NotFoundError):
        await awards(ledger).issue(file, replaces=0)


async def test_the_same_file_is_a_new_award_afterwards(ledger):
    """Under its request key too: the erased one has given up whatever it was found by."""
    file, before = await an_award(ledger, request_key="once")
    await erasures(ledger).erase(Target(award=0))
    again = await awards(ledger).issue(file, request_key="once")
    assert (again.new, again.leaf, again.superseded) == (True, 2, None)
    assert again.receipt.standing != before.standing


async def test_asking_again_changes_nothing(ledger):
    """It says what is to go, and that nothing is new."""
    file, _ = await an_award(ledger)
    first = await erasures(ledger).erase(Target(shown=show(document=file)))
    again = await erasures(ledger).erase(Target(shown=show(document=file)))
    assert (again.awards, again.records, again.closed_at, again.new) == (first.awards, first.records, (), False)
    assert size(ledger) == 2


async def test_a_preview_does_nothing(ledger):
    """It only says what would go."""
    await an_award(ledger)
    would = await erasures(ledger).erase(Target(award=0), preview=True)
    assert (would.awards, would.new, size(ledger)) == ((0,), True, 1)
    assert await kept(ledger, marked=True) == []


async def test_all_awards_of_a_credential_go_together(ledger):
    """What it superseded, what superseded it by the credential's id or by the registrar's word; others stay."""
    await awards(ledger).issue(a_credential())
    await awards(ledger).issue(a_credential(grade={"en": "4"}))
    third = await awards(ledger).issue(a_credential(credential_id="urn:x:anew"), replaces=1)
    await an_award(ledger)
    done = await erasures(ledger).erase(Target(award=0))
    assert done.awards == (0, 1, third.leaf)
    assert len(done.closed_at) == 3
    assert [kind for kind, _ in await kept(ledger, marked=False)] == ["award"]


@pytest.mark.parametrize("by", ["leaf", "file", "receipt"])
async def test_what_was_said_of_its_status_goes_with_it(ledger, by):
    """The desk's own record of a suspension, and a duty that has ended, whichever way the award is named."""
    file, receipt = await an_award(ledger)
    await change(ledger, "suspended", ByLeaf(0))
    await erasures(ledger).keep("award", 0, checked_duty("2026-11-23", "Archives Act"))
    presented = {"presented": receipt.render(), "origins": (receipt.origin,)}
    target = {
        "leaf": Target(award=0),
        "file": Target(shown=show(document=file)),
        "receipt": Target(shown=show(**presented)),
    }[by]
    done = await erasures(ledger).erase(target)
    assert await kept(ledger, marked=False) == []
    assert await kept(ledger, marked=True) == [("award", 0), ("retention", 0), ("status", 1)]
    assert (done.records, await said_of(ledger, receipt)) == (3, ["suspended", "closed"])


async def test_nothing_goes_while_a_duty_to_keep_runs(ledger):
    """To its last day; the answer names the law and the day, and nothing is entered."""
    await an_award(ledger)
    await erasures(ledger).keep("award", 0, checked_duty(LAST_DAY, "Archives  Act 831/1994"))
    with pytest.raises(ConflictError, match=f"until {LAST_DAY}: Archives Act 831/1994") as caught:
        await erasures(ledger).erase(Target(award=0))
    assert (caught.value.code, size(ledger), await kept(ledger, marked=True)) == ("retained", 1, [])
    ledger.clock.advance(37 * DAY)
    assert ledger.clock.today() == LAST_DAY
    with pytest.raises(ConflictError):
        await erasures(ledger).erase(Target(award=0), preview=True)
    ledger.clock.advance(DAY)
    assert (await erasures(ledger).erase(Target(award=0))).records == 2


@pytest.mark.parametrize("closed_before", [False, True])
async def test_a_duty_that_is_recorded_meanwhile_refuses_too(ledger, monkeypatch, closed_before):
    """By another process, after this one has looked: nothing is marked, and the next try sees it."""
    await an_award(ledger)
    ours, theirs = erasures(ledger), erasures(ledger)

    async def keep(awards):
        await theirs.keep("award", 0, checked_duty(LAST_DAY, "Archives Act"))
        return {} if closed_before else await closing(awards)

    closing = ours._closing
    monkeypatch.setattr(ours, "_closing", keep)
    with pytest.raises(PushBackError):
        await ours.erase(Target(award=0))
    assert (size(ledger), await kept(ledger, marked=True)) == (1, [])
    with pytest.raises(ConflictError, match="Archives Act"):
        await theirs.erase(Target(award=0))


async def test_the_duty_that_was_recorded_last_holds(ledger):
    """So one that was wrong is mended; the same again is recorded once."""
    await an_award(ledger)
    for until in ("2099-12-31", "2026-11-23", "2026-11-23"):
        await erasures(ledger).keep("award", 0, checked_duty(until, "Archives Act"))
    assert await kept(ledger, marked=False) == [("award", 0), ("retention", 0), ("retention", 0)]
    assert (await erasures(ledger).erase(Target(award=0))).records == 3


async def test_what_is_being_erased_gets_no_duty(ledger):
    """Nor does what isn't there."""
    await an_award(ledger)
    await erasures(ledger).erase(Target(award=0))
    for leaf in (0, 7):
        with pytest.raises(NotFoundError):
            await erasures(ledger).keep("award", leaf, checked_duty(LAST_DAY, "Archives Act"))


@pytest.mark.parametrize(
    ("until", "basis"), [("31.12.2026", "Act"), ("2026-02-30", "Act"), (LAST_DAY, "  "), (LAST_DAY, "x" * 201)]
)
def test_a_duty_names_a_day_and_a_law(until, basis):
    """Anything else is refused before it is recorded."""
    with pytest.raises(InadmissibleError):
        checked_duty(until, basis)


async def test_a_decision_goes_with_all_on_its_credential(partners):
    """Those that it replaced or that replaced it; a decision on another paper stays, under the same file number."""
    bay, another = decisions(partners), PAPER | {"number": "2019/0043"}
    first = await bay.decide(a_decision(), [show(paper=PAPER)])
    await bay.replace(first.leaf, a_refusal())
    await bay.decide(a_decision(id="other"), [show(paper=another)])
    done = await erasures(partners, "bay").erase(Target(decision=first.leaf))
    assert (done.awards, len(done.decisions), done.closed_at) == ((), 2, ())
    assert len(await kept(partners, marked=False)) == 1
    with pytest.raises(NotFoundError):
        await bay.again(first.leaf)


async def test_another_log_s_records_are_told_and_stay(partners):
    """Each institution erases its own, though one node keeps both."""
    file, receipt = await _awarded(partners)
    shown = show(document=file, presented=receipt.render(), origins=[partners.logs["bay"].origin])
    await decisions(partners).decide(a_decision(), [shown])
    done = await erasures(partners).erase(Target(shown=show(document=file)))
    assert done.elsewhere == {partners.logs["bay"].origin: 1}
    assert [kind for kind, _ in await kept(partners, marked=False)] == ["case"]
    theirs = await erasures(partners, "bay").erase(Target(shown=shown))
    assert (len(theirs.decisions), theirs.elsewhere) == (1, {})


async def test_an_own_decision_on_an_own_award_goes_with_it(ledger):
    """Found by the file and by the award's tag."""
    file, _ = await an_award(ledger)
    own = Decisions(ledger.logs["northlake"], ledger.records("northlake"), ledger.database, ledger.clock)
    await own.decide(a_decision(), [show(document=file)])
    done = await erasures(ledger).erase(Target(award=0))
    assert (done.awards, done.decisions) == ((0,), (1,))


async def test_after_an_erasure_an_answer_says_unknown(partners):
    """Whoever shows the receipt is told that nothing is said of the award any more."""
    file, receipt = await _awarded(partners)
    await erasures(partners).erase(Target(award=1))
    shown = show(document=file, presented=receipt.render(), origins=[partners.logs["bay"].origin])
    answer = await told(partners, shown=(shown,))
    assert "says nothing on it any more" in str(answer)


async def _awarded(ledger) -> tuple[bytes, Receipt]:
    file = a_credential()
    return file, (await awards(ledger).issue(file)).receipt


async def test_what_isn_t_kept_can_t_be_erased(ledger):
    """An unknown leaf, a foreign file, a decision that nobody made."""
    for target in (Target(award=5), Target(decision=5), Target(decision="x"), Target(shown=show(document=b"{}"))):
        with pytest.raises(NotFoundError):
            await erasures(ledger).erase(target)


async def test_two_that_erase_at_once_close_once(ledger):
    """Two processes, as two services over one log: one status, one mark."""
    file, receipt = await an_award(ledger)
    target = Target(shown=show(document=file))
    done = await asyncio.gather(*(erasures(ledger).erase(target) for _ in range(3)), return_exceptions=True)
    assert all(not isinstance(one, BaseException) or isinstance(one, PushBackError) for one in done), done
    assert await said_of(ledger, receipt) == ["closed"]


async def test_a_log_that_has_ended_says_nothing_more_and_keeps_nothing(ledger):
    """The records go all the same, and the answer tells on which awards nothing could be said."""
    file, _ = await an_award(ledger)
    await close(ledger.logs["northlake"], "ledger.follows.example/nostra")
    done = await erasures(ledger).erase(Target(shown=show(document=file)))
    assert (done.closed_at, done.unstated, done.new) == ((), (0,), True)
    assert await kept(ledger, marked=True) == [("award", 0)]


async def test_what_belongs_together_is_the_same_from_any_end(ledger):
    """Whichever award of a credential one begins with."""
    await awards(ledger).issue(a_credential())
    await awards(ledger).issue(a_credential(grade={"en": "4"}))
    records = ledger.records("northlake")
    found = []
    for leaf in (0, 1):
        seed = await records.at("award", leaf)
        found.append([one.record_id for one in await belonging(records, ledger.logs["northlake"].origin, [seed])])
    assert found[0] == found[1]
    assert len(found[0]) == 2
