"""`POST /v1/receipts/…`: an award's receipt given again, under new secrets, or taken in to restore a lost secret.

Awards are named in the body, never in the address, as for a change of status. Receipts go to whoever has the role
`issue`, and are kept nowhere but for what an import restores.
"""

from typing import Any, Final

import msgspec
from aiohttp import web

from node.errors import BadRequestError
from node.http.answers import json_answer, read_json
from node.http.parts import Parts
from node.http.routes import Route, for_each_log, log_of
from node.http.statuses_api import AwardNamed
from node.recognition.proofs.receipts import Delivered
from protocol.documents.receipt import Receipt
from protocol.encoding import canonical
from protocol.errors import MalformedError


class DeliveredShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A receipt, where its award stands, whether it was entered now, and which award it superseded."""

    leaf: int
    new: bool
    receipt: msgspec.Raw
    superseded: int | None = None


class ImportRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A learner's receipt of an award of this log."""

    receipt: dict[str, Any]


class RestoredShown(msgspec.Struct, frozen=True):
    """The award whose secret is there again, what stands of it, and whether anything was written."""

    leaf: int
    standing: str
    new: bool


async def reissue(parts: Parts, request: web.Request) -> web.Response:
    """Give a receipt again."""
    asked = await read_json(request, AwardNamed)
    receipts = parts.services[log_of(parts, request).origin].receipts
    return _shown(await receipts.reissue(asked.name("the award")))


async def rekey(parts: Parts, request: web.Request) -> web.Response:
    """Award the same file under new secrets."""
    asked = await read_json(request, AwardNamed)
    receipts = parts.services[log_of(parts, request).origin].receipts
    return _shown(await receipts.rekey(asked.name("the award")))


async def take_in(parts: Parts, request: web.Request) -> web.Response:
    """Restore the secret of an award."""
    asked = await read_json(request, ImportRequest)
    try:
        receipt = Receipt.parse(canonical.encode(asked.receipt))
    except MalformedError as error:
        raise BadRequestError(f"the receipt can't be read: {error}") from None
    done = await parts.services[log_of(parts, request).origin].receipts.restore(receipt)
    return json_answer(RestoredShown(done.leaf, done.standing, done.new), 201 if done.new else 200)


def _shown(done: Delivered) -> web.Response:
    shown = DeliveredShown(
        leaf=done.receipt.log_proof.index,
        new=done.new,
        receipt=msgspec.Raw(done.receipt.render()),
        superseded=done.superseded,
    )
    return json_answer(shown, 201 if done.new else 200)


ROUTES: Final = for_each_log(
    Route(
        method="POST",
        path="/v1/receipts/reissue",
        handler=reissue,
        summary="Give an award's receipt again, with a new recognition secret",
        notes="The award is named as for a change of status. Nothing is entered and nothing kept. Decisions that were "
        "made under an earlier receipt are found with that one.",
        listener="internal",
        role="issue",
        request=AwardNamed,
        response=DeliveredShown,
        problems=("not-found", "push-back"),
    ),
    Route(
        method="POST",
        path="/v1/receipts/rekey",
        handler=rekey,
        summary="Award the same file under new secrets; the old award is superseded",
        notes="For a receipt that fell into wrong hands. Only an award in good standing is rekeyed. Asking again gives "
        "a receipt of the new award.",
        listener="internal",
        role="issue",
        request=AwardNamed,
        response=DeliveredShown,
        status=201,
        status_again=200,
        problems=("not-found", "conflict", "held", "push-back"),
    ),
    Route(
        method="POST",
        path="/v1/receipts/import",
        handler=take_in,
        summary="Take in a learner's receipt whose award's record was lost",
        notes="Then the node can change the award's standing again. An award that was erased is not taken in.",
        listener="internal",
        role="issue",
        request=ImportRequest,
        response=RestoredShown,
        status=201,
        status_again=200,
        problems=("not-found", "conflict", "push-back"),
    ),
)
