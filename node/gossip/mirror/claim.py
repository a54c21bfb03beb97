"""What our mirror claims of a partner's log: the checkpoint that it cosigned last (C2SP: the mirror checkpoint).

The claim is that the entries are durably held and served, and that each checkpoint extends the one cosigned before. The
row of `cosigned` keeps it, with our lines; it moves in the same commit as the last of the entries, and only once that
commit is known does a line leave this process. A row that was put ahead of what is held, as after a restore, is neither
shown nor cosigned upon before the entries have caught up with it.
"""

from collections.abc import Callable
from typing import Final

from node.clock import Clock
from node.gossip.cosigning.cosigner import Cosigner
from node.log.follow import Target
from node.storage.cosigned import Advance, Cosigned
from node.telemetry import COSIGNED
from protocol.encoding.note import Note, NoteSignature
from protocol.log.merkle import EMPTY_ROOT

YOUNG_SECONDS: Final = 10
"""So long the lines that are there are given again, before a checkpoint that is cosigned already is cosigned anew."""

IsConvicted = Callable[[str], bool]
"""Says of an origin whether it was shown to have two histories: then nothing of it is cosigned any more."""


class MirrorClaim:
    """The cosigned checkpoint of one log."""

    def __init__(self, origin: str, cosigner: Cosigner | None, *, clock: Clock, is_convicted: IsConvicted) -> None:
        """Claim nothing yet; without a cosigner, for good."""
        self._cosigner = cosigner
        self._clock = clock
        self._is_convicted = is_convicted
        self.row = Cosigned(origin, "mirror", 0, EMPTY_ROOT, None, None, suspended=False)
        """The row as it is known to be committed."""
        self._made: tuple[bytes, tuple[NoteSignature, ...]] = (b"", ())
        """The note that was made last, and our lines in it."""

    @property
    def has_keys(self) -> bool:
        """Whether there is anything to cosign with."""
        return self._cosigner is not None

    @property
    def is_convicted(self) -> bool:
        """Whether the log was shown to have signed two histories."""
        return self._is_convicted(self.row.origin)

    @property
    def refusal(self) -> str:
        """Why nothing is cosigned now; "" if nothing keeps us from it."""
        if self._cosigner is None:
            return "this node has no mirror's key"
        if self.is_convicted:
            return f"{self.row.origin} has signed two histories: nothing of it is cosigned"
        if self.row.suspended:
            return "this mirror was restored, and has not caught up yet with what it cosigned before"
        return ""

    def mark(self, target: Target) -> Advance | None:
        """Return how the row moves to a checkpoint, cosigned now; None where nothing is to be cosigned.

        The caller makes sure that the entries are held once the move is committed, and extend what was cosigned before.
        """
        checkpoint, row = target.checkpoint, self.row
        if self._cosigner is None or self.refusal or checkpoint.size < row.size:
            return None
        shown, now = Note.parse(target.note), self._clock.now()
        ours = self._cosigner.cosign(shown.text, now)
        signed = (line for line in shown.signatures if line.name == row.origin)
        note = Note(shown.text, (*signed, *ours)).render()
        self._made = (note, ours)
        state = (checkpoint.size, checkpoint.root, note, now)
        return Advance(row.origin, row.claim, row.size, row.root, *state)

    def moved(self, mark: Advance) -> tuple[NoteSignature, ...]:
        """Take over a move that is committed, and return our lines."""
        self.row = Cosigned(mark.origin, mark.claim, mark.size, mark.root, mark.note, mark.time, suspended=False)
        COSIGNED.labels(mark.origin, mark.claim).inc()
        return self.lines

    @property
    def lines(self) -> tuple[NoteSignature, ...]:
        """Our lines under the checkpoint that is cosigned."""
        if self.row.note is None or self._cosigner is None:
            return ()
        if self.row.note is self._made[0]:
            return self._made[1]
        ours = {(key.name, key.key_id) for key in self._cosigner.keys}
        return tuple(line for line in Note.parse(self.row.note).signatures if (line.name, line.key_id) in ours)

    def young_lines(self, target: Target) -> tuple[NoteSignature, ...]:
        """Return our lines, if it is this checkpoint that was cosigned, by all our keys, a moment ago; else none."""
        row, checkpoint = self.row, target.checkpoint
        if (row.size, row.root) != (checkpoint.size, checkpoint.root) or row.time is None or self._cosigner is None:
            return ()
        if row.note is None or not row.note.startswith(target.note.rpartition(b"\n\n")[0] + b"\n\n"):
            return ()  # the same tree, under another text
        lines = self.lines
        is_young = 0 <= self._clock.now() - row.time < YOUNG_SECONDS
        return lines if is_young and len(lines) == len(self._cosigner.signers) else ()
