"""Publishing in clear: what is filled in, what is the same, what conflicts, what is refused."""

import asyncio
import json

import pytest

from node.errors import ConflictError, InadmissibleError
from node.recognition.awards.awarding import Awarding
from node.recognition.publication.publish import Publisher
from node.storage.lookups import find_text
from protocol.encoding.wire import parse_b64url32
from protocol.recognition.entry import parse_entry
from protocol.recognition.texts import parse_texts, verify_texts
from tests.node.formats.documents import FULL, LEAST
from tests.support.ledger import Ledger
from tests.support.statements import (
    NORTHLAKE_ORIGIN,
    a_mandate,
    a_partial_rule,
    a_rule,
    an_institution,
)


def publisher(ledger: Ledger, name="northlake") -> Publisher:
    """Return what publishes in a log."""
    log = ledger.logs[name]
    return Publisher(log, Awarding(log, ledger.institutions()), ledger.database, ledger.clock)


def entry_of(published):
    """Return a published entry, read."""
    return json.loads(published.entry)


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(an_institution(), id="institution"),
        pytest.param(FULL | {"kind": "achievement"}, id="achievement"),
        pytest.param(a_rule(), id="rule"),
        pytest.param(a_partial_rule(), id="rule with texts"),
        pytest.param(a_mandate(), id="mandate"),
    ],
)
async def test_the_same_again_is_the_same_entry(ledger, value):
    """Each kind is published once, at the same leaf, whatever salt its texts would get."""
    first = await publisher(ledger).publish(value)
    again = await publisher(ledger).publish(value)
    assert (first.new, again.new, again.leaf, again.entry) == (True, False, first.leaf, first.entry)
    assert parse_entry(first.entry, strict=True).version == 1
    assert ledger.logs["northlake"].reader.published.size == 1


async def test_a_change_is_the_next_version_and_a_rule_supersedes_the_one_before(ledger):
    """Nobody counts versions by hand."""
    await publisher(ledger).publish(a_rule())
    changed = entry_of(await publisher(ledger).publish(a_rule(validUntil="2029-12-31")))
    assert changed["version"] == 2
    before = {"kind": "rule", "id": "northlake-water", "origin": NORTHLAKE_ORIGIN, "version": 1}
    assert changed["supersedes"] == [before]
    again = await publisher(ledger).publish(a_rule(validUntil="2029-12-31"))
    assert (again.new, again.leaf) == (False, 1)


async def test_a_version_that_stands_is_never_another(ledger):
    """An explicit version is a conflict, and names the leaf."""
    await publisher(ledger).publish(a_rule(version=1))
    with pytest.raises(ConflictError) as caught:
        await publisher(ledger).publish(a_rule(version=1, validUntil="2029-12-31"))
    assert caught.value.leaf == 0
    assert not (await publisher(ledger).publish(a_rule(version=1))).new


async def test_versions_published_at_once_follow_each_other(ledger):
    """Three changes at the same time: versions 1, 2 and 3, each superseding the one before."""
    rules = [a_rule(validUntil=f"{year}-12-31") for year in (2027, 2028, 2029)]
    published = await asyncio.gather(*(publisher(ledger).publish(rule) for rule in rules))
    entries = [entry_of(one) for one in sorted(published, key=lambda one: one.leaf)]
    assert [one["version"] for one in entries] == [1, 2, 3]
    assert [[of["version"] for of in one.get("supersedes", [])] for one in entries] == [[], [1], [2]]


async def test_texts_stand_beside_the_log_under_their_commitment(ledger):
    """The entry holds no word of them; what is served is what was committed to."""
    published = await publisher(ledger).publish(a_partial_rule())
    assert b"Groundwater" not in published.entry
    commitment = entry_of(published)["texts"]
    async with ledger.database.pool.acquire() as connection:
        document, taken_down = await find_text(connection, parse_b64url32(commitment))
    assert (document, taken_down) == (published.texts, False)
    texts = parse_texts(document)
    verify_texts(texts, commitment)
    assert texts.texts.grounds == {"g1": {"en": "Groundwater is not covered."}}


async def test_a_withdrawal_names_the_newest_version_of_what_ends(ledger):
    """From today, where no day is named; its reason stands beside the log."""
    await publisher(ledger).publish(a_rule())
    await publisher(ledger).publish(a_rule(validUntil="2029-12-31"))
    withdrawal = {"kind": "withdrawal", "target": {"id": "northlake-water"}, "reasons": {"en": "The course ended."}}
    published = await publisher(ledger).publish(withdrawal)
    entry = entry_of(published)
    assert entry["target"] == {"id": "northlake-water", "kind": "rule", "origin": NORTHLAKE_ORIGIN, "version": 2}
    assert (entry["from"], entry["id"]) == ("2026-11-24", "end-northlake-water-2")
    assert not (await publisher(ledger).publish(withdrawal)).new


OTHERS_RULE = {"kind": "rule", "origin": "ledger.bay.example/nostra", "id": "x", "version": 1}


@pytest.mark.parametrize(
    ("value", "where"),
    [
        pytest.param({"kind": "sealed"}, "kind", id="a kind that isn't published"),
        pytest.param({}, "kind", id="no kind"),
        pytest.param(a_rule(outcome="refused"), "outcome", id="a rule never refuses"),
        pytest.param(a_rule(outcome="partial"), "grounds", id="less than full without grounds"),
        pytest.param(
            {name: value for name, value in a_partial_rule().items() if name != "appeal"}, "appeal", id="no appeal"
        ),
        pytest.param(a_rule(supersedes=[{"id": "unheard-of", "version": 1}]), "supersedes[0]", id="supersedes nothing"),
        pytest.param(a_rule(supersedes=[OTHERS_RULE]), "supersedes[0].origin", id="supersedes another log's"),
        pytest.param(
            {"kind": "withdrawal", "target": {"id": "x", "version": 1}, "reasons": {"en": "?"}},
            "target",
            id="ends nothing",
        ),
        pytest.param(a_mandate(NORTHLAKE_ORIGIN), "log", id="a mandate to itself"),
        pytest.param(a_rule(colour="green"), "colour", id="an unknown member"),
        pytest.param(LEAST | {"kind": "achievement"}, "awardingBodies", id="another institution's achievement"),
    ],
)
async def test_what_breaks_the_rules_is_not_published(ledger, value, where):
    """The problem is told with its place, and nothing is entered."""
    with pytest.raises(InadmissibleError) as caught:
        await publisher(ledger).publish(value)
    assert where in [place for place, _ in caught.value.problems]
    assert ledger.logs["northlake"].reader.published.size == 0


async def test_a_log_has_one_institution(ledger):
    """A second id is refused; a new version of the first isn't."""
    await publisher(ledger).publish(an_institution())
    with pytest.raises(InadmissibleError, match="stays so"):
        await publisher(ledger).publish(an_institution(id="somebody-else"))
    renamed = await publisher(ledger).publish(an_institution("Northern Lakes University"))
    assert entry_of(renamed)["version"] == 2
