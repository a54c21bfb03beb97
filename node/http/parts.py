"""What the handlers are given: the node's parts, each with its type, and not the node."""

from collections.abc import Mapping
from dataclasses import dataclass

from node.clock import Clock
from node.config import Config, LogSettings
from node.errors import NotFoundError
from node.gossip.cosigning.witness import Witness
from node.gossip.index.cosign import IndexCosigner
from node.gossip.mirror.mirrors import MirrorSet
from node.gossip.mirror.upload import MirrorUploads
from node.gossip.release.releaser import Releaser
from node.gossip.services import Gossip
from node.http.callers import Callers
from node.http.health import Health
from node.log.index.publish import IndexPublisher
from node.log.index.tree import IndexTree
from node.log.prove import LogReader
from node.log.sequence import Sequencer
from node.recognition.answers.query import Queries
from node.recognition.known_logs import KnownLogs
from node.recognition.proofs.present import Presenter
from node.recognition.proofs.verdicts import Verdicts
from node.recognition.records.vault import Vault
from node.recognition.services import Services
from node.storage.database import Database
from protocol.encoding.keys import Signer, VerifierKey


@dataclass(frozen=True, slots=True)
class OwnLog:
    """A log that this node holds the key for."""

    settings: LogSettings
    sequencer: Sequencer
    signer: Signer
    releaser: Releaser | None = None
    """Gets its checkpoints to partners' mirrors; None where none is asked."""

    @property
    def name(self) -> str:
        """What the log is called here."""
        return self.settings.name

    @property
    def verifier(self) -> VerifierKey:
        """The log's public key."""
        return self.signer.verifier

    @property
    def origin(self) -> str:
        """The log's name for good."""
        return self.settings.origin

    @property
    def reader(self) -> LogReader:
        """What reads the log: in mind first, then from the database."""
        return self.sequencer.reader


@dataclass(frozen=True, slots=True)
class Indexes:
    """The indexes of own logs, published, and of partners', computed anew."""

    trees: Mapping[str, IndexTree]
    """By the log's origin."""
    publishers: Mapping[str, IndexPublisher]
    """What publishes own ones, by the log's origin."""
    cosigner: IndexCosigner

    def of(self, origin: str) -> IndexTree:
        """Return the index of a log.

        Raises:
            NotFoundError: None of it is kept here.
        """
        if origin not in self.trees:
            raise NotFoundError(f"no index of {origin} is kept here")
        return self.trees[origin]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a handler can use."""

    config: Config
    """The settings; the limits of requests are in `config.http`."""
    clock: Clock
    database: Database
    logs: Mapping[str, OwnLog]
    """Own logs by name, in the configuration's order: the first is served at `/`."""
    callers: Callers
    health: Health
    mirrors: MirrorSet
    """The partners' logs as they are followed."""
    witness: Witness
    """Cosigns partners' checkpoints."""
    uploads: MirrorUploads
    """Takes in what partners push to our mirror of their logs."""
    indexes: Indexes
    """The indexes of all logs, and what cosigns partners'."""
    gossip: Gossip
    """What partners tell each other, what convicts, and what alarms."""
    cosigners: Mapping[str, bytes]
    """What each own log tells of this node's cosigners, by the log's name."""
    known_logs: KnownLogs
    """Gives every log that questions can be answered from, own ones first."""
    vault: Vault
    """Encrypts and decrypts private records."""
    services: Mapping[str, Services]
    """What each own log's institution can do, by the log's origin."""
    queries: Queries
    """Answers questions from all known logs."""
    verdicts: Verdicts
    """Answers them signed, with all that proves it."""
    presenter: Presenter
    """Makes presentations of receipts, with proofs from all known logs."""
    policy_text: str = ""
    """The trust policy that partners and the public may read, "" for none."""

    def log(self, name: str | None) -> OwnLog:
        """Return an own log by its name, the first one for None.

        Raises:
            NotFoundError: There is no log of this name.
        """
        if name is None:
            name = next(iter(self.logs), "")
        log = self.logs.get(name)
        if log is None:
            raise NotFoundError(f"this node holds no log named '{name}'")
        return log
