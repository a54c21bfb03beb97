"""A step: submissions with their integration, which one commit makes durable."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from node.log.integrate import Integration, Sign, integrate
from node.log.state import Position
from node.log.submission import Submission
from node.storage.growth import Growth, SubmissionRow


@dataclass(frozen=True, slots=True)
class Step:
    """A batch with its integration: one commit."""

    batch: list[Submission]
    integration: Integration

    @property
    def changes_log(self) -> bool:
        """Whether it changes the log's key, or closes it: nothing is built upon that before it is known to be in."""
        return bool(self.batch) and self.batch[0].change is not None


def make_step(before: Position, batch: list[Submission], sign: Sign) -> Step:
    """Integrate submissions behind a position, in their order."""
    integration = integrate(before, [submission.admitted for submission in batch], sign)
    _add_rows(integration.growth, batch)
    return Step(batch, _changed(integration, batch))


def _changed(integration: Integration, batch: Sequence[Submission]) -> Integration:
    """Return the integration with what its one submission changes of the log itself: what follows is built upon it."""
    change = batch[0].change if batch else None
    if change is None:
        return integration
    head = integration.after.head
    head = replace(
        head, verifier_key=change.next_key or head.verifier_key, successor=change.successor or head.successor
    )
    return replace(integration, after=replace(integration.after, head=head))


def _add_rows(growth: Growth, batch: Sequence[Submission]) -> None:
    """Give the growth its rows of request keys, and what else goes into the same transaction."""
    first = growth.head.size
    for submission in batch:
        if submission.request_key is not None:
            growth.submissions.append(SubmissionRow(submission.request_key, submission.digest, first, len(submission)))
        growth.companions += [(companion, first) for companion in submission.companions]
        first += len(submission)
