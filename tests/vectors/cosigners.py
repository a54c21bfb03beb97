"""Cases of what a node says of its cosigners: the note, the trusted keys of logs, and the cosigners, or the refusal."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding.keys import COSIGNATURE, Signer, VerifierKey
from protocol.encoding.note import sign_note
from protocol.gossip.cosigners import Cosigners, sign_cosigners
from tests.support.examples import LOG, ORIGIN, seed
from tests.support.ml_dsa import DeterministicSigner
from tests.vectors.note import damaged

OTHER = Signer("other.example/nostra", seed("other"))
KEYS = [LOG.verifier.render(), OTHER.verifier.render()]


def ed25519(role: str, label: str = "", name: str = "") -> VerifierKey:
    """Return a cosigner's key of type 04."""
    return Signer(name or f"{ORIGIN}/{role}", seed(f"{role}{label}"), COSIGNATURE).verifier


def ml_dsa(role: str) -> VerifierKey:
    """Return a cosigner's key of type 06."""
    return DeterministicSigner(f"{ORIGIN}/{role}", seed(f"{role}, ML-DSA")).verifier


WITNESS, MIRROR, INDEX = ed25519("witness"), ed25519("mirror"), ed25519("index-cosigner")
WITNESS_6, MIRROR_6 = ml_dsa("witness"), ml_dsa("mirror")
OLD, NEW = sorted((ed25519("mirror"), ed25519("mirror", "new")), key=lambda key: key.public_key)
NINE = sorted((ed25519("mirror", str(at)) for at in range(9)), key=lambda key: key.public_key)
LAST = VerifierKey("b.example", COSIGNATURE, b"\xff" * 32)
W, M = f"witness {WITNESS.render()}", f"mirror {MIRROR.render()}"
HEADER = "nostra/cosigners/v1"


def note(*lines: str, header: str = HEADER, origin: str = ORIGIN, signer: Signer = LOG) -> bytes:
    """Return any lines as a signed note."""
    return sign_note("\n".join([header, origin, *lines, ""]), signer).render()


READ = {
    "two-types": ("Witness and mirror with keys of two types each",
                  Cosigners(ORIGIN, (WITNESS, WITNESS_6), (MIRROR, MIRROR_6))),
    "ed25519": ("Keys of type 04 alone", Cosigners(ORIGIN, (WITNESS,), (MIRROR,))),
    "with-index": ("An index cosigner beside them", Cosigners(ORIGIN, (WITNESS,), (MIRROR,), (INDEX,))),
    "mirror-alone": ("A node that is no witness", Cosigners(ORIGIN, (), (MIRROR,))),
    "two-of-a-type": ("An old and a new key, while partners change over", Cosigners(ORIGIN, (WITNESS,), (OLD, NEW))),
    "eight": ("The most keys of one cosigner", Cosigners(ORIGIN, (), tuple(NINE[:8]))),
}  # fmt: skip
GOOD = sign_note(f"{HEADER}\n{ORIGIN}\n{W}\n{M}\n", LOG)
REFUSED = {
    "other-header": ("Another first line", note(W, M, header="nostra/cosigners/v2"), "MalformedError"),
    "no-keys": ("No key at all", note(), "MalformedError"),
    "no-origin": ("Nothing below the first line", sign_note(f"{HEADER}\n", LOG).render(), "MalformedError"),
    "bad-origin": ("The second line is no origin", note(W, M, origin="Ledger.example.edu"), "MalformedError"),
    "mirror-first": ("The mirror stands above the witness", note(M, W), "MalformedError"),
    "types-out-of-order": ("Type 06 stands above type 04",
                           note(f"mirror {MIRROR_6.render()}", M), "MalformedError"),
    "keys-out-of-order": ("Keys of one type not in the order of their bytes",
                          note(f"mirror {NEW.render()}", f"mirror {OLD.render()}"), "MalformedError"),
    "key-twice": ("A line twice", note(M, M), "MalformedError"),
    "one-key-for-two-claims": ("Witness and mirror have one public key",
                               note(W, f"mirror {ed25519('witness', name=f'{ORIGIN}/mirror').render()}"),
                               "MalformedError"),
    "one-name-for-two": ("Witness and mirror have one name",
                         note(W, f"mirror {ed25519('mirror', name=WITNESS.name).render()}"), "MalformedError"),
    "two-names-for-one": ("A cosigner's keys have two names",
                          note(M, f"mirror {LAST.render()}"), "MalformedError"),
    "named-as-the-log": ("A cosigner has the log's name",
                         note(f"mirror {ed25519('mirror', name=ORIGIN).render()}"), "MalformedError"),
    "log-key": ("A cosigner has the log's public key",
                note(f"mirror {Signer(f'{ORIGIN}/mirror', seed('log'), COSIGNATURE).verifier.render()}"),
                "MalformedError"),
    "log-type": ("A key of type 01", note(f"mirror {OTHER.verifier.render()}"), "MalformedError"),
    "unknown-cosigner": ("A line of another kind", note(W, f"monitor {MIRROR.render()}"), "MalformedError"),
    "no-verifier-key": ("A line without a key", note(W, "mirror"), "MalformedError"),
    "wrong-key-id": ("A key ID is another's", note(W.replace(WITNESS.key_id.hex(), "00000000")), "MalformedError"),
    "two-blanks": ("Two blanks in a line", note(W.replace(" ", "  ")), "MalformedError"),
    "trailing-blank": ("A blank at a line's end", note(W + " "), "MalformedError"),
    "empty-line": ("An empty line between the keys", note(W, "", M), "MalformedError"),
    "nine": ("Nine keys of one cosigner", note(*(f"mirror {key.render()}" for key in NINE)), "MalformedError"),
    "too-long": ("More than 65,536 bytes", note(W, M, *["x" * 100] * 700), "MalformedError"),
    "not-a-note": ("No signature line", GOOD.text.encode(), "MalformedError"),
    "damaged": ("One bit of the signature is turned",
                GOOD.__class__(GOOD.text, (damaged(GOOD.signatures[0]),)).render(), "BadSignatureError"),
    "unknown-log": ("No trusted key of that origin", note(M, origin="stranger.example/nostra"), "NoTrustedKeyError"),
    "signed-by-another": ("Another trusted log signed it", note(W, M, signer=OTHER), "NoTrustedKeyError"),
}  # fmt: skip


def as_json(cosigners: Cosigners) -> dict[str, Any]:
    """Return cosigners as a JSON value."""
    return {
        "origin": cosigners.origin,
        **{role: [key.render() for key in getattr(cosigners, role)] for role in ("witness", "mirror", "index")},
    }


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the note in base64, `keys` the verifier keys of logs."""
    for name, (description, cosigners) in READ.items():
        yield f"cosigners/{name}", {
            "description": description, "gives": as_json(cosigners), "keys": KEYS,
            "input": base64.b64encode(sign_cosigners(cosigners, LOG)).decode(),
        }  # fmt: skip
    for name, (description, data, error) in REFUSED.items():
        yield f"cosigners/{name}", {
            "description": description, "error": error, "keys": KEYS, "input": base64.b64encode(data).decode(),
        }  # fmt: skip
