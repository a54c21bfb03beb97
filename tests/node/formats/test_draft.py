"""What a draft takes over from a reading, and what it leaves to a person."""

import pytest

from node.formats.credential import read_credential
from node.formats.draft import achievement_draft
from node.formats.reading import AchievementReading, QualityAssurance
from node.formats.write_elm import write_elm
from node.formats.write_openbadge import write_openbadge
from protocol.recognition.entry import from_json
from tests.node.formats.documents import FULL, LEAST, an_award, as_bytes
from tests.node.formats.test_read import badge


def without(plain, *members):
    """Return a written document of an achievement, and the same with members of its specification taken away."""
    document = write_elm(an_award(plain))
    specification = document["credentialSubject"]["hasClaim"]["specifiedBy"]
    for member in members:
        del specification[member]
    return read_credential(as_bytes(document)).main


MISSING = {
    "code": (("identifier",), "code", True),
    "outcomes": (("learningOutcome",), "learningOutcomes", True),
    "workload": (("creditPoint", "volumeOfLearning"), "workload", True),
    "participation": (("mode",), "participation", True),
    "quality": (("accreditation",), "qualityAssurance", True),
    "level": (("eqfLevel",), "eqfLevel", False),
    "languages": (("language",), "languages", False),
}


@pytest.mark.parametrize(("members", "element", "mandatory"), MISSING.values(), ids=MISSING)
def test_a_draft_tells_each_element_that_the_document_leaves_out(members, element, mandatory):
    """The institution completes what is missing, by the names of the Council Recommendation."""
    draft = achievement_draft(without(FULL, *members))
    assert (element, mandatory) in [(item.element, item.mandatory) for item in draft.missing]
    assert [item.element for item in draft.missing if item.mandatory] == ([element] if mandatory else [])
    assert element not in draft.entry
    assert draft.complete is not mandatory


def test_a_draft_of_a_badge_says_what_stands_there_instead():
    """A bare number of credits and a description are shown, and not taken over."""
    read = badge(
        name="Maps", creditsAvailable=5, description="You can draw maps.", participationType="onsite or blended"
    )
    hints = {item.element: item.hint for item in achievement_draft(read).missing}
    assert hints["workload"] == "the document says 5 credits and not of which system"
    assert hints["learningOutcomes"] == "the document describes it: You can draw maps."
    assert hints["participation"] == "the document says: onsite or blended"
    assert hints["awardingBodies"] == "no country is stated for Uni"


QUALITY = {
    "report-number": ({"deqar": "777"}, {"deqar": "777"}),
    "with-a-hash-sign": ({"deqar": "#777"}, {"deqar": "777"}),
    "with-zeros": ({"deqar": "0000777"}, {"deqar": "777"}),
    "institution": ({"deqar": "deqarinst42"}, {"deqar": "DEQARINST0042"}),
    "too-many-digits": ({"deqar": "1234567890"}, {}),
    "no-number": ({"deqar": "pending"}, {}),
    "dates": ({"valid_from": "2024-01-01", "valid_until": "2029-12-31"}, {"from": "2024-01-01", "until": "2029-12-31"}),
    "dates-the-wrong-way-round": ({"valid_from": "2029-12-31", "valid_until": "2024-01-01"}, {}),
}


@pytest.mark.parametrize(("stated", "members"), QUALITY.values(), ids=QUALITY)
def test_quality_assurance_is_drafted_without_what_no_entry_would_admit(stated, members):
    """A DEQAR id that is none, and a range that ends before it begins, are left out."""
    read = AchievementReading(quality=(QualityAssurance(kind="programme", **stated),))
    assert achievement_draft(read).entry["qualityAssurance"] == [{"kind": "programme"} | members]


SPELLINGS = {
    "blanks": ("Uni  of\u00a0Maps", "GEO  1\u00a0B", "Uni of Maps", "GEO 1 B"),
    "unseen": ("U\u00adni\u200b", "G\u200bEO\u200d1", "Uni", "GEO1"),
    "joiners-in-a-name": (
        "\u062f\u0627\u0646\u0634\u200c\u06af\u0627\u0647",
        "1",
        "\u062f\u0627\u0646\u0634\u200c\u06af\u0627\u0647",
        "1",
    ),
    "two-lines": ("Uni\nof Maps", "GEO\n1", "Uni of Maps", "GEO 1"),
    "too-long": ("Uni", "G" * 129, "Uni", None),
}


@pytest.mark.parametrize(("name", "code", "expected_name", "expected_code"), SPELLINGS.values(), ids=SPELLINGS)
def test_names_and_codes_are_drafted_in_their_one_spelling(name, code, expected_name, expected_code):
    """What finds an institution or achievement is spelt as entries spell it, however the document does."""
    document = write_elm(an_award(LEAST))
    claim = document["credentialSubject"]["hasClaim"]
    claim["awardedBy"]["awardingBody"][0]["legalName"] = {"en": name}
    claim["specifiedBy"]["identifier"]["notation"] = code
    drafted = achievement_draft(read_credential(as_bytes(document)).main)
    assert drafted.entry["awardingBodies"][0]["name"] == {"en": expected_name}
    assert drafted.entry.get("code") == expected_code
    if drafted.complete:
        assert from_json(drafted.entry)


def test_a_quality_assurance_of_no_list_is_left_to_a_person():
    """What the document says is shown."""
    read = AchievementReading(quality=(QualityAssurance(title={"en": "Peer review"}),))
    hints = {item.element: item.hint for item in achievement_draft(read).missing}
    assert hints["qualityAssurance"] == "the document says: Peer review"


def test_an_assessment_of_no_list_is_other_with_its_text():
    """Annex I asks for the type of assessment; the entry asks for words where the type is other."""
    read = read_credential(as_bytes(write_openbadge(an_award(LEAST)))).main
    assert achievement_draft(read).entry["assessment"] == LEAST["assessment"]
