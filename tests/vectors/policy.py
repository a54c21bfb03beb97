"""Cases of trust policies: files and what they say, and notes checked against them."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding.keys import COSIGNATURE, ML_DSA_44, Signer, VerifierKey
from protocol.encoding.note import Note, NoteSignature, sign_note
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.checkpoint import Checkpoint
from tests.support.examples import LOG, seed
from tests.support.ml_dsa import DeterministicSigner
from tests.vectors import checkpoint
from tests.vectors.cosignature_ml_dsa import line, message
from tests.vectors.note import damaged

X1, X2, X3, Y1, Y2 = (Signer(f"{name}.example", seed(name), COSIGNATURE) for name in ("x1", "x2", "x3", "y1", "y2"))
SELF = Signer("self.example", seed("log"), COSIGNATURE)
"""A cosigner that holds the log's own key."""

TWO_LEVELS = f"""log {LOG.verifier.render()} https://ledger.example.edu

# the X group needs two of three
witness x-1 {X1.verifier.render()}
witness x-2 {X2.verifier.render()} https://x2.example
witness x-3 {X3.verifier.render()}
group x 2 x-1 x-2 x-3

witness y-1 {Y1.verifier.render()}
witness y-2 {Y2.verifier.render()}
group y any y-1 y-2

group both all x y
quorum both
"""
A6, B6 = (DeterministicSigner(f"{name}.example", seed(f"{name}, ML-DSA")) for name in ("x1", "x2"))
TWO_OPERATORS = f"""log {LOG.verifier.render()}
witness a-ed25519 {X1.verifier.render()}
witness a-ml-dsa {A6.verifier.render()}
group a any a-ed25519 a-ml-dsa
witness b-ed25519 {X2.verifier.render()}
witness b-ml-dsa {B6.verifier.render()}
group b any b-ed25519 b-ml-dsa
group operators 2 a b
quorum operators
"""
LOG_LINE = f"log {LOG.verifier.render()}\n"
X1_LINE = f"witness x-1 {X1.verifier.render()}\n"
X2_LINE = f"witness x-2 {X2.verifier.render()}\n"
NONE = "quorum none\n"

