"""Cases of time brackets: between which moments an entry was logged, or why that isn't shown."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from protocol.documents.time_bracket import Earlier, TimeBracket
from protocol.encoding import canonical
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.policy import Policy
from protocol.verify.report import instant
from tests.support.brackets import AFTER, BEFORE, ENTRIES, ENTRY, LEAF, OTHERS, a_bracket, a_note
from tests.support.examples import DECIDING_LOG, LOG, PARTNERS, POLICY, seed
from tests.vectors.note import damaged

USUAL = a_bracket()
ANY_OF_THREE = Policy.parse(POLICY.render().replace(b"group partners 2", b"group partners any"))
STRANGER = Signer("mirror.stranger.example", seed("stranger"), COSIGNATURE)
LATE = (1_790_000_090, 1_790_000_091)

SHOWN = {
    "usual": ("Two checkpoints, each cosigned by two partners", USUAL, POLICY),
    "around-the-leaf": ("The checkpoints just before and just after the entry", a_bracket(5, 6), POLICY),
    "from-the-empty-tree": ("The earlier checkpoint is of the empty tree", a_bracket(0, 9), POLICY),
    "only-later": ("No earlier checkpoint is known", a_bracket(None), POLICY),
    "earlier-not-witnessed": ("One partner cosigned the earlier", a_bracket(before=BEFORE[:1]), POLICY),
    "later-not-witnessed": ("One partner cosigned the later", a_bracket(after=AFTER[:1]), POLICY),
    "by-a-stranger": ("A cosigner that the policy doesn't know is one of two",
                      replace(USUAL, later=a_note(8, *AFTER, cosigners=[STRANGER, PARTNERS[0]])), POLICY),
    "clocks-differ": ("The earlier checkpoint bears the later time", a_bracket(before=LATE), POLICY),
    "below-a-majority": ("Any of three partners is a quorum", USUAL, ANY_OF_THREE),
    "nobody-asked": ("The policy asks for no cosignature", USUAL, Policy.of_keys([LOG.verifier])),
}  # fmt: skip
REFUSED = {
    "another-leaf": ("The entry stands elsewhere", USUAL, {"leaf": 4}, "BadProofError"),
    "leaf-beyond": ("The later checkpoint doesn't hold the leaf", USUAL, {"leaf": 8}, "BadProofError"),
    "another-entry": ("It is another entry that stands there", USUAL, {"entry": ENTRIES[4]}, "BadProofError"),
    "inclusion-one-short": ("A hash is missing", replace(USUAL, inclusion=USUAL.inclusion[1:]), {}, "BadProofError"),
    "earlier-holds-the-leaf": ("The earlier checkpoint is of size 6", a_bracket(6), {}, "BadProofError"),
    "consistency-missing": ("Nothing shows that the earlier tree is the beginning",
                            replace(USUAL, earlier=Earlier(a_note(4, *BEFORE), ())), {}, "BadProofError"),
    "another-history": ("The earlier checkpoint is of another history",
                        replace(USUAL, earlier=replace(USUAL.earlier, note=a_note(4, *BEFORE, entries=OTHERS))), {},
                        "BadProofError"),
    "another-log": ("The earlier checkpoint is of another log that is trusted",
                    replace(USUAL, earlier=replace(USUAL.earlier, note=a_note(4, *BEFORE, signer=DECIDING_LOG))), {},
                    "BadProofError"),
    "proof-from-the-empty-tree": ("The empty tree needs no proof",
                                  replace(USUAL, earlier=Earlier(a_note(0, *BEFORE), (bytes(32),))), {},
                                  "BadProofError"),
    "by-an-impostor": ("A key that isn't trusted signed the later checkpoint",
                       replace(USUAL, later=a_note(8, *AFTER, signer=Signer(LOG.verifier.name, seed("impostor")))), {},
                       "NoTrustedKeyError"),
    "damaged-cosignature": ("One bit of a known cosigner's line is turned",
                            replace(USUAL, later=Note((note := Note.parse(USUAL.later)).text, (
                                *note.signatures[:-1], damaged(note.signatures[-1]))).render()), {},
                            "BadSignatureError"),
}  # fmt: skip
VALUE = USUAL.plain()
MALFORMED = {
    "earlier-alone": ("Without its proof", {key: one for key, one in VALUE.items() if key != "consistency"}),
    "consistency-alone": ("Without its note", {key: one for key, one in VALUE.items() if key != "earlier"}),
    "without-later": ("No checkpoint that holds the entry", {key: one for key, one in VALUE.items() if key != "later"}),
    "another-member": ("A member too many", VALUE | {"leaf": LEAF}),
    "half-a-hash": ("Hashes have 32 bytes", VALUE | {"inclusion": base64.b64encode(bytes(48)).decode()}),
    "too-many-hashes": ("No proof has 64 hashes", VALUE | {"inclusion": base64.b64encode(bytes(64 * 32)).decode()}),
    "unpadded": ("Base64 without its padding", VALUE | {"consistency": VALUE["consistency"].rstrip("=")}),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case; `input` and `entry` are base64."""
    for name, (description, bracket, policy) in SHOWN.items():
        gives = shown(bracket, LEAF, ENTRY, policy)
        yield f"time_bracket/{name}", _case(description, bracket.render(), policy) | {"gives": gives}
    for name, (description, bracket, changes, error) in REFUSED.items():
        yield f"time_bracket/{name}", _case(description, bracket.render(), **changes) | {"error": error}
    for name, (description, value) in MALFORMED.items():
        yield f"time_bracket/{name}", _case(description, canonical.encode(value)) | {"error": "MalformedError"}
    spaced = USUAL.render().replace(b",", b", ", 1)
    yield "time_bracket/blank", _case("A blank between members", spaced) | {"error": "MalformedError"}


def shown(bracket: TimeBracket, leaf: int, entry: bytes, policy: Policy) -> dict[str, Any]:
    """Return what a bracket shows: the moments, as far as there are any, and whether quorums overlap."""
    found = bracket.verify(leaf, entry, policy)
    moments = {"after": found.logged.after, "by": found.logged.by}
    told = {name: instant(time) for name, time in moments.items() if time is not None}
    return told | {"overlapping": found.overlapping}


def _case(
    description: str, data: bytes, policy: Policy = POLICY, *, leaf: int = LEAF, entry: bytes = ENTRY
) -> dict[str, Any]:
    return {
        "description": description,
        "entry": base64.b64encode(entry).decode(),
        "input": base64.b64encode(data).decode(),
        "leaf": leaf,
        "policy": policy.render().decode(),
    }
