"""What is published in clear, in the form in which `POST /v1/entries` takes it together with its texts."""

from typing import Any

from protocol.recognition.shape import plain
from protocol.recognition.texts import separate
from tests.vectors.recognition_examples import TEXTS_SALT, a_withdrawal


def withdrawal_with_texts(origin: str, number: int = 1) -> dict[str, Any]:
    """Return a withdrawal in the log of this origin, and the texts that it commits to."""
    value = a_withdrawal() | {"id": f"w-{number}", "reasons": {"en": "The course has ended."}}
    value["target"] = value["target"] | {"origin": origin}
    del value["texts"]
    entry, texts = separate(value, salt=TEXTS_SALT)
    assert texts is not None, "the reasons became no text"
    return {"entry": plain(entry), "texts": plain(texts)}