READ = {
    "two-levels": ("Groups of groups", TWO_LEVELS.encode()),
    "none": ("The smallest policy: believes nobody, asks for nobody", NONE.encode()),
    "log-alone": ("A log, and no cosignature asked for", (LOG_LINE + NONE).encode()),
    "one-witness": ("The quorum is one witness", (LOG_LINE + X1_LINE + "quorum x-1\n").encode()),
    "blanks-and-tabs": ("Items stand between any blanks and tabs",
                        f"\t {LOG_LINE[:-1].replace(' ', chr(9) + ' ')} \t\n \t\n  # note\n quorum\tnone \n".encode()),
    "quorum-first": ("What follows the quorum line is part of the policy", (NONE + LOG_LINE + X1_LINE).encode()),
    "opaque-name": ("A name of any octets stands for itself alone",
                    b"witness \xff\xfe " + X1_LINE.split(" ", 2)[2].encode() + b"quorum \xff\xfe\n"),
    "two-types": ("Each operator cosigns with keys of two types", TWO_OPERATORS.encode()),
    "group-of-one": ("A group of one", (X1_LINE + "group g 1 x-1\nquorum g\n").encode()),
}  # fmt: skip
REFUSED = {
    "nothing": ("No line", "", "policy"),
    "no-quorum": ("The quorum line is missing", LOG_LINE, "policy"),
    "two-quorums": ("Two quorum lines", NONE + NONE, "line 2"),
    "unknown-quorum": ("The quorum is not defined", LOG_LINE + "quorum x\n", "line 2"),
    "quorum-defined-below": ("The quorum is defined below its line", "quorum x-1\n" + X1_LINE, "line 1"),
    "unknown-member": ("A member is not defined", X1_LINE + "group g all x-1 x-2\nquorum g\n", "line 2"),
    "member-defined-below": ("A member is defined below", "group g all x-1\n" + X1_LINE + "quorum g\n", "line 1"),
    "itself-as-member": ("A group holds itself", X1_LINE + "group g any x-1 g\nquorum g\n", "line 2"),
    "none-as-member": ("'none' is a member", X1_LINE + "group g any x-1 none\nquorum g\n", "line 2"),
    "none-as-name": ("'none' is defined", f"witness none {X1.verifier.render()}\n" + NONE, "line 1"),
    "member-twice": ("A member of two groups", X1_LINE + "group g any x-1\ngroup h any x-1\nquorum g\n", "line 3"),
    "member-twice-in-one": ("A member twice in a group", X1_LINE + "group g 2 x-1 x-1\nquorum g\n", "line 2"),
    "name-twice": ("A name is defined twice", X1_LINE + X2_LINE.replace("x-2", "x-1") + NONE, "line 2"),
    "group-named-as-witness": ("A group takes a witness's name", X1_LINE + "group x-1 any x-1\n" + NONE, "line 2"),
    "same-log-twice": ("Two logs of one public key", LOG_LINE + LOG_LINE + NONE, "line 2"),
    "same-witness-twice": ("Two witnesses of one public key",
                           X1_LINE + f"witness y {Signer('y.example', seed('x1'), COSIGNATURE).verifier.render()}\n"
                           + NONE, "line 2"),
    "threshold-zero": ("None of two", X1_LINE + X2_LINE + "group g 0 x-1 x-2\nquorum g\n", "line 3"),
    "threshold-too-large": ("Three of two", X1_LINE + X2_LINE + "group g 3 x-1 x-2\nquorum g\n", "line 3"),
    "threshold-leading-zero": ("02 of two", X1_LINE + X2_LINE + "group g 02 x-1 x-2\nquorum g\n", "line 3"),
    "threshold-word": ("'most' of two", X1_LINE + X2_LINE + "group g most x-1 x-2\nquorum g\n", "line 3"),
    "empty-group": ("A group without members", "group g any\n" + NONE, "line 1"),
    "cosigner-as-log": ("A log by a cosigner's key", f"log {X1.verifier.render()}\n" + NONE, "line 1"),
    "log-as-witness": ("A witness by a log's key", f"witness a {LOG.verifier.render()}\n" + NONE, "line 1"),
    "unknown-key-type": ("A key of type 07", "witness a a.example+00000000+BwAA\n" + NONE, "line 1"),
    "ml-dsa-key-short": ("A key of type 06 of two bytes", "witness a a.example+00000000+BgAA\n" + NONE, "line 1"),
    "ml-dsa-key-as-log": ("A log by a key of type 06", f"log {A6.verifier.render()}\n" + NONE, "line 1"),
    "ml-dsa-name-too-long": ("A key of type 06 whose name has 256 bytes",
                             f"witness a {VerifierKey('n' * 256, ML_DSA_44, A6.verifier.public_key).render()}\n" + NONE,
                             "line 1"),
    "same-ml-dsa-witness-twice": ("Two witnesses of one public key of type 06",
                                  f"witness a {A6.verifier.render()}\n"
                                  f"witness b {VerifierKey('b', ML_DSA_44, A6.verifier.public_key).render()}\n" + NONE,
                                  "line 2"),
    "wrong-key-id": ("A key whose ID is another's",
                     LOG_LINE.replace(LOG.verifier.key_id.hex(), "00000000") + NONE, "line 1"),
    "unknown-word": ("A line of another kind", "mirror a\n" + NONE, "line 1"),
    "upper-case-word": ("'Quorum'", "Quorum none\n", "line 1"),
    "too-many-items": ("Something follows the address", LOG_LINE[:-1] + " https://a.example b\n" + NONE, "line 1"),
    "two-names-in-quorum": ("A quorum of two names", X1_LINE + X2_LINE + "quorum x-1 x-2\n", "line 3"),
    "carriage-return": ("Lines end in CR LF", "quorum none\r\n", "line 1"),
    "control-character": ("A form feed", "# a\x0c\n" + NONE, "line 1"),
    "cut-short": ("The last newline is missing", LOG_LINE + NONE[:-1], "line 2"),
    "no-break-space": ("U+00A0 is no blank", "quorum\u00a0none\n", "line 1"),
}  # fmt: skip

TEXT = checkpoint.text()
SIGNED = sign_note(TEXT, LOG)


def cosigned(*by: tuple[Signer, int], signed: Note = SIGNED) -> bytes:
    """Return the note with cosignatures."""
    return signed.adding(cosign(signed.text, signer, time) for signer, time in by).render()


def unclaimed(signer: DeterministicSigner) -> NoteSignature:
    """Return a line of type 06 that signs the tree and does not say that it is the latest."""
    stated = Checkpoint.parse(TEXT)
    return line(message(signer.verifier.name, 0, end=stated.size, root=stated.root), 0, signer)


def self_witness() -> str:
    """Return a policy whose witness holds the log's key."""
    return LOG_LINE + X1_LINE + f"witness self {SELF.verifier.render()}\ngroup g 1 x-1 self\nquorum g\n"


