"""Submissions that can't go in because something stands already; the others of their batch go on.

A request key that was used gives the leaves it got then; used for other bytes, it is a conflict. A tag or a (kind, id,
version) that stands refuses its own submission and names the first leaf.
"""

from collections.abc import Sequence

from node.errors import ConflictError
from node.log.answers import Answers
from node.log.submission import Submission
from node.storage.database import Connection
from node.storage.growth import SubmissionRow
from node.storage.heads import Head
from node.storage.lookups import find_version, leaves_of_tags, submissions_of


def refuse_if_closed(head: Head) -> None:
    """Raise ConflictError if the log takes nothing more."""
    if head.successor:
        raise ConflictError(
            f"the log {head.origin} is closed at {head.size} entries",
            known_size=head.size,
            code="closed",
            mend=f"what would go there goes to {head.successor}",
        )


def fitting(batch: Sequence[Submission], head: Head) -> list[Submission]:
    """Refuse what can't go in behind this head, and return the rest: all is refused where the log is closed."""
    rest = []
    for submission in batch:
        try:
            refuse_if_closed(head)
        except ConflictError as error:
            submission.refuse(error)
            continue
        if submission.change is None or submission.change.at_size in (None, head.size):
            rest.append(submission)
        else:
            submission.refuse(ConflictError("the log has grown meanwhile", known_size=head.size))
    return rest


async def settle_standing(
    connection: Connection, log_id: int, batch: Sequence[Submission], answers: Answers
) -> list[Submission]:
    """Answer or refuse each submission of which something stands in the log, and return the rest.

    The caller has passed a barrier and published what stands behind it, and gives the answers then: each is a promise
    like any other.
    """
    keys = [submission.request_key for submission in batch if submission.request_key is not None]
    used = await submissions_of(connection, log_id, keys) if keys else {}
    tags = [tag for submission in batch for tag in submission.admitted.tags]
    standing = await leaves_of_tags(connection, log_id, tags) if tags else {}
    rest = []
    for submission in batch:
        if submission.request_key in used:
            _replay(submission, used[submission.request_key], answers)
        elif (conflict := _tag_conflict(submission, standing)) or (
            conflict := await _version_conflict(connection, log_id, submission)
        ):
            submission.refuse(conflict)
        else:
            rest.append(submission)
    return rest


def _replay(submission: Submission, row: SubmissionRow, answers: Answers) -> None:
    if row.digest != submission.digest:
        submission.refuse(
            ConflictError(
                "this request key was used for other bytes",
                row.first_leaf,
                code="request-key-reused",
                mend="send each new request under a key of its own",
            )
        )
        return
    answers.stands(submission, row.first_leaf, replayed=True)


def _tag_conflict(submission: Submission, standing: dict[bytes, list[int]]) -> ConflictError | None:
    for position, tag in zip(submission.admitted.sealed, submission.admitted.tags, strict=True):
        if tag in standing:
            leaf = standing[tag][0]
            where = f"entry {position} of the request" if len(submission) > 1 else "the entry"
            return ConflictError(f"the tag of {where} stands already at leaf {leaf}", leaf, code="duplicate-tag")
    return None


async def _version_conflict(connection: Connection, log_id: int, submission: Submission) -> ConflictError | None:
    for one in submission.admitted.clear:
        if one.id is None or one.version is None:
            continue
        found = await find_version(connection, log_id, one.kind, one.id, one.version)
        if found is not None:
            return ConflictError(
                f"{one.kind} '{one.id}' version {one.version} stands already at leaf {found.leaf}",
                found.leaf,
                mend="publish the change as the next version",
            )
    return None
