"""`POST /v1/presentations`: what a learner shows of a receipt, with fresh proofs from the logs that this node reads.

The receipt travels in the body, on the internal listener only, to the node of an institution that its learner gives it
to. It is kept nowhere, and neither it nor a key or tag of it stands in an address or a log line.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from aiohttp import web

from node.errors import BadRequestError
from node.http.answers import json_answer, read_json
from node.http.parts import Parts
from node.http.routes import Route
from protocol.documents.receipt import Receipt
from protocol.encoding import canonical
from protocol.errors import MalformedError

MOST_INSTITUTIONS: Final = 100
"""Institutions whose decisions one presentation shows."""


class PresentationRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A receipt, what to show of it, and to whom: institutions by the origin of their log or by a domain of theirs."""

    receipt: dict[str, Any]
    show: tuple[Literal["award", "status", "decisions"], ...] = ("award", "status")
    to: Annotated[list[str], msgspec.Meta(max_length=MOST_INSTITUTIONS)] = []
    snapshot: bool = False


class PresentationShown(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The presentation, whose decisions it shows by the origins of their logs, and what the learner should know."""

    presentation: msgspec.Raw
    institutions: dict[str, str] = {}
    notes: tuple[str, ...] = ()


async def present(parts: Parts, request: web.Request) -> web.Response:
    """Make a presentation of a receipt."""
    asked = await read_json(request, PresentationRequest)
    try:
        receipt = Receipt.parse(canonical.encode(asked.receipt))
    except MalformedError as error:
        raise BadRequestError(f"the receipt can't be read: {error}") from None
    made = await parts.presenter.present(receipt, show=asked.show, to=asked.to, snapshot=asked.snapshot)
    shown = PresentationShown(
        presentation=msgspec.Raw(made.presentation.render()), institutions=dict(made.institutions), notes=made.notes
    )
    return json_answer(shown)


ROUTES = (
    Route(
        method="POST",
        path="/v1/presentations",
        handler=present,
        summary="Show chosen keys of a receipt, with fresh proofs",
        notes="`show` takes the award, its status (which shows the award too) and decisions; `to` names whose. With "
        "`snapshot` the statuses there are stand opened in the file instead of the key that finds later ones. `notes` "
        "tell of what nothing could be proved just now.",
        listener="internal",
        role=("issue", "decide"),
        request=PresentationRequest,
        response=PresentationShown,
        problems=("inadmissible", "not-ready"),
    ),
)
