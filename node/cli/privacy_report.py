"""The report of a privacy check, in words for people: places and kinds of findings, never what is written there."""

from collections.abc import Sequence

from node.formats.personal_text import Sign
from node.log.privacy import Looked, Places
from protocol.encoding.wire import b64
from protocol.log.checkpoint import Checkpoint
from protocol.recognition.sealed_entry import SEALED_BYTES
from protocol.verify.report import Finding, Part, Report, Step, Verdict

MOST_SHOWN = 20


def log_report(before: Sequence[Step], checkpoint: Checkpoint, found: Looked, *, known: int) -> Report:
    """Return the report on a whole log.

    Args:
        before: Steps that were taken before, such as those on the checkpoint's signature.
        checkpoint: What the log says it holds.
        found: What the walk found.
        known: How many names and identifiers of persons were looked for.
    """
    findings = [
        ("entries", _entries(checkpoint, found)),
        ("shape", _shape(found)),
        ("noise", _noise(found)),
        ("apart", _apart(found)),
        ("signs", _signs(found)),
        ("texts", _texts(found)),
        ("persons", _persons(known)),
    ]
    steps = [*before, *(Step.of(at, name, one) for at, (name, one) in enumerate(findings, len(before) + 1))]
    good = all(step.result in ("yes", "warning") or step.name in ("persons", "consistent") for step in steps)
    verdict: Verdict = "verified" if good else "refused"
    return Report("privacy check", verdict, tuple(steps))


def draft_report(name: str, signs: Sequence[Sign]) -> Report:
    """Return the report on a document that is to be published."""
    parts = [Part("warning", f"{sign.where}: {sign.what}") for sign in signs[:MOST_SHOWN]]
    if signs:
        text = f"About a person, as it seems: {_counted(len(signs), 'place')}. Look at them before everybody can."
        finding = Finding("warning", text, parts=parts)
    else:
        finding = Finding("yes", f"Nothing in {name} looks as if it were about a person.")
    return Report("privacy check", "verified", (Step.of(1, "signs", finding),))


def _entries(checkpoint: Checkpoint, found: Looked) -> Finding:
    if found.entries != checkpoint.size or found.root != checkpoint.root:
        why = f"{found.entries:,} entries were read, of {checkpoint.size:,}; they give the root {b64(found.root)}"
        return Finding("no", "What was read are not the entries of the checkpoint.", why)
    return Finding("yes", f"All {found.entries:,} entries were read, and give the root hash.", b64(found.root))


def _shape(found: Looked) -> Finding:
    sealed = found.kinds["sealed"]
    clear = ", ".join(f"{count:,} {kind}" for kind, count in sorted(found.kinds.items()) if kind != "sealed") or "none"
    facts = {"kinds": dict(sorted(found.kinds.items()))}
    if found.strange.count:
        text = f"Not understood, so that what they hold can't be told: {found.strange.count:,} of the entries."
        return Finding("no", text, parts=_parts(found.strange, "no"))
    text = f"{sealed:,} entries are sealed, {SEALED_BYTES} bytes each and nothing beside; in clear: {clear}."
    return Finding("yes", text, "every entry is of a closed form", facts)


def _noise(found: Looked) -> Finding:
    if found.no_noise.count:
        text = f"Not like noise: {_counted(found.no_noise.count, 'sealed value')}."
        return Finding("no", text, "a keyed value never looks so", parts=_parts(found.no_noise, "no"))
    return Finding("yes", "Every sealed value looks like noise.", "that it is keyed can't be told without the keys")


def _apart(found: Looked) -> Finding:
    if found.repeated:
        text = f"In the log a second time: {_counted(found.repeated, 'sealed value')}. It ties entries together."
        return Finding("warning", text, "of two entries under one tag the lower counts")
    return Finding("yes", "No sealed value stands in the log twice.")


def _signs(found: Looked) -> Finding:
    if found.signs.count:
        text = f"In clear, and about a person as it seems: {_counted(found.signs.count, 'place')}."
        why = "an entry stays for good; texts beside the log can be taken down"
        return Finding("warning", text, why, parts=_parts(found.signs, "warning"))
    return Finding("yes", "Nothing in clear looks as if it were about a person.")


def _texts(found: Looked) -> Finding:
    facts = {"texts": found.texts, "missing": found.texts_missing}
    gone = f"; not there any more: {found.texts_missing:,}" if found.texts_missing else ""
    if found.texts_false:
        text = f"Not what the entries committed to: {_counted(found.texts_false, 'text')}."
        return Finding("warning", text, "looked at all the same", facts)
    return Finding("yes", f"Looked at beside the log: {_counted(found.texts, 'text')}{gone}.", facts=facts)


def _persons(known: int) -> Finding:
    if known:
        return Finding("yes", f"{known:,} names and identifiers of persons were looked for.", facts={"known": known})
    return Finding("not checked", "No persons' names were looked for.", "--names FILE, or an own log's private records")


def _parts(places: Places, result: str) -> list[Part]:
    shown = [Part("no" if result == "no" else "warning", f"entry {leaf}: {what}") for leaf, what in places.first]
    return shown[:MOST_SHOWN]


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
