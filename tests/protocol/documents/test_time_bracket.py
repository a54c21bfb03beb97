"""Time brackets: two checkpoints around an entry, and nothing else, date it."""

from dataclasses import replace

import pytest

from protocol.documents.time_bracket import Earlier, TimeBracket
from protocol.encoding import canonical
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.errors import BadProofError, BadSignatureError, MalformedError, NoTrustedKeyError
from protocol.gossip.policy import Policy
from protocol.recognition.logged import Logged
from tests.support import brackets
from tests.support.brackets import ENTRIES, ENTRY, LEAF, OTHERS, a_note
from tests.support.examples import DECIDING_LOG, LOG, PARTNERS, POLICY, seed

STRANGER = Signer("mirror.stranger.example", seed("stranger"), COSIGNATURE)


def a_bracket(earlier=4, later=8, *, before=(90, 100), after=(200, 190)):
    """Return a bracket of LEAF by checkpoints of these sizes, cosigned at these times."""
    return brackets.a_bracket(earlier, later, before=before, after=after)


def between(bracket, leaf=LEAF, entry=ENTRY, policy=POLICY, **changes):
    """Return what a bracket proves."""
    return bracket.verify(leaf, entry, policy, **changes).logged


@pytest.mark.parametrize("earlier", range(6))
@pytest.mark.parametrize("later", range(6, 10))
def test_an_entry_was_logged_between_the_quorums(earlier, later):
    """The second of two partners makes the quorum; whatever the sizes around the leaf are."""
    assert between(a_bracket(earlier, later)) == Logged(100, 200)


def test_where_nothing_earlier_is_known_only_the_end_is():
    """A log that was followed from the middle on."""
    assert between(a_bracket(None)) == Logged(None, 200)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"before": (90,)}, Logged(None, 200)),
        ({"after": (200,)}, Logged(100, None)),
        ({"before": (), "after": ()}, Logged(None, None)),
        ({"before": (300, 310)}, Logged(310, 200)),
    ],
    ids=["the earlier", "the later", "neither", "clocks differ"],
)
def test_a_note_without_its_quorum_dates_nothing(changes, expected):
    """One partner is none; and what clocks say is told as they say it."""
    assert between(a_bracket(**changes)) == expected


def test_nobody_asked_to_cosign_dates_nothing():
    """Times that a policy doesn't ask for are nobody's word."""
    assert between(a_bracket(), policy=Policy.of_keys([LOG.verifier])) == Logged(None, None)


def test_cosignatures_of_strangers_date_nothing():
    """The quorum is the reader's."""
    late = replace(a_bracket(), later=a_note(8, 150, 160, cosigners=[STRANGER, PARTNERS[0]]))
    assert between(late) == Logged(100, None)


def test_a_quorum_below_a_majority_is_told():
    """Two of three overlap, one of three doesn't; nor does one of two, once the third is the log's own operator."""
    loose = Policy.parse(POLICY.render().replace(b"group partners 2", b"group partners any"))
    told = [a_bracket().verify(LEAF, ENTRY, policy).overlapping for policy in (POLICY, loose)]
    assert told == [True, False]
    one = replace(POLICY, quorum="partner-1")
    assert a_bracket().verify(LEAF, ENTRY, one, without=["partner-1"]).overlapping is True


@pytest.mark.parametrize(
    "wrong",
    [
        {"leaf": 4},
        {"leaf": 8},
        {"leaf": -1},
        {"entry": ENTRIES[4]},
        {"bracket": a_bracket(6)},
        {"bracket": a_bracket(4, 8), "leaf": 3},
        {"bracket": replace(a_bracket(), inclusion=a_bracket().inclusion[1:])},
        {"bracket": replace(a_bracket(), inclusion=(*a_bracket().inclusion, bytes(32)))},
        {"bracket": replace(a_bracket(), earlier=Earlier(a_note(4, 90, 100), ()))},
        {"bracket": replace(a_bracket(), earlier=Earlier(a_note(4, 90, 100, entries=OTHERS), ()))},
        {
            "bracket": replace(
                a_bracket(), earlier=replace(a_bracket().earlier, note=a_note(4, 90, 100, entries=OTHERS))
            )
        },
        {"bracket": replace(a_bracket(), earlier=Earlier(a_note(3, 90, 100, signer=DECIDING_LOG), ()))},
        {"bracket": replace(a_bracket(0), earlier=Earlier(a_note(0, 90, 100), (bytes(32),)))},
    ],
    ids=lambda case: None,
)
def test_what_does_not_fit_is_refused(wrong):
    """Another leaf, entry, size, history, log, or proof."""
    with pytest.raises(BadProofError):
        between(**({"bracket": a_bracket()} | wrong))


@pytest.mark.parametrize("which", ["earlier", "later"])
def test_both_notes_are_the_log_s(which):
    """Signed by a key that isn't trusted, or with a line that doesn't hold, a note counts for nothing."""

    def with_note(size, note):
        changed = Earlier(note, a_bracket().earlier.consistency) if which == "earlier" else note
        return replace(a_bracket(), **{which: changed})

    size = 4 if which == "earlier" else 8
    foreign = Signer(LOG.verifier.name, seed("foreign"))
    with pytest.raises(NoTrustedKeyError):
        between(with_note(size, a_note(size, 1, 2, signer=foreign)))
    forged = Note.parse(a_note(size, 90, 100))
    last = forged.signatures[-1]
    forged = Note(forged.text, (*forged.signatures[:-1], replace(last, value=last.value[:-1] + b"\0")))
    with pytest.raises(BadSignatureError):
        between(with_note(size, forged.render()))


@pytest.mark.parametrize("bracket", [a_bracket(), a_bracket(0), a_bracket(None)], ids=["both", "empty", "later"])
def test_it_is_written_in_one_way(bracket):
    """Read and written again it is the same bytes."""
    assert TimeBracket.parse(bracket.render()) == bracket
    assert TimeBracket.parse(bracket.render()).render() == bracket.render()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"consistency"', b'"consistencz"'),
        (b'"earlier"', b'"earliez"'),
        (b'"inclusion":"', b'"inclusion":"AAAA'),
        (b'{"consistency"', b'{ "consistency"'),
        (b"}", b',"more":1}'),
    ],
)
def test_another_form_is_refused(old, new):
    """A member more or less, a hash cut short, blanks."""
    data = a_bracket().render()
    with pytest.raises(MalformedError):
        TimeBracket.parse(data.replace(old, new, 1))


def test_half_an_earlier_checkpoint_is_refused():
    """Its note and its proof belong together."""
    value = a_bracket().plain()
    for name in ("consistency", "earlier"):
        with pytest.raises(MalformedError, match="belong together"):
            TimeBracket.parse(canonical.encode({key: one for key, one in value.items() if key != name}))


def test_too_many_hashes_are_refused():
    """No proof has more than 63."""
    with pytest.raises(MalformedError, match="at most 63"):
        TimeBracket.parse(replace(a_bracket(), inclusion=(bytes(32),) * 64).render())
