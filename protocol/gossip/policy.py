"""Trust policies (C2SP tlog-policy): which logs a relying party believes, and whose cosignatures it asks for.

::

    # an empty line, or one that begins with '#', says nothing
    log ledger.example.org/nostra+8c2f1f04+AR…     https://ledger.example.org
    witness partner-a mirror.a.example+530d903a+BB…
    witness partner-b mirror.b.example+1f0cc7aa+BE… https://mirror.b.example
    group partners any partner-a partner-b
    quorum partners

Items stand between blanks or tabs, and every line ends in a newline.

- ``log VKEY [URL]``: a log, by a key of type 01 whose name is the log's origin;
- ``witness NAME VKEY [URL]``: a cosigner, by a key of type 04 or 06;
- ``group NAME all|any|K MEMBER…``: has cosigned once that many of its members have;
- ``quorum NAME|none``, exactly one: who is to have cosigned.

NAME is opaque, defined once and used only below its line; each is a member at most once. Refused: control characters,
two logs or two witnesses of one public key, ``none`` as a defined name or a member, keys of other types, other lines.

A log can't vouch for itself: a witness that holds a key of the checkpoint's own log never counts for it, nor one that
is named after it, ``<origin>/…``, as the cosigners of a node are after its first log.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Self

from protocol.encoding import ml_dsa
from protocol.encoding.keys import ML_DSA_44, VerifierKey
from protocol.encoding.note import Note
from protocol.errors import NoQuorumError
from protocol.gossip import policy_text
from protocol.gossip.cosignature import Cosignature, verify
from protocol.gossip.policy_text import NO_QUORUM, Group, KnownLog, Witness
from protocol.log.checkpoint import Checkpoint, open_checkpoint
from protocol.log.ended_key import EndedKey
from protocol.log.index_note import SUFFIX, index_key


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that fulfils a policy."""

    checkpoint: Checkpoint
    cosigned: tuple[tuple[Witness, int], ...]
    """The witnesses that cosigned, each with the POSIX seconds of its first cosignature here; earliest first."""

    time: int | None
    """The quorum time: when the policy was first fulfilled. None where it asks for no cosignature."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The logs believed, the witnesses known, and the group of them that is to have cosigned.

    `parse` and `of_keys` make sound policies; whoever builds one otherwise keeps the rules above.
    """

    logs: tuple[KnownLog, ...] = ()
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NO_QUORUM

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a policy file.

        Raises:
            MalformedError: A line is not as above; the error's `where` names it.
        """
        return cls(*policy_text.parse(data))

    @classmethod
    def of_keys(cls, keys: Iterable[VerifierKey]) -> Self:
        """Return the policy that believes these log keys and asks for no cosignature."""
        return cls(tuple(KnownLog(key) for key in keys))

    def ending(self, ends: Iterable[EndedKey]) -> "Policy":
        """Return the policy with keys bounded that are known to have ended; what it doesn't list it still doesn't."""
        ended = {end.key(): end for end in ends}
        logs = tuple(KnownLog(ended.get(log.key, log.key), log.url) for log in self.logs)
        return replace(self, logs=logs)

    def for_index(self) -> "Policy":
        """Return the policy by which `check_witnessed` judges opened index notes: the same quorum over both kinds.

        Index notes are opened by `protocol.log.index_note`, which knows the log root that an ended key is judged by.
        """
        return replace(self, logs=tuple(KnownLog(index_key(log.key), log.url) for log in self.logs))

    def render(self) -> bytes:
        """Return the policy as a file: logs, witnesses, groups and quorum, without comments."""
        lines = [*map(str, self.logs), *map(str, self.witnesses), *map(str, self.groups), f"quorum {self.quorum}", ""]
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    def check(self, data: bytes) -> Witnessed:
        """Return the checkpoint of a note that a log of this policy signed and its quorum cosigned.

        Raises:
            MalformedError: It is not a checkpoint note.
            NoTrustedKeyError: No log of this policy signed it for its own origin.
            BadSignatureError: A known log's or witness's line does not verify.
            NoQuorumError: Too few of the witnesses have cosigned.
        """
        checkpoint, note = self.open(data)
        return self.check_witnessed(checkpoint, note)

    def open(self, data: bytes) -> tuple[Checkpoint, Note]:
        """Return the checkpoint of a note that a log of this policy signed, whoever else did (errors as `check`)."""
        return open_checkpoint(data, [log.key for log in self.logs])

    def check_witnessed(self, checkpoint: Checkpoint, note: Note) -> Witnessed:
        """Check an opened note's cosignatures against the quorum (errors as `check`)."""
        counted = {witness.key: witness for witness in self.counting(checkpoint.origin)}
        first = _first_times(verify(note, counted))
        cosigned = tuple((counted[key], time) for key, time in sorted(first.items(), key=lambda item: item[1]))
        return Witnessed(checkpoint, cosigned, self._quorum_time(cosigned))

    def counting(self, origin: str) -> tuple[Witness, ...]:
        """Return the witnesses that count for the notes of a log: all but its own."""
        return tuple(witness for witness in self.witnesses if not self._is_own(witness, origin))

    def _is_own(self, witness: Witness, origin: str) -> bool:
        """Return whether a witness is the log's own; its index notes are as much its own as its checkpoints."""
        own = {log.key.public_key for log in self.logs if log.key.name == origin}
        named_after = f"{origin.removesuffix(SUFFIX)}/"
        return witness.key.public_key in own or witness.key.name.startswith(named_after)

    def _quorum_time(self, cosigned: tuple[tuple[Witness, int], ...]) -> int | None:
        if self.quorum == NO_QUORUM:
            return None
        names: set[str] = set()
        for witness, time in cosigned:
            names.add(witness.name)
            if self.is_quorum(names):
                return time
        found = ", ".join(sorted(names)) or "nobody"
        asked = f"the policy asks for the cosignatures of '{self.quorum}', and {found} cosigned"
        raise NoQuorumError(asked + self._unread())

    def _unread(self) -> str:
        """Say so where cosignatures may be there that this installation can't verify, and so didn't count."""
        if ml_dsa.available() or not any(witness.key.algorithm == ML_DSA_44 for witness in self.witnesses):
            return ""
        return f"; others may have, but {ml_dsa.MISSING}"

    def is_quorum(self, names: Collection[str]) -> bool:
        """Return whether the witnesses of these names have together what the policy asks for."""
        # Groups refer only to names above them, so one pass in their order settles all.
        done = set(names)
        for group in self.groups:
            if sum(member in done for member in group.members) >= group.threshold:
                done.add(group.name)
        return self.quorum in done


def _first_times(cosignatures: Iterable[Cosignature]) -> dict[VerifierKey, int]:
    first: dict[VerifierKey, int] = {}
    for key, time in cosignatures:
        first[key] = min(time, first.get(key, time))
    return first
