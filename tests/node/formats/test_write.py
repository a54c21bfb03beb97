"""Documents that we write say all that the entry says, and are read back whole."""

import pytest

from node.formats.award_details import Learner
from node.formats.credential import read_credential
from node.formats.draft import achievement_draft
from node.formats.personal import personal_strings
from node.formats.write_elm import uploadable, write_elm
from node.formats.write_openbadge import write_openbadge
from protocol.recognition.achievement import Achievement
from protocol.recognition.arrange import from_plain
from tests.node.formats.documents import ACHIEVEMENTS, FULL, LEARNER, an_achievement, an_award, as_bytes

WRITERS = {"elm": write_elm, "open-badge": write_openbadge}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@pytest.mark.parametrize("plain", ACHIEVEMENTS.values(), ids=ACHIEVEMENTS)
def test_a_document_that_we_write_reads_back_as_its_entry(write, plain):
    """Writing an achievement into a document and drafting an entry from it gives the achievement again."""
    reading = read_credential(as_bytes(write(an_award(plain))))
    draft = achievement_draft(reading.main)
    assert draft.complete, draft.missing
    named = {"id": plain["id"]}
    assert from_plain(draft.entry | named, Achievement) == an_achievement(plain)


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_document_states_its_dates_grade_and_issuer(write):
    """What belongs to the award and not to the achievement is in the document too."""
    issuer = an_achievement(ACHIEVEMENTS["least"]).awarding_bodies[0]
    award = an_award(valid_until="2031-12-31", issuer=issuer, issuer_url="did:web:sealer.example")
    reading = read_credential(as_bytes(write(award)))
    assert reading.id == award.credential_id
    assert reading.valid_from == "2026-06-12T00:00:00Z"
    assert reading.valid_until == "2031-12-31T23:59:59Z"
    assert reading.main.award_date == "2026-06-12"
    assert reading.main.grading.grade == {"en": "very good"}
    assert "Hogeschool aan Zee" in reading.issuer.names.values()
    assert reading.main.awarding_bodies[0].names["en"] == "Northern Lake University"
    assert reading.names_learner


def test_a_document_sealed_for_another_body_claims_the_mandate():
    """The EDC profile asks for an evidence of the mandate where issuer and awarding body differ."""
    issuer = an_achievement(ACHIEVEMENTS["least"]).awarding_bodies[0]
    assert read_credential(as_bytes(write_elm(an_award(issuer=issuer)))).mandate is not None
    assert read_credential(as_bytes(write_elm(an_award()))).mandate is None


def test_the_upload_wrapper_is_read_like_the_document_inside():
    """The wrapper changes the envelope and nothing else."""
    document = write_elm(an_award())
    wrapped = read_credential(as_bytes(uploadable(document)))
    assert wrapped.envelope == "uploadable"
    assert wrapped.main == read_credential(as_bytes(document)).main


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_nothing_personal_enters_the_draft(write):
    """No personal string of the document is found in the draft, in whole or inside another text."""
    data = as_bytes(write(an_award()))
    personal = personal_strings(data)
    assert {LEARNER.full_name, LEARNER.email, an_award().credential_id} <= personal
    drafted = str(achievement_draft(read_credential(data).main).entry)
    assert not [item for item in personal if item in drafted]
    assert "very good" not in drafted


def test_the_birth_date_is_personal_in_both_spellings():
    """A date of birth is found whether it is written as an instant or as a date."""
    assert {"2001-07-09", "2001-07-09T00:00:00Z"} <= personal_strings(as_bytes(write_elm(an_award())))


def test_a_family_name_that_is_also_a_subject_takes_no_text_away():
    """One word of a name alone names nobody."""
    learner = Learner("Ada", "Water")
    document = write_elm(an_award(learner=learner))
    assert read_credential(as_bytes(document)).main.title["en"] == FULL["title"]["en"]


