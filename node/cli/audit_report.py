"""The report of an audit: the steps of a checkpoint's verification, and then what was read, in words for people."""

from collections.abc import Iterator
from typing import Any, Final

from node.log.audit import Audited
from node.log.census import Census
from protocol.encoding.wire import b64
from protocol.verify.report import Finding, Report, Step, Verdict

KIND: Final = "log"
MOST_NAMED: Final = 10
NEEDED: Final = ("entries", "tiles", "root")
"""The steps without which no log is verified."""


def audit_report(signed: Report, audited: Audited) -> Report:
    """Return the report on a whole log; `signed` is the report on its checkpoint."""
    findings = [
        ("entries", _entries(audited)),
        ("tiles", _tiles(audited)),
        ("root", _root(audited)),
        ("consistent", _consistent(audited)),
        ("understood", _understood(audited.census)),
        ("tags", _tags(audited.census)),
        ("texts", _texts(audited)),
    ]
    steps = list(signed.steps)
    steps += [Step.of(number, name, finding) for number, (name, finding) in enumerate(findings, len(steps) + 1)]
    results = {name: finding.result for name, finding in findings}
    good = (
        signed.verdict == "verified" and all(results[name] == "yes" for name in NEEDED) and "no" not in results.values()
    )
    verdict: Verdict = "verified" if good else "refused"
    return Report(KIND, verdict, tuple(steps))


def _entries(audited: Audited) -> Finding:
    size = audited.target.checkpoint.size
    if audited.entries < size:
        why = audited.faults[-1] if audited.faults else ""
        return Finding("no", f"Only {audited.entries:,} of {size:,} entries could be read.", why)
    return Finding("yes", f"All {size:,} entries were read.", facts={"entries": size})


def _tiles(audited: Audited) -> Finding:
    if audited.faults:
        return Finding("no", "Entries and tiles do not agree with what was signed.", "; ".join(audited.faults))
    return Finding(
        "yes", f"All {audited.tiles:,} tiles hold the hashes of these entries.", facts={"tiles": audited.tiles}
    )


def _root(audited: Audited) -> Finding:
    signed = audited.target.checkpoint.root
    if audited.root is None:
        return Finding("not checked", "The root hash was not computed.", "not all entries were read")
    if audited.root != signed:
        return Finding("no", "The entries do not give the signed root hash.", f"they give {b64(audited.root)}")
    return Finding("yes", "The entries give the signed root hash.", b64(signed))


def _consistent(audited: Audited) -> Finding:
    if audited.since is None:
        return Finding("not checked", "No earlier checkpoint was given to compare with.", "--since FILE names one")
    earlier, size = audited.since.checkpoint, audited.target.checkpoint.size
    if earlier.size > size:
        return Finding("no", f"The log shows {size:,} entries and has signed {earlier.size:,} before.")
    if audited.since_root != earlier.root:
        return Finding(
            "no",
            f"The log has signed two histories: these entries are not those it signed at {earlier.size:,}.",
            "keep both checkpoints: together they are the evidence",
        )
    facts = {"since": earlier.size}
    return Finding("yes", f"It holds all that it held at {earlier.size:,} entries, unchanged.", facts=facts)


def _understood(census: Census) -> Finding:
    counted = ", ".join(f"{count:,} {kind}" for kind, count in sorted(census.kinds.items())) or "none"
    facts: dict[str, Any] = {"kinds": dict(sorted(census.kinds.items())), "not_understood": census.not_understood}
    if not census.not_understood:
        return Finding("yes", f"Entries by kind: {counted}.", facts=facts)
    text = f"Entries by kind: {counted}; {census.not_understood:,} are not understood here, and never relied on."
    return Finding("warning", text, "; ".join(_examples(census)), facts)


def _examples(census: Census) -> Iterator[str]:
    for one in census.examples:
        yield f"entry {one.leaf} ({one.kind or 'no kind'} {one.v}): {one.reason}"


def _tags(census: Census) -> Finding:
    if repeated := census.repeated_tags():
        return Finding(
            "warning", f"{repeated:,} sealed entries repeat the tag of an earlier one.", "the lowest leaf counts"
        )
    return Finding("yes", "No sealed entry repeats the tag of another.")


def _texts(audited: Audited) -> Finding:
    found = audited.texts
    if found is None:
        return Finding("not checked", "The texts beside the log were not read.", "not all entries were read")
    facts = {"verified": found.verified, "taken_down": found.taken_down, "missing": found.missing}
    if found.false:
        return Finding(
            "no", "Texts are served that the entries did not commit to.", ", ".join(found.false[:MOST_NAMED])
        )
    if found.missing or found.taken_down:
        gone = f"{found.taken_down:,} were taken down, {found.missing:,} are missing"
        text = f"{found.verified:,} texts are as committed; {gone}."
        return Finding("warning", text, "the entries stand without them", facts)
    return Finding("yes", f"All {found.verified:,} texts beside the log are as committed.", facts=facts)
