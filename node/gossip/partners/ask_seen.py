"""Ask one partner what it last saw of a log of ours (`protocol.gossip.seen`, ``POST /gossip/seen``).

A partner may run another program, whose mirror knows no such address, or a proxy before it may pass on less: then the
checkpoint that its mirror serves is what it last saw. That its node says it knows nothing is an answer.
"""

from collections.abc import Sequence
from typing import Final

from node.client import Answer, HttpClient, LogClient
from node.client.problems import error_of
from node.clock import Clock
from node.config import PartnerSettings
from node.errors import BadAnswerError, NotFoundError
from node.gossip.partners.last_seen import mirror_url
from node.log.follow import Target, open_target
from node.log.log_key import keys_of_signer, sign_as_ever
from protocol.encoding.keys import Signer, VerifierKey
from protocol.errors import ProtocolError
from protocol.gossip.seen import MAX_ANSWER_BYTES, SeenAnswer, SeenRequest, sign_seen_request

NOTE: Final = {"Content-Type": "text/plain; charset=utf-8"}
OK: Final = 200
NOT_FOUND: Final = 404
NO_SUCH_ADDRESS: Final = (NOT_FOUND, 405)
PROBLEM: Final = "application/problem+json"


async def ask_seen(http: HttpClient, partner: PartnerSettings, signer: Signer, clock: Clock) -> Target | None:
    """Return the newest checkpoint of the signer's log that the partner has seen; None if it knows nothing of the log.

    Only a note that a key of the log signed is returned, now or before: a partner can't make one up.

    Raises:
        NodeError: It can't be reached, or its answer can't be used.
    """
    request = SeenRequest(signer.verifier.name, partner.mirror_keys[0].name, clock.now())
    url, body = f"{partner.node_url}/gossip/seen", sign_as_ever(sign_seen_request(request, signer), signer)
    answer = await http.request("POST", url, most=MAX_ANSWER_BYTES, body=body, headers=NOTE)
    if answer.status in NO_SUCH_ADDRESS:
        if _is_ours(answer):
            return None
        return await _mirrored(http, partner, keys_of_signer(signer))
    if answer.status != OK:
        raise error_of(answer)
    try:
        seen = SeenAnswer.parse(answer.body)
        if seen.origin != request.origin:
            raise BadAnswerError(f"{url}: the answer is about '{seen.origin[:60]}'")
        checkpoint = seen.newest(keys_of_signer(signer))
    except ProtocolError as error:
        raise BadAnswerError(f"{url}: {error}") from None
    return None if checkpoint is None or seen.note is None else Target(checkpoint, seen.note)


def _is_ours(answer: Answer) -> bool:
    """Whether a node of this program says that it follows no such log."""
    return answer.status == NOT_FOUND and answer.headers.get("Content-Type", "").startswith(PROBLEM)


async def _mirrored(http: HttpClient, partner: PartnerSettings, keys: Sequence[VerifierKey]) -> Target | None:
    """Return the checkpoint that a partner's mirror serves; None where it has none."""
    mirror = LogClient(http, mirror_url(partner.node_url, keys[0].name))
    try:
        return open_target(await mirror.checkpoint(), *keys)
    except NotFoundError:
        return None
