"""What a partner last saw of a log of ours is heard from its node, or from its mirror where that is all there is."""

import pytest

from node.client import HttpClient
from node.config.partner_sections import PartnerSettings
from node.errors import BadAnswerError, NodeError, UnreachableError
from node.gossip.partners.ask_seen import ask_seen
from node.gossip.partners.last_seen import mirror_url
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.gossip.seen import SeenAnswer
from tests.support.clock import FakeClock
from tests.support.memory_log import ORIGIN, SIGNER, History
from tests.support.weather import Asked, an_answer

HISTORY = History(b"entry %d" % at for at in range(20))
MIRROR = Signer("partner.example/mirror", b"\2" * 32, COSIGNATURE).verifier
LOG = Signer("partner.example/log", b"\3" * 32).verifier
URL = "https://partner.example"
PARTNER = PartnerSettings("partner", LOG.name, LOG, URL, mirror_keys=(MIRROR,))
OURS = "application/problem+json"


class APartner(HttpClient):
    """Answers each of the two addresses with a status, a body and a media type; or fails."""

    def __init__(self, seen, mirrored=(404, b"", "text/plain")):
        super().__init__()
        self.answers = {f"{URL}/gossip/seen": seen, f"{mirror_url(URL, ORIGIN)}/checkpoint": mirrored}

    async def request(self, method, url, *, most, body=None, headers=None):
        """Answer."""
        found = self.answers[url]
        if isinstance(found, Exception):
            raise found
        status, data, media_type = found
        return an_answer(Asked("", "", method, url), data, status=status, media_type=media_type)


async def seen_by(partner):
    """Return the size that a partner last saw; None if it knows nothing."""
    target = await ask_seen(partner, PARTNER, SIGNER, FakeClock())
    return None if target is None else target.checkpoint.size


TOLD = (200, SeenAnswer(ORIGIN, None, HISTORY.note(9)).render(), "application/json")
HELD = (200, HISTORY.note(12), "text/plain")
ELSEWHERE = [(404, b"404 page not found", "text/plain"), (405, b"", "text/html"), (405, b"{}", OURS)]


async def test_a_node_tells():
    """Its own word is enough: it tells of what its mirror holds, too."""
    assert await seen_by(APartner(TOLD, UnreachableError("not asked"))) == 9


async def test_a_node_that_follows_no_such_log_knows_nothing():
    """By its own word, a problem document."""
    assert await seen_by(APartner((404, b"{}", OURS), UnreachableError("not asked"))) is None


@pytest.mark.parametrize("answer", ELSEWHERE, ids=["404", "405", "a node's 405"])
async def test_where_there_is_no_such_address_the_mirror_tells(answer):
    """A mirror of another program may hold more than is here: its checkpoint is the answer, or that it has none."""
    assert await seen_by(APartner(answer, HELD)) == 12
    assert await seen_by(APartner(answer)) is None


@pytest.mark.parametrize(
    "mirrored",
    [
        UnreachableError("away"),
        (500, b"", "text/plain"),
        (200, b"noise", "text/plain"),
        (200, History(HISTORY.entries, signer=Signer(ORIGIN, b"\7" * 32)).note(), "text/plain"),
    ],
    ids=["away", "failing", "noise", "another key"],
)
async def test_a_mirror_that_tells_nothing_has_not_answered(mirrored):
    """Silence is not that it knows nothing."""
    with pytest.raises(NodeError):
        await seen_by(APartner(ELSEWHERE[0], mirrored))


async def test_what_is_no_answer_is_none():
    """Of another log, or of no form."""
    other = (200, SeenAnswer("other.example/log", None, None).render(), "application/json")
    for answer in (other, (200, b"noise", "application/json")):
        with pytest.raises(BadAnswerError):
            await seen_by(APartner(answer))
