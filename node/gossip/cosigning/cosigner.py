"""The cosigners of a node: witness, mirror and index cosigner, each with keys of its own for its one kind of claim.

================  ===========================================================================================
witness           of all checkpoints of this log that I have seen, this one extends every earlier one
mirror            besides, I hold its entries durably, and serve them
index             I computed the index of this log anew from its entries, and it is as the index note says
================  ===========================================================================================

A cosigner is named ``<[cosigning] name>/<claim>``. Under that name it has an Ed25519 key (type 04) and, where the
installation can and `[cosigning] ml_dsa` allows it, an ML-DSA-44 key (type 06), in the folder of keys::

    witness.key   witness-ml-dsa.key   mirror.key   mirror-ml-dsa.key   index.key   index-ml-dsa.key

in the form of `node.log.keys`. A key that isn't there is made: whoever knows the others learns of it by the note at
``/v1/cosigners`` (`protocol.gossip.cosigners`), which each own log signs.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.config import Config
from node.errors import FatalError
from node.log.keys import create_key, load_key
from node.telemetry import event, warn
from protocol.encoding import ml_dsa
from protocol.encoding.keys import COSIGNATURE, ML_DSA_44, Signer, VerifierKey
from protocol.encoding.note import NoteSignature
from protocol.gossip.cosignature import cosign
from protocol.recognition.words import CosignerClaim

CLAIMS: Final[tuple[CosignerClaim, ...]] = ("witness", "mirror", "index")

FILES: Final = {COSIGNATURE: "{claim}.key", ML_DSA_44: "{claim}-ml-dsa.key"}
"""Names of the key files by algorithm."""


@dataclass(frozen=True, slots=True)
class Cosigner:
    """One claim, and the keys that make it."""

    claim: CosignerClaim
    signers: tuple[Signer, ...]

    @property
    def keys(self) -> tuple[VerifierKey, ...]:
        """The keys by which others know this cosigner, in the order of its lines."""
        return tuple(signer.verifier for signer in self.signers)

    def cosign(self, text: str, time: int) -> tuple[NoteSignature, ...]:
        """Return a line of each key over a checkpoint's text; the caller has made sure that the claim is true.

        Args:
            text: The checkpoint's text.
            time: POSIX seconds.
        """
        return tuple(cosign(text, signer, time) for signer in self.signers)


def open_cosigner(config: Config, claim: CosignerClaim) -> Cosigner:
    """Return a cosigner, with the keys made that aren't there yet.

    Raises:
        FatalError: A key file can't be used, or is of another name.
    """
    name = f"{config.cosigning.name}/{claim}"
    return Cosigner(claim, tuple(_opened(path, name, algorithm) for path, algorithm in _files(config, claim)))


def known_keys(config: Config, claim: CosignerClaim) -> tuple[VerifierKey, ...]:
    """Return the keys of a cosigner, as far as this account may read their files; none is made."""
    paths = (config.node.keys / form.format(claim=claim) for form in FILES.values())
    return tuple(key for path in paths for key in _readable(path))


def _readable(path: Path) -> Iterator[VerifierKey]:
    with suppress(FatalError):
        yield load_key(path).verifier


def key_files(config: Config) -> list[Path]:
    """Return where the keys of all cosigners are, or would be."""
    return [config.node.keys / form.format(claim=claim) for claim in CLAIMS for form in FILES.values()]


def _files(config: Config, claim: CosignerClaim) -> Iterator[tuple[Path, int]]:
    for algorithm, form in FILES.items():
        path = config.node.keys / form.format(claim=claim)
        if algorithm == ML_DSA_44 and not config.cosigning.ml_dsa:
            continue
        if algorithm == ML_DSA_44 and not ml_dsa.available() and not path.exists():
            warn("no_ml_dsa", claim=claim, failure=ml_dsa.MISSING)
            continue  # a key that is there and can't be used is refused: partners expect its lines
        yield path, algorithm


def _opened(path: Path, name: str, algorithm: int) -> Signer:
    # If the process dies after this line, the key is there whole and has signed nothing.
    signer = load_key(path) if path.exists() else _made(path, name, algorithm)
    found = signer.verifier
    if (found.name, found.algorithm) != (name, algorithm):
        raise FatalError(
            f"{path} is a key of '{found.name}' of type {found.algorithm:02}, and type {algorithm:02} of '{name}' "
            "belongs there",
            mend="correct [cosigning] name, or put back the file that was there; partners know the cosigner by both",
        )
    return signer


def _made(path: Path, name: str, algorithm: int) -> Signer:
    try:
        signer = create_key(path, name, algorithm)
    except FatalError:
        if not path.exists():
            raise
        return load_key(path)  # another process has made it meanwhile
    event("cosigner_key_made", key=signer.verifier.name, algorithm=algorithm)
    return signer