def test_a_title_made_for_one_person_is_not_taken_over():
    """A text that names the learner is left out of the reading, other languages stay."""
    document = write_elm(an_award())
    claim = document["credentialSubject"]["hasClaim"]
    claim["title"] = {"en": f"Urban water quality, awarded to {LEARNER.full_name}", "fi": FULL["title"]["fi"]}
    assert read_credential(as_bytes(document)).main.title == {"fi": FULL["title"]["fi"]}


ACUTE = "\u0301"
NAMED = {
    "composed-otherwise": ({"givenName": {"en": "Jose" + ACUTE}, "familyName": {"en": "Pen\u0303a"}}, "For JOSÉ PEÑA"),
    "in-another-order": ({"givenName": {"en": "Ada"}, "familyName": {"en": "Lovelace"}}, "Lovelace, Ada"),
    "full-name-only": ({"fullName": {"en": "Ada Lovelace"}}, "Awarded to Ada Lovelace"),
    "mail": ({"contactPoint": {"emailAddress": {"id": "mailto:ada@x.example"}}}, "Ask ada@x.example"),
    "number": ({"identifier": [{"type": "Identifier", "notation": "S-1234567"}]}, "Course of S-1234567"),
    "in-each-language": (
        {
            "givenName": {f"a{letter}": f"Ada{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"},
            "familyName": {f"a{letter}": f"Love{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"},
        },
        "For Adaz Lovez",
    ),
    "within-a-record": (
        {"verifiableCredential": [{"credentialSubject": {"name": "Ada Lovelace"}}]},
        "For Ada Lovelace",
    ),
}


@pytest.mark.parametrize(("person", "text"), NAMED.values(), ids=NAMED)
def test_a_learner_is_known_by_each_name_and_number(person, text):
    """However the name is written, and by a number or an address for mail alone."""
    document = write_elm(an_award())
    claim = document["credentialSubject"]["hasClaim"]
    claim["title"] = claim["specifiedBy"]["title"] = {"en": text, "fi": FULL["title"]["fi"]}
    claim["provenBy"][0]["specifiedBy"]["gradingScheme"]["title"] = {"en": text}
    document["credentialSubject"] = {"hasClaim": claim} | person
    achievement = read_credential(as_bytes(document)).main
    assert achievement.title == {"fi": FULL["title"]["fi"]}
    assert achievement.grading.scheme == {}
    assert achievement.grading.grade == {"en": "very good"}
    assert text not in str(achievement_draft(achievement))


KEPT = {
    "short-number": ({"identifier": [{"notation": "204"}]}, "Course 204"),
    "a-word-for-an-identifier": ({"identifier": [{"notation": "student"}]}, "For a student"),
    "family-name-alone": ({"givenName": {"en": "Ada"}, "familyName": {"en": "Law"}}, "Law"),
}


@pytest.mark.parametrize(("person", "text"), KEPT.values(), ids=KEPT)
def test_what_names_nobody_is_kept(person, text):
    """A text is not lost for a word that others use too."""
    document = write_elm(an_award())
    claim = document["credentialSubject"]["hasClaim"]
    claim["title"] = {"en": text}
    document["credentialSubject"] = {"hasClaim": claim} | person
    assert read_credential(as_bytes(document)).main.title == {"en": text}


def test_a_body_that_is_the_learner_is_left_out_and_one_called_after_somebody_is_kept():
    """Who awards a badge to themselves is no awarding body; Marie Curie's university is."""
    document = write_elm(an_award(learner=Learner("Marie", "Curie")))
    claim = document["credentialSubject"]["hasClaim"]
    university = claim["awardedBy"]["awardingBody"][0]
    named = [university | {"legalName": {"en": name}} for name in ("Marie Curie", "Marie Curie University")]
    claim["awardedBy"]["awardingBody"] = named
    bodies = read_credential(as_bytes(document)).main.awarding_bodies
    assert [body.names["en"] for body in bodies] == ["Marie Curie University"]
