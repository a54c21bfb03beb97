"""Whose mirrors have to hold a checkpoint of ours before it leaves the node.

The trust policy is a C2SP tlog-policy: a file that the operator wrote, or one made from the partners whose mirror keys
are known, each an operator of its own: any key of a partner speaks for it, and so many partners are a quorum. For
release only keys of partners' mirrors count, since only a mirror says that it holds the entries; what other witnesses
of the policy add is for whoever reads. So it is with partners' index keys: each stands beside the mirror keys of its
partner, so that a reader judges an index note by the same quorum of operators as a checkpoint.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from node.config import PartnerSettings, PolicySettings
from node.errors import ConfigError
from protocol.encoding.keys import COSIGNATURE, ML_DSA_44, VerifierKey
from protocol.encoding.note import Note
from protocol.errors import MalformedError, ProtocolError
from protocol.gossip.overlap import overlapping
from protocol.gossip.policy import Policy
from protocol.gossip.policy_text import NO_QUORUM, Group, KnownLog, Witness
from protocol.log.checkpoint import Checkpoint
from protocol.log.ended_key import unended

_ALGORITHMS: Final = {COSIGNATURE: "ed25519", ML_DSA_44: "ml-dsa-44"}

OURS: Final = "own/mirror"
"""What our own mirror is called in a policy, where it counts."""


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """A trust policy, and which of its witnesses are mirrors of which partner."""

    policy: Policy
    operators: Mapping[str, frozenset[str]]
    """Names of the policy's witnesses that are mirrors, by the partner's name."""

    def suffice(self, partners: Collection[str]) -> bool:
        """Return whether these partners' mirrors together are a quorum."""
        return self.policy.is_quorum({name for partner in partners for name in self.operators.get(partner, ())})

    @property
    def is_overlapping(self) -> bool:
        """Whether any two quorums of partners' mirrors share a partner."""
        mirrors = {name for names in self.operators.values() for name in names}
        others = {witness.name for witness in self.policy.witnesses} - mirrors
        return overlapping(self.policy, without=others)

    def to_spare(self, partners: Collection[str]) -> int:
        """Return how many of these partners may fail before no quorum is left; -1 where there is none now.

        Worked out for the worst choice of who fails.
        """
        standing, spare = set(partners), -1
        while self.suffice(standing):
            spare += 1
            without = [standing - {one} for one in standing]
            if not without:
                break
            standing = min(without, key=lambda rest: (self.suffice(rest), sorted(rest)))
        return spare

    def quorum_time(self, note: bytes) -> int | None:
        """Return when the mirrors' cosignatures on a note of ours became a quorum; None if they are none.

        The note is one that we signed; lines that don't verify make it None as well.
        """
        mirrors = {name for names in self.operators.values() for name in names}
        known = {(one.key.name, one.key.key_id) for one in self.policy.witnesses if one.name in mirrors}
        try:
            parsed = Note.parse(note)
            counted = Note(parsed.text, tuple(line for line in parsed.signatures if (line.name, line.key_id) in known))
            return self.policy.check_witnessed(Checkpoint.parse(parsed.text), counted).time
        except ProtocolError:
            return None


def counting_ours(made: Policy, keys: Iterable[VerifierKey], *, index: Iterable[VerifierKey] = ()) -> Policy:
    """Return a policy made from partners in which our own mirror, with our index cosigner, is one operator more.

    Our log is released by partners alone. But of a partner's log ours is one of the mirrors that cosign: who trusts
    this node's partners is to believe what a quorum of them and us has cosigned.
    """
    named = _named(OURS, keys, "")
    if not named:
        return made
    named += _named(f"{OURS}/index", index, "")
    *groups, quorum = made.groups
    ours = Group(OURS, 1, tuple(one.name for one in named))
    asked = replace(quorum, members=(*quorum.members, OURS))
    return replace(made, witnesses=(*made.witnesses, *named), groups=(*groups, ours, asked))


def release_policy(
    settings: PolicySettings, partners: Sequence[PartnerSettings], own_keys: Iterable[VerifierKey]
) -> ReleasePolicy | None:
    """Return the policy by which this node releases; None where no partner's mirror is known, so that none is asked.

    Raises:
        ConfigError: The policy file can't be used, or the partners' mirrors can't fulfil it.
    """
    mirrors = [partner for partner in partners if partner.mirror_keys]
    if not mirrors:
        return None
    if settings.file is None:
        policy = _made(settings.quorum or len(mirrors) // 2 + 1, mirrors, partners, own_keys)
    else:
        policy = _read(settings.file)
    names = {witness.key: witness.name for witness in policy.witnesses}
    operators = {
        partner.name: frozenset(names[key] for key in partner.mirror_keys if key in names) for partner in mirrors
    }
    made = ReleasePolicy(policy, operators)
    if policy.quorum == NO_QUORUM or not made.suffice(operators):
        raise ConfigError(
            [
                f"[policy] file: its quorum '{policy.quorum}' is not one that the mirrors of the partners can make; "
                "name their mirror keys as witnesses, and a group of them as the quorum"
            ]
        )
    return made


def _made(
    quorum: int, mirrors: Sequence[PartnerSettings], partners: Sequence[PartnerSettings], own: Iterable[VerifierKey]
) -> Policy:
    witnesses: list[Witness] = []
    groups: list[Group] = []
    for partner in mirrors:
        named = _named(partner.name, partner.mirror_keys, f"{partner.node_url}/mirror")
        named += _named(f"{partner.name}/index", partner.index_keys, "")
        witnesses += named
        groups.append(Group(partner.name, 1, tuple(one.name for one in named)))
    members = tuple(partner.name for partner in mirrors)
    name = f"partners/{quorum}"
    logs = [KnownLog(key) for key in own] + [
        KnownLog(key, one.url) for one in partners for key in unended(one.log_keys)
    ]
    return Policy(tuple(logs), tuple(witnesses), (*groups, Group(name, quorum, members)), name)


def _named(operator: str, keys: Iterable[VerifierKey], url: str) -> list[Witness]:
    """Name an operator's keys; a '/' stands in no partner's name, so nothing made here takes one."""
    named: list[Witness] = []
    for key in keys:
        name = f"{operator}/{_ALGORITHMS[key.algorithm]}"
        before = sum(one.key.algorithm == key.algorithm for one in named)  # an old key beside its successor
        named.append(Witness(f"{name}-{before + 1}" if before else name, key, url))
    return named


def _read(file: Path) -> Policy:
    try:
        return Policy.parse(file.read_bytes())
    except (OSError, MalformedError) as error:
        raise ConfigError([f"[policy] file: {file}: {error}"]) from None
