"""The DID documents of own logs: the keys that the institution's entry lists, under the name that the origin gives."""

from protocol.encoding.did_web import did_web
from protocol.encoding.keys import Signer
from protocol.encoding.multibase import multikey
from tests.node.http.asking import post
from tests.support.examples import seed
from tests.support.statements import an_institution

KEYS = [multikey(Signer("any", seed(label)).verifier.public_key) for label in ("now", "past", "future")]
LISTED = [
    {"key": KEYS[0], "from": "2026-01-01"},
    {"key": KEYS[1], "from": "2020-01-01", "until": "2020-12-31"},
    {"key": KEYS[2], "from": "2999-01-01"},
]


async def test_the_document_lists_the_keys_of_today(running_node):
    """Neither keys that ended nor those that are to come; without an entry there are none."""
    address, did = "/nostra/did.json", did_web("uni.example.org/nostra")
    assert (await running_node.get(address)).json()["id"] == did
    assert "assertionMethod" not in (await running_node.get(address)).json()
    published = {name: member for name, member in an_institution(assertionKeys=LISTED).items() if name != "kind"}
    assert (await post(running_node, "/v1/institutions", published)).status == 201
    told = (await running_node.get(address)).json()
    assert told["assertionMethod"] == [f"{did}#{KEYS[0]}"]
    assert told["verificationMethod"] == [
        {"controller": did, "id": f"{did}#{KEYS[0]}", "publicKeyMultibase": KEYS[0], "type": "Multikey"}
    ]
    of_host = (await running_node.get("/.well-known/did.json")).json()
    assert (of_host["id"], of_host["alsoKnownAs"]) == ("did:web:uni.example.org", [did])
    assert of_host["assertionMethod"] == [f"did:web:uni.example.org#{KEYS[0]}"]


async def test_a_path_that_is_no_origins_has_no_document(running_node):
    """404, as for any address that there isn't."""
    assert (await running_node.get("/other/did.json")).status == 404