FULFILLED = {
    "two-and-one": ("Two of X and one of Y", TWO_LEVELS, cosigned((X1, 5), (Y2, 7), (X3, 6)), 7),
    "all": ("All cosigned: the quorum time is when it was first reached", TWO_LEVELS,
            cosigned((X1, 50), (X2, 40), (X3, 30), (Y1, 20), (Y2, 10)), 40),
    "first-cosignature-counts": ("One cosigned twice: the earlier counts", LOG_LINE + X1_LINE + "quorum x-1\n",
                                 cosigned((X1, 900), (X1, 5)), 5),
    "none-asked-for": ("No cosignature is asked for", LOG_LINE + NONE, cosigned(), None),
    "either-type": ("One operator cosigned with Ed25519, the other with ML-DSA-44", TWO_OPERATORS,
                    cosigned((X1, 5), (B6, 7)), 7),
    "witness-beside-own-key": ("The log's own key does not count, the other witness does", self_witness(),
                               cosigned((SELF, 5), (X1, 9)), 9),
}  # fmt: skip
UNFULFILLED = {
    "two-of-x-only": ("Nobody of Y", TWO_LEVELS, cosigned((X1, 5), (X2, 6)), "NoQuorumError"),
    "one-of-x-only": ("One of X and all of Y", TWO_LEVELS, cosigned((X1, 5), (Y1, 6), (Y2, 7)), "NoQuorumError"),
    "one-of-x-twice": ("One of X, twice", TWO_LEVELS, cosigned((X1, 5), (X1, 6), (Y1, 6)), "NoQuorumError"),
    "nobody": ("Nobody cosigned", TWO_LEVELS, cosigned(), "NoQuorumError"),
    "unknown-cosigner": ("A stranger cosigned", LOG_LINE + X1_LINE + "quorum x-1\n", cosigned((X2, 5)),
                         "NoQuorumError"),
    "one-operator-with-both-types": ("One operator cosigned with both its keys, and is one operator", TWO_OPERATORS,
                                     cosigned((X1, 5), (A6, 6)), "NoQuorumError"),
    "ml-dsa-time-zero": ("A cosignature of type 06 with time 0 does not count", TWO_OPERATORS,
                         SIGNED.adding([cosign(TEXT, X1, 5), unclaimed(B6)]).render(), "NoQuorumError"),
    "own-key": ("The log cosigned itself", self_witness(), cosigned((SELF, 5)), "NoQuorumError"),
    "damaged-cosignature": ("The quorum is reached, yet a known witness's line does not verify", TWO_LEVELS,
                            SIGNED.adding([cosign(TEXT, X1, 5), cosign(TEXT, X2, 6), cosign(TEXT, Y1, 7),
                                           damaged(cosign(TEXT, Y2, 8))]).render(), "BadSignatureError"),
    "believes-nobody": ("The policy names no log", NONE, cosigned(), "NoTrustedKeyError"),
    "not-signed-by-the-log": ("Cosigned, and not signed by the log", TWO_LEVELS,
                              cosigned((X1, 5), (X2, 6), (Y1, 7),
                                       signed=Note(TEXT, (cosign(TEXT, X3, 5),))), "NoTrustedKeyError"),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the policy and `note` a checkpoint note, both in base64."""
    for name, (description, data) in READ.items():
        yield f"policy/{name}", {
            "description": description, "gives": as_json(Policy.parse(data)), "input": _b64(data),
        }  # fmt: skip
    for name, (description, text, where) in REFUSED.items():
        yield f"policy/{name}", {
            "description": description, "error": "MalformedError", "input": _b64(text.encode()), "where": where,
        }  # fmt: skip
    for name, (description, text, note, time) in FULFILLED.items():
        yield f"policy/check-{name}", {
            "description": description, "gives": {"quorum_time": time}, "input": _b64(text.encode()),
            "note": _b64(note),
        }  # fmt: skip
    for name, (description, text, note, error) in UNFULFILLED.items():
        yield f"policy/check-{name}", {
            "description": description, "error": error, "input": _b64(text.encode()), "note": _b64(note),
        }  # fmt: skip


def as_json(policy: Policy) -> dict[str, Any]:
    """Return a policy as a JSON value; names are base64 because they may be any octets."""
    return {
        "groups": [
            {"members": [_name(member) for member in group.members], "name": _name(group.name),
             "threshold": group.threshold}
            for group in policy.groups
        ],
        "logs": [_known(log.key, log.url) for log in policy.logs],
        "quorum": _name(policy.quorum),
        "witnesses": [
            {"name": _name(witness.name), **_known(witness.key, witness.url)} for witness in policy.witnesses
        ],
    }  # fmt: skip


def _known(key: VerifierKey, url: str) -> dict[str, str]:
    return {"key": key.render(), "url": url}


def _name(name: str) -> str:
    return _b64(name.encode("utf-8", "surrogateescape"))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
