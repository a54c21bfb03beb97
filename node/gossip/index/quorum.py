"""Whose index cosigners make an index note proved: the partners of the release policy, by their index keys.

One trust policy judges checkpoints and index notes: an operator speaks by its mirror there and by its index cosigner
here. So the same number of operators is asked for, and none counts twice.
"""

from collections.abc import Sequence
from dataclasses import replace

from node.config import PartnerSettings
from node.gossip.release.policy import ReleasePolicy
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note
from protocol.errors import ProtocolError
from protocol.gossip.policy_text import KnownLog
from protocol.log.index_note import index_key, parse_index


class IndexQuorum:
    """Which partners' lines suffice."""

    def __init__(self, policy: ReleasePolicy | None, partners: Sequence[PartnerSettings]) -> None:
        """Count these partners' index keys as far as the policy names them; None asks for nobody."""
        witnesses = () if policy is None else policy.policy.witnesses
        names = {witness.key: witness.name for witness in witnesses}
        self._operators = {
            partner.name: frozenset(names[key] for key in partner.index_keys if key in names) for partner in partners
        }
        self._policy = policy
        self.partners = tuple(partner for partner in partners if self._operators[partner.name])
        """Those that are asked."""

    @property
    def can_be(self) -> bool:
        """Whether all partners together would be a quorum; else what the log says of its index stands alone."""
        return self.suffices({partner.name for partner in self.partners})

    def suffices(self, partners: set[str]) -> bool:
        """Return whether the index cosigners of these partners are a quorum."""
        named = {name for partner in partners for name in self._operators.get(partner, ())}
        return self._policy is not None and self._policy.policy.is_quorum(named)

    def time(self, note: bytes, log_keys: Sequence[VerifierKey]) -> int | None:
        """Return when the cosignatures on an index note of a log became a quorum; None if they are none."""
        if self._policy is None:
            return None
        own = tuple(KnownLog(index_key(key)) for key in log_keys)
        try:
            opened = Note.parse(note)
            _, stated = parse_index(opened.text)
            return replace(self._policy.policy, logs=own).check_witnessed(stated, opened).time
        except ProtocolError:
            return None
