"""Documents that nobody in this project wrote: every credential among them is read, every other file is refused."""

import json
from pathlib import Path

import pytest

from node.formats.credential import read_credential
from node.formats.detect import detect
from node.formats.draft import achievement_draft
from node.formats.errors import NotACredentialError
from node.formats.personal import personal_strings
from node.formats.seals import check_authenticity
from protocol.errors import MalformedError


@pytest.fixture(scope="session")
def samples(shared) -> Path:
    """Return the folder of foreign documents."""
    folder = shared / "samples"
    if not folder.is_dir():
        pytest.skip("no foreign samples in the shared folder")
    return folder


def files(folder: Path, pattern: str) -> list[Path]:
    """Return the files of a family, at least one."""
    found = sorted(path for path in folder.glob(pattern) if path.is_file())
    assert found, f"no sample matches {pattern}"
    return found


def is_json(path: Path) -> bool:
    """Return whether a file is JSON at all."""
    try:
        json.loads(path.read_bytes().decode("utf-8-sig"))
    except ValueError:
        return False
    return True


def test_every_sealed_european_credential_verifies(samples):
    """The signature is good under the certificate inside; whose it is stays unchecked; the certificate is described."""
    sealed = [path for path in files(samples, "elm/**/*.jsonld") if b'"signatures"' in path.read_bytes()]
    assert sealed
    for path in sealed:
        (found,) = check_authenticity(path.read_bytes()).seals
        assert (found.method, found.signature.result, path.name) == ("JAdES RS256", "good", path.name)
        assert found.trust.result == "not checked"
        assert found.certificate.organisation_id
        assert read_credential(path.read_bytes()).envelope == "jades"


