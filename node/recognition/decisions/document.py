"""Build a decision's document from what a registrar writes and what was shown."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from node.errors import InadmissibleError
from node.recognition.shown import Shown
from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError
from protocol.recognition.decision import Decision, decision_from_json
from protocol.recognition.problems import InadmissibleError as BrokenRulesError
from protocol.recognition.sealed_entry import parse_sealed
from protocol.recognition.shape import plain


def decision_of(
    value: Mapping[str, Any], *, origin: str, today: str, credentials: Sequence[Mapping[str, Any]]
) -> Decision:
    """Return the document; filled in are origin, credentials, the day of the decision, and an id.

    The id is made from the file number and the rest, so that the same decision sent twice has the same one.

    Raises:
        InadmissibleError: It breaks the rules, with every problem.
    """
    named = sorted((dict(one) for one in credentials), key=canonical.encode)
    if "credentials" in value and not _same(value["credentials"], named):
        problem = ("credentials", "are not those that are shown: leave them out, they are filled in")
        raise InadmissibleError(f"this decision can't be entered: {': '.join(problem)}", [problem])
    filled: dict[str, Any] = {"origin": origin} | dict(value) | {"credentials": named}
    if isinstance(filled.get("dates"), dict):
        filled["dates"] = {"decision": today} | filled["dates"]
    if "id" not in filled:
        filled["id"] = _id(filled)
    try:
        decision = decision_from_json(filled)
    except BrokenRulesError as error:
        problems = [(one.where, one.what) for one in error.problems]
        raise InadmissibleError(f"this decision can't be entered: {error}", problems) from None
    if decision.origin != origin:
        problem = ("origin", f"is another log's, must be '{origin}'")
        raise InadmissibleError(f"this decision can't be entered: {': '.join(problem)}", [problem])
    return decision


def credential_of(shown: Shown) -> dict[str, Any]:
    """Return how a decision document names a credential."""
    if shown.paper is not None:
        return {"paper": plain(shown.paper)}
    named: dict[str, Any] = {"file": b64url(shown.file_hash or b"")}
    if shown.award is not None and (entry := parse_sealed(shown.award.entry)) is not None:
        named["award"] = {"origin": shown.award.origin, "tag": entry.tag}
    return named


def _same(given: Any, named: list[dict[str, Any]]) -> bool:
    """Whether a document names the very credentials that are shown, in any order."""
    try:
        return sorted(map(canonical.encode, given)) == list(map(canonical.encode, named))
    except (MalformedError, TypeError):
        return False


def _id(filled: dict[str, Any]) -> str:
    number = filled.get("fileNumber")
    plain_number = re.sub(r"[^a-z0-9._]+", "-", str(number).lower()).strip("-._")[:48]
    try:
        told = hashlib.sha256(canonical.encode(filled)).hexdigest()[:12]
    except MalformedError:
        told = "0"  # building tells what is wrong with it
    return f"{plain_number or 'decision'}-{told}".rstrip("-")
