"""The kinds of evidence that nodes keep and spread: of two histories, and of a wrong index.

Two histories convict the log: whatever it says afterwards may be the other one. A wrong index convicts that index
alone: the log's entries are as signed as before, and whether a later index is right, everybody computes anew. So it is
kept, told to every partner and to people, and stops nothing but the cosigning of what is wrong.
"""

from typing import Final

from protocol.documents.evidence import SplitView
from protocol.documents.wrong_index import IndexEvidence

Evidence = SplitView | IndexEvidence

_OF_AN_INDEX: Final = b'"kind":"wrong-index"'
"""Within a string of JSON the quotation marks would be escaped."""

SHOWS: Final = {SplitView: "two histories of", IndexEvidence: "a wrong index of"}


def parse_evidence(document: bytes) -> Evidence:
    """Read evidence of either kind, without verifying it.

    Raises:
        MalformedError: It is neither.
    """
    return IndexEvidence.parse(document) if _OF_AN_INDEX in document else SplitView.parse(document)
