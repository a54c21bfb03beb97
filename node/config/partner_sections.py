"""The settings of what a node has to do with its partners: who they are, and how they are followed, asked and told."""
# ruff: noqa: RUF009 - setting() is dataclasses.field(), with its reader and its sentence

import re
from dataclasses import dataclass

from node.config.readers import (
    COSIGNER_KEYS,
    FORMER_KEYS,
    ID,
    KEY_NAME,
    ORIGIN,
    VERIFIER_KEY,
    WEB_ADDRESS,
    YES_OR_NO,
    Number,
)
from node.config.setting import setting
from protocol.encoding.keys import VerifierKey
from protocol.log.ended_key import EndedKey

MEBIBYTE = 1024 * 1024
LARGEST_BUNDLE = 256 * (2 + 65535)
FURTHER_LOG = re.compile("/logs/[^/]+$")


@dataclass(frozen=True, slots=True)
class PartnerSettings:
    """A partner: an institution's node whose log this node follows."""

    name: str = setting(ID, "What the partner is called here.")
    origin: str = setting(ORIGIN, "The origin of its log.")
    verifier_key: VerifierKey = setting(VERIFIER_KEY, "The verifier key of its log, obtained from the partner itself.")
    url: str = setting(WEB_ADDRESS, "Where its log is served: the public address, for a further log with `/logs/NAME`.")
    mirror_keys: tuple[VerifierKey, ...] = setting(
        COSIGNER_KEYS,
        "The keys by which its mirror cosigns, as `nostra partner add` reads them under the log's key. With them it "
        "is asked to hold our log and to cosign it before a checkpoint leaves this node; without them it is followed.",
        default=(),
    )
    witness_keys: tuple[VerifierKey, ...] = setting(COSIGNER_KEYS, "The keys by which its witness cosigns.", default=())
    index_keys: tuple[VerifierKey, ...] = setting(
        COSIGNER_KEYS,
        "The keys by which its index cosigner cosigns. With them it is asked to compute our log's index anew and to "
        "cosign it: that something is not in the log is proved by a quorum of such lines alone.",
        default=(),
    )
    former_keys: tuple[EndedKey, ...] = setting(
        FORMER_KEYS,
        "Keys by which its log has signed before, each with the last checkpoint that counts under it: what such a key "
        "signs above is refused. Where `verifier_key` is among them, the log is closed and nothing more of it counts.",
        default=(),
    )
    roster: str | None = setting(
        ID,
        "The partner in whose log the roster stands that this block came from: `nostra partner sync` changes and "
        "retires such blocks alone.",
        default=None,
        otherwise="none: the block was written by hand or by `nostra partner add`",
    )

    @property
    def log_keys(self) -> tuple[VerifierKey, ...]:
        """All keys by which its log is known here: the one that signs now, unless it ended too, then those before."""
        ended = {key.public_key for key in self.former_keys}
        return (*(key for key in (self.verifier_key,) if key.public_key not in ended), *self.former_keys)

    @property
    def cosigner_keys(self) -> tuple[VerifierKey, ...]:
        """The keys of all its cosigners."""
        return (*self.mirror_keys, *self.witness_keys, *self.index_keys)

    @property
    def node_url(self) -> str:
        """Where its node is: gossip, witness and mirror are the node's, whichever of its logs is followed."""
        return FURTHER_LOG.sub("", self.url)


@dataclass(frozen=True, slots=True)
class MirrorSettings:
    """How partners' logs are followed."""

    interval_seconds: int = setting(
        Number(1, 86_400, "seconds"), "How often each partner is asked for its checkpoint.", default=60
    )
    timeout_seconds: int = setting(Number(1, 600, "seconds"), "How long one request to a partner may take.", default=30)
    max_response_bytes: int = setting(
        Number(LARGEST_BUNDLE, 1024 * MEBIBYTE, "bytes"),
        "The largest answer that is read; an entry bundle may have 16,777,472 bytes.",
        default=20 * MEBIBYTE,
    )


@dataclass(frozen=True, slots=True)
class CosigningSettings:
    """The cosigners of this node: its witness and its mirror, each with keys of its own."""

    name: str = setting(
        KEY_NAME,
        "What the cosigners' names begin with; `/witness` and `/mirror` are added.",
        default=None,
        otherwise="the origin of the first log",
    )
    ml_dsa: bool = setting(
        YES_OR_NO,
        "Whether to cosign by ML-DSA-44 beside Ed25519, where the installation can: what is cosigned today is to be "
        "believed also once Ed25519 is broken.",
        default=True,
    )


@dataclass(frozen=True, slots=True)
class ReleaseSettings:
    """How a checkpoint of ours gets from durable to witnessed."""

    wait_seconds: int = setting(
        Number(1, 300, "seconds"),
        "How long a submitter who waits for a witnessed checkpoint is kept waiting before it is told that its entry is "
        "durable.",
        default=10,
    )
    timeout_seconds: int = setting(
        Number(1, 300, "seconds"), "How long one request to a partner's mirror or a witness may take.", default=15
    )


@dataclass(frozen=True, slots=True)
class GossipSettings:
    """How partners tell each other what they have seen."""

    interval_seconds: int = setting(
        Number(1, 86_400, "seconds"),
        "How often what was seen of every log is exchanged with each partner, give or take a tenth; what is new is "
        "told at once besides.",
        default=60,
    )


@dataclass(frozen=True, slots=True)
class AlarmSettings:
    """Whom the node alarms, besides its own log and metrics."""

    webhook: str | None = setting(
        WEB_ADDRESS, "Where each alarm is sent, as JSON by POST.", default=None, secret=True, otherwise="nowhere"
    )
    heartbeat: str | None = setting(
        WEB_ADDRESS,
        "Where the node says by POST that it lives and watches: silence there must be taken for an alarm.",
        default=None,
        secret=True,
        otherwise="nowhere",
    )
    heartbeat_seconds: int = setting(Number(5, 86_400, "seconds"), "How often it says so.", default=60)
