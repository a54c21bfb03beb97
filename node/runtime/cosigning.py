"""This node's cosigners: the witness with what it keeps, and the notes by which own logs tell of all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from node.clock import Clock
from node.config import Config
from node.gossip.cosigning.cosigner import CLAIMS, Cosigner, open_cosigner
from node.gossip.cosigning.witness import Suspect, Witness
from node.http.parts import OwnLog
from node.storage.cosigned_writer import CosignedWriter
from node.storage.database import Database
from protocol.gossip.cosigners import Cosigners, sign_cosigners


@dataclass(frozen=True, slots=True)
class Cosigning:
    """The witness, what writes its state (its `run` has to run beside), and what each own log tells, by its name."""

    witness: Witness
    writer: CosignedWriter
    notes: Mapping[str, bytes]


def open_cosigning(
    config: Config,
    database: Database,
    logs: Iterable[OwnLog],
    *,
    clock: Clock,
    is_convicted: Callable[[str], bool] = lambda origin: False,
    suspect: Suspect = lambda origin, note, known: None,
) -> Cosigning:
    """Open the cosigners for the partners' logs; keys that aren't there yet are made.

    Raises:
        FatalError: A key can't be used.
    """
    cosigner, mirror, index = (open_cosigner(config, claim) for claim in CLAIMS)
    writer = CosignedWriter(database)
    witness = Witness(
        cosigner,
        {partner.origin: partner.log_keys for partner in config.partners},
        database=database,
        writer=writer,
        clock=clock,
        is_convicted=is_convicted,
        suspect=suspect,
    )
    return Cosigning(witness, writer, {log.name: _note(log, cosigner, mirror, index) for log in logs})


def _note(log: OwnLog, witness: Cosigner, mirror: Cosigner, index: Cosigner) -> bytes:
    return sign_cosigners(Cosigners(log.origin, witness.keys, mirror.keys, index.keys), log.signer)
