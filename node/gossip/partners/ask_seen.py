"""Ask one partner what it last saw of a log of ours (`protocol.gossip.seen`, ``POST /gossip/seen``)."""

from typing import Final

from node.client import HttpClient
from node.client.problems import error_of
from node.clock import Clock
from node.config import PartnerSettings
from node.errors import BadAnswerError
from node.log.follow import Target
from node.log.log_key import keys_of_signer, sign_as_ever
from protocol.encoding.keys import Signer
from protocol.errors import ProtocolError
from protocol.gossip.seen import MAX_ANSWER_BYTES, SeenAnswer, SeenRequest, sign_seen_request

NOTE: Final = {"Content-Type": "text/plain; charset=utf-8"}
OK: Final = 200
NOT_FOUND: Final = 404


async def ask_seen(http: HttpClient, partner: PartnerSettings, signer: Signer, clock: Clock) -> Target | None:
    """Return the newest checkpoint of the signer's log that the partner has seen; None if it knows nothing of the log.

    Only a note that a key of the log signed is returned, now or before: a partner can't make one up.

    Raises:
        NodeError: It can't be reached, or its answer can't be used.
    """
    request = SeenRequest(signer.verifier.name, partner.mirror_keys[0].name, clock.now())
    url, body = f"{partner.node_url}/gossip/seen", sign_as_ever(sign_seen_request(request, signer), signer)
    answer = await http.request("POST", url, most=MAX_ANSWER_BYTES, body=body, headers=NOTE)
    if answer.status == NOT_FOUND:
        return None
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
