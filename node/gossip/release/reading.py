"""How this node judges the cosignatures on partners' checkpoints: by whom its own are released, and itself.

The policy is the configured file, or the one made from the partners, in which our own mirror is one operator more. Of a
log its own operator never counts, whatever cosigner keys that runs: a log can't vouch for itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from node.config import Config, PartnerSettings
from node.errors import ConfigError
from node.gossip.cosigning.cosigner import known_keys
from node.gossip.release.policy import ReleasePolicy, counting_ours
from node.storage.quorum_times import MOST_SKEW_SECONDS
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note, NoteSignature
from protocol.errors import MalformedError, NoQuorumError
from protocol.gossip.cosignature import holds, read_time
from protocol.gossip.overlap import overlapping
from protocol.gossip.policy import Policy
from protocol.log.checkpoint import Checkpoint


@dataclass(frozen=True, slots=True)
class ReadingPolicy:
    """A trust policy, and which of its witnesses belong to the operator of which partner's log."""

    policy: Policy
    operators: Mapping[str, frozenset[VerifierKey]]
    """Cosigner keys of a log's own operator, by the log's origin."""

    def judge(self, origin: str, data: bytes, now: int) -> tuple[bytes, int | None]:
        """Return a partner's checkpoint with the lines that count, and the quorum time of its cosignatures.

        A line counts if it holds and our clock agrees with it. Where those are no quorum, the time is None, and the
        checkpoint is returned with every line that holds: it was cosigned, only not seen to be in time.

        Args:
            origin: The log's.
            data: A checkpoint note that the log has signed.
            now: POSIX seconds of our clock as the note comes; MOST_SKEW_SECONDS may lie between that and a line's time.
        """
        note, keys = Note.parse(data), self._cosigners(origin)
        own = [line for line in note.signatures if line.name == origin]
        held = [line for line in dict.fromkeys(note.signatures) if _holds(note.text, line, keys)]
        counted = Note(note.text, (*own, *(line for line in held if abs(read_time(line) - now) <= MOST_SKEW_SECONDS)))
        try:
            time = self.policy.check_witnessed(Checkpoint.parse(note.text), counted).time
        except NoQuorumError:
            time = None
        return (Note(note.text, (*own, *held)) if time is None else counted).render(), time

    def is_witnessed(self, origin: str, data: bytes) -> bool:
        """Return whether the lines that hold under a partner's checkpoint are a quorum, whenever they were made.

        Args:
            origin: The log's.
            data: A checkpoint note that the log has signed.
        """
        note, keys = Note.parse(data), self._cosigners(origin)
        held = [line for line in note.signatures if line.name == origin or _holds(note.text, line, keys)]
        try:
            self.policy.check_witnessed(Checkpoint.parse(note.text), Note(note.text, tuple(held)))
        except NoQuorumError:
            return False
        return True

    def is_overlapping(self, origin: str) -> bool:
        """Return whether any two quorums that can cosign a partner's log share a cosigner."""
        own = self.operators.get(origin, frozenset())
        return overlapping(self.policy, without={one.name for one in self.policy.witnesses if one.key in own})

    def _cosigners(self, origin: str) -> dict[tuple[str, bytes], VerifierKey]:
        own = self.operators.get(origin, frozenset())
        return {(one.key.name, one.key.key_id): one.key for one in self.policy.witnesses if one.key not in own}


def reading_policy(config: Config, release: ReleasePolicy | None) -> ReadingPolicy | None:
    """Return the policy by which partners' checkpoints are judged; None where nobody is asked to cosign.

    Raises:
        ConfigError: The policy file can't be used.
    """
    if config.policy.file is not None:
        try:
            policy = Policy.parse(config.policy.file.read_bytes())
        except (OSError, MalformedError) as error:
            raise ConfigError([f"[policy] file: {config.policy.file}: {error}"]) from None
    elif release is not None:
        policy = counting_ours(release.policy, known_keys(config, "mirror"), index=known_keys(config, "index"))
    else:
        return None
    return ReadingPolicy(policy, {one.origin: _keys_of_operator(one, config.partners) for one in config.partners})


def _keys_of_operator(partner: PartnerSettings, partners: Sequence[PartnerSettings]) -> frozenset[VerifierKey]:
    """Return the cosigner keys of the node that serves a partner's log, which may serve others."""
    same = [one for one in partners if one.node_url == partner.node_url]
    return frozenset(key for one in same for key in (*one.mirror_keys, *one.index_keys, *one.witness_keys))


def _holds(text: str, line: NoteSignature, keys: Mapping[tuple[str, bytes], VerifierKey]) -> bool:
    key = keys.get((line.name, line.key_id))
    return key is not None and holds(text, line, [key])
