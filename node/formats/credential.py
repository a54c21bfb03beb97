"""Read a credential from the bytes of a file: the one door for documents in.

Example::

    reading = read_credential(data)
    reading.kind                       'elm'
    reading.main.title                 {'en': 'Water chemistry'}
    reading.main.awarding_bodies[0]    the university
    reading.issuer                     who sealed it, which may be another
"""

from node.formats import read_elm, read_openbadge, read_w3c
from node.formats.detect import kind_of, refuse_other_files
from node.formats.faults import form_faults
from node.formats.learner import learner_words, without_learner
from node.formats.personal import names_learner
from node.formats.reading import CLR, ELM, OPEN_BADGE, AchievementReading, Body, CredentialReading
from node.formats.strict_json import JsonObject
from node.formats.unwrap import unwrap
from node.formats.values import identity
from protocol.errors import MalformedError


def read_credential(data: bytes) -> CredentialReading:
    """Return what the credential in these bytes says. Nothing is verified: `check_authenticity` does that.

    Raises:
        NotACredentialError: The file is something else.
        MalformedError: It is broken, or lacks what every credential has: an issuer and a subject.
    """
    refuse_other_files(data)
    found = unwrap(data)
    return _read(found.envelope, found.credential)


def _read(envelope: str, credential: JsonObject) -> CredentialReading:
    _check_members(credential)
    kind = kind_of(credential)
    issued, valid_from, valid_until = read_w3c.read_validity(credential)
    claims = _claims(kind, credential) or read_w3c.read_claims(credential)
    learner = learner_words(credential)
    return CredentialReading(
        kind=kind,
        envelope=envelope,
        id=identity(credential),
        issuer=_issuer(kind, credential),
        achievements=tuple(without_learner(claim, learner) for claim in claims),
        mandate=read_elm.read_mandate(credential) if kind == ELM else None,
        issued=issued,
        valid_from=valid_from,
        valid_until=valid_until,
        status=read_w3c.read_status(credential),
        profiles=read_elm.read_profiles(credential) if kind == ELM else (),
        names_learner=names_learner(credential),
        faults=form_faults(credential),
    )


def _check_members(credential: JsonObject) -> None:
    if not identity(credential.get("issuer")) and not isinstance(credential.get("issuer"), dict):
        raise MalformedError("a credential names its issuer", "issuer")
    if not credential.get("credentialSubject"):
        raise MalformedError("a credential has a subject", "credentialSubject")


def _issuer(kind: str, credential: JsonObject) -> Body:
    return read_elm.read_issuer(credential) if kind == ELM else read_w3c.read_issuer(credential)


def _claims(kind: str, credential: JsonObject) -> tuple[AchievementReading, ...]:
    if kind == ELM:
        return read_elm.read_claims(credential)
    if kind in (OPEN_BADGE, CLR):
        return read_openbadge.read_claims(credential)
    return ()