def test_every_sealed_credential_altered_in_its_payload_is_bad(samples):
    """One letter of the payload, in any of many places, breaks the seal."""
    for path in files(samples, "elm/**/*signed.jsonld"):
        document = json.loads(path.read_bytes())
        if "signatures" not in document:
            continue
        payload = document["payload"]
        for place in range(0, len(payload), len(payload) // 7):
            letter = "x" if payload[place] != "x" else "y"
            altered = {**document, "payload": payload[:place] + letter + payload[place + 1 :]}
            try:
                report = check_authenticity(json.dumps(altered).encode())
            except (MalformedError, NotACredentialError):
                continue  # the altered payload is no credential any more
            assert report.result == "bad"


def test_every_european_learning_model_credential_is_read(samples):
    """Title, awarding body with country, and claim are found in each, sealed or not, wrapped or not."""
    paths = [
        *files(samples, "elm/Credentials/**/*.json*"),
        *files(samples, "elm/mynextid/**/examples/edc-*.json*"),
        *files(samples, "elm/rdf/samples/*.jsonld"),
    ]
    for path in paths:
        reading = read_credential(path.read_bytes())
        assert (reading.kind, path.name) == ("elm", path.name)
        assert reading.names_learner
        assert reading.issuer.names
        assert reading.main.title
        assert reading.main.awarding_bodies[0].country
        assert reading.valid_from


def test_the_official_micro_credential_gives_the_elements_of_annex_i(samples):
    """The European Commission's own example states all but code and quality assurance."""
    for path in files(samples, "elm/Credentials/**/Sample-MC-Annex1-*"):
        reading = read_credential(path.read_bytes())
        achievement = reading.main
        assert achievement.eqf_level == 6
        assert [(item.amount, item.system) for item in achievement.credits] == [("2", "ECTS")]
        assert achievement.hours == "60"
        assert [mode.word for mode in achievement.participation] == ["blended"]
        assert achievement.supervision == "unsupervised"
        assert achievement.isced_f == ("003", "0688")
        assert achievement.languages == ("en",)
        assert len(achievement.outcomes) == 2
        assert achievement.outcomes[1].title == {"en": "Developing digital content", "es": "Contento digital"}
        assert sum(len(item.esco) for item in achievement.outcomes) == 4
        assert [item.country for item in achievement.awarding_bodies] == ["IE"]
        missing = [item.element for item in achievement_draft(achievement).missing if item.mandatory]
        assert missing == ["code", "qualityAssurance"]


def test_the_notional_workload_is_never_the_hours_spent(samples):
    """An activity with `workload` only has no notional workload."""
    paths = [path for path in files(samples, "elm/mynextid/**/examples/edc-*") if b"workload" in path.read_bytes()]
    assert paths
    for path in paths:
        assert read_credential(path.read_bytes()).main.hours == ""


def test_a_seal_by_mandate_is_told_from_the_awarding_body(samples):
    """A platform that seals for others is the issuer; the body that awards stands beside it."""
    for path in files(samples, "elm/mynextid/**/examples/edc-*"):
        reading = read_credential(path.read_bytes())
        assert reading.mandate is not None
        assert reading.issuer.country == "EE"
        assert reading.main.awarding_bodies[0].country == "SI"


def test_the_learning_model_drafts_of_dc4eu_are_read(samples):
    """Concepts with a bare notation instead of an address are understood."""
    (path,) = files(samples, "elm/dc4eu/**/EUHEMC/*.json")
    achievement = read_credential(path.read_bytes()).main
    assert achievement.eqf_level == 5
    assert [(item.amount, item.system) for item in achievement.credits] == [("5", "ECTS")]
    assert achievement.isced_f == ("0410",)
    assert achievement.awarding_bodies[0].country == "ES"
    assert achievement.participation[0].text == {"und": "full-time"}


def test_open_badges_are_read_with_their_issuer(samples):
    """Every positive of the format's own test suite, and the micro-credential, are read."""
    paths = [
        path
        for path in files(samples, "openbadges3/*.json")
        if "err" not in path.name and b"OpenBadgeCredential" in path.read_bytes()
    ]
    for path in [*paths, *files(samples, "elm/mynextid/microcredential/v1/open-badge/examples/*.json")]:
        reading = read_credential(path.read_bytes())
        assert (reading.kind, path.name) == ("open-badge-3", path.name)
        assert reading.main.title
        assert reading.issuer.id


def test_negatives_of_the_badge_suite_are_refused_or_not_called_good(samples):
    """What is wrong in form is refused with a reason; what is wrong in proof is never good."""
    for path in files(samples, "openbadges3/*err*.json"):
        try:
            report = check_authenticity(path.read_bytes())
            read_credential(path.read_bytes())
        except (MalformedError, NotACredentialError):
            continue
        assert report.result != "good"
        assert all(seal.signature.why for seal in report.seals)


def test_baked_pictures_are_named_as_such(samples):
    """A badge baked into a picture is not read, and the message says what to bring."""
    for path in files(samples, "openbadges3/*.svg"):
        with pytest.raises(NotACredentialError, match="bring its JSON"):
            detect(path.read_bytes())


def test_tokens_are_good_only_by_their_own_embedded_key(samples):
    """A learner record with its key in the header is whole; a badge without a key is not checked."""
    (record,) = files(samples, "clr2/*.jwt")
    (found,) = check_authenticity(record.read_bytes()).seals
    assert (found.signature.result, found.key_source, found.trust.result) == (
        "good",
        "key embedded in the token",
        "not checked",
    )
    (badge,) = files(samples, "openbadges3/simple.jwt")
    assert check_authenticity(badge.read_bytes()).result == "not checked"
    assert read_credential(record.read_bytes()).kind == "clr-2"
    assert read_credential(badge.read_bytes()).envelope == "jwt"


def test_learner_records_give_each_of_their_achievements(samples):
    """The achievements of a record and those of the badges inside it are all read."""
    for path in files(samples, "clr2/*.json"):
        reading = read_credential(path.read_bytes())
        assert reading.kind == "clr-2"
        titles = [next(iter(item.title.values())) for item in reading.achievements]
        assert titles[-2:] == ["Achievement 1", "Achievement 2"]


def with_an_issuer(path: Path) -> bytes:
    """Return a credential of W3C's suite as its harness completes it: with an issuer, where the file names none."""
    document = json.loads(path.read_bytes())
    if "issuer" not in document:
        document["issuer"] = "did:example:issuer"
    elif isinstance(document["issuer"], dict):
        document["issuer"] = {"id": "did:example:issuer"} | document["issuer"]
    return json.dumps(document).encode()


def test_the_sound_credentials_of_the_data_model_suite_are_read_without_fault(samples):
    """Each credential that W3C's suite calls sound is read, and no fault is told."""
    for path in files(samples, "vcdm2/**/*-ok.json"):
        if path.name.startswith(("credential-", "issuer-")):
            reading = read_credential(with_an_issuer(path))
            assert (reading.kind, reading.faults, path.name) == ("w3c-vc-2", (), path.name)


def test_the_faulty_credentials_of_the_data_model_suite_are_refused_or_their_fault_told(samples):
    """Each credential that W3C's suite calls faulty is refused, or a fault stands in the reading."""
    for path in files(samples, "vcdm2/**/*-fail*.json"):
        if not path.name.startswith(("credential-", "issuer-")) or "no-issuer" in path.name:
            continue
        try:
            faults = read_credential(with_an_issuer(path)).faults
        except (MalformedError, NotACredentialError) as refusal:
            faults = (str(refusal),)
        assert faults, path.name


def test_a_presentation_is_read_only_where_it_holds_one_credential(samples):
    """Nobody has to guess which credential of several is meant."""
    for path in files(samples, "vcdm2/presentation-*-ok.json"):
        held = json.loads(path.read_bytes()).get("verifiableCredential", [])
        if isinstance(held, dict) or len(held) == 1:
            continue
        with pytest.raises(NotACredentialError, match="credentials: bring each"):
            detect(path.read_bytes())


def test_credentials_of_the_digital_credentials_consortium_are_read_and_unchecked(samples):
    """Their proofs need JSON-LD processing: read, and nowhere called good."""
    for path in files(samples, "dcc/verifiableCredentials/**/*.json"):
        reading = read_credential(path.read_bytes())
        report = check_authenticity(path.read_bytes())
        assert reading.issuer.id, path.name
        assert report.result == "not checked"
        assert all("JSON-LD" in seal.signature.why for seal in report.seals)
        assert len(report.seals) >= 1


def test_the_jcs_vector_of_w3c_verifies_and_breaks_when_altered(samples):
    """The published example of eddsa-jcs-2022 is good; with another claim or option it is bad."""
    (path,) = files(samples, "vc-di-eddsa/eddsa-jcs-2022/signedJCS.json")
    document = json.loads(path.read_bytes())
    assert check_authenticity(path.read_bytes()).result == "good"
    claim = {**document, "credentialSubject": {**document["credentialSubject"], "alumniOf": "Another School"}}
    option = {**document, "proof": {**document["proof"], "created": "2024-02-24T23:36:38Z"}}
    for altered in (claim, option):
        assert check_authenticity(json.dumps(altered).encode()).result == "bad"


def test_proofs_over_rdf_are_not_checked(samples):
    """Vectors of the other suites are not called good or bad."""
    for pattern in ("vc-di-eddsa/eddsa-rdfc-2022/**/signed*.json", "vc-di-eddsa/Ed25519Signature2020/signed*.json"):
        for path in files(samples, pattern):
            assert check_authenticity(path.read_bytes()).result == "not checked"


def test_files_of_other_kinds_are_refused_with_what_they_are(samples):
    """Transcripts in XML, schemas, forms and lists are no credentials."""
    for path in files(samples, "elmo/**/*.xml")[:12]:
        with pytest.raises(NotACredentialError, match=r"XML|ELMO"):
            detect(path.read_bytes())
    for path in files(samples, "elm/**/*schema*.json"):
        if is_json(path):
            with pytest.raises((NotACredentialError, MalformedError)):
                detect(path.read_bytes())


def test_no_personal_string_of_any_sample_enters_a_draft(samples):
    """Whatever a document says of its learner, the draft says none of it."""
    paths = [*files(samples, "elm/**/examples/**/*.json*"), *files(samples, "elm/Credentials/**/*.json*")]
    paths += [*files(samples, "openbadges3/*.json"), *files(samples, "dcc/verifiableCredentials/**/*.json")]
    for path in paths:
        try:
            reading = read_credential(path.read_bytes())
        except (MalformedError, NotACredentialError):
            continue
        personal = personal_strings(path.read_bytes())
        for achievement in reading.achievements:
            drafted = str(achievement_draft(achievement).entry)
            assert not [item for item in personal if item in drafted], path.name
