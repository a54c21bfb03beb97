"""Entries as a partner's log may hold them: understood ones, and such as this program keeps and never relies on."""

from protocol.encoding.canonical import encode
from protocol.recognition.entry import render
from protocol.recognition.texts import separate
from tests.vectors.recognition_examples import TEXTS_SALT, a_rule, an_achievement, rule_texts

NOT_UNDERSTOOD = [
    b"",
    b"\xff\xfe not text",
    b'{"kind":"sealed"}',
    encode({"kind": "prophecy", "v": 1, "says": "of a later version"}),
    encode({"kind": "achievement", "v": 9}),
    b'{"v":1,"kind":"institution"}',
    encode(an_achievement() | {"surprise": "a member that version 1 does not have"}),
    encode(an_achievement()).replace(b":", b": ", 1),
]
"""Nothing, noise, a broken shape, kinds and versions to come, and what isn't canonical."""


def a_rule_with_texts() -> tuple[bytes, str, bytes]:
    """Return a rule's entry, the commitment in it, and the texts document behind that."""
    value = {name: part for name, part in a_rule().items() if name not in ("texts", "supersedes")}
    texts = rule_texts()
    value["grounds"] = [{**one, "text": texts["grounds"][one["id"]]} for one in value["grounds"]]
    value["conditions"] = [{**one, "text": texts["conditions"][one["id"]]} for one in value["conditions"]]
    entry, document = separate({**value, "reasons": texts["reasons"]}, salt=TEXTS_SALT)
    assert document is not None
    return render(entry), document.commitment, document.render()
