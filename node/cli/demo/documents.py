"""The credentials of the demonstration, of our own making, as learners get them from their universities.

A European Digital Credential under an electronic seal, and an Open Badge with a signature. Both say every element that
the Council Recommendation of 16 June 2022 asks for. The seal's certificate is self-signed: it shows that the file is
unchanged, and proves nothing about who sealed it (`node.formats.demo_seal`).
"""

import json
from datetime import date, timedelta
from secrets import token_bytes
from uuid import UUID

from node.cli.demo.cast import BRIAN, DUBLIN, TAMPERE, data_ethics, marine_robotics
from node.formats.award_details import AwardDetails, Learner
from node.formats.demo_seal import make_demo_seal
from node.formats.seal_jades import seal_jades
from node.formats.sign_proof import sign_proof
from node.formats.write_elm import write_elm
from node.formats.write_openbadge import write_openbadge
from protocol.encoding.keys import Signer
from protocol.recognition.achievement import Achievement
from protocol.recognition.entry import from_json


def european_digital_credential(today: str, learner: Learner) -> bytes:
    """Return a learner's micro-credential in Marine Robotics, sealed by Tampere University."""
    award = AwardDetails(_urn(), _achievement(marine_robotics()), learner, _before(today, 20), grade={"en": "5"})
    first, last = _before(today, 400), _before(today, -700)
    seal = make_demo_seal(TAMPERE.name, "NTRFI-2844561-8", country=TAMPERE.country, first=first, last=last)
    sealed = seal_jades(
        write_elm(award), seal.private_key, chain=seal.chain, signed_at=f"{_before(today, 19)}T09:00:00Z"
    )
    return _file(sealed)


def open_badge(today: str) -> bytes:
    """Return Brian's badge in Data Ethics, signed by Dublin City University."""
    award = AwardDetails(_urn(), _achievement(data_ethics()), BRIAN, _before(today, 12))
    signer = Signer(DUBLIN.schac, token_bytes(32))
    return _file(sign_proof(write_openbadge(award), signer, created=f"{_before(today, 12)}T09:00:00Z"))


def _achievement(plain: dict[str, object]) -> Achievement:
    entry = from_json(plain)
    if not isinstance(entry, Achievement):
        raise TypeError("the cast awards achievements")
    return entry


def _urn() -> str:
    return f"urn:uuid:{UUID(bytes=token_bytes(16), version=4)}"


def _before(today: str, days: int) -> str:
    return (date.fromisoformat(today) - timedelta(days=days)).isoformat()


def _file(document: dict[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=2).encode()
