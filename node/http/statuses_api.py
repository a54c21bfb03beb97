"""`POST /v1/statuses`: revoke, suspend or reinstate awards, one or thousands, all or nothing.

Awards are named in the body, never in the address: by leaf, by the SHA-256 of the file, by the request key that they
were issued under, by the credential's own id, or by receipt. The file itself isn't sent.
"""

import hashlib
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web

from node.errors import BadRequestError, TooLargeError
from node.http.answers import REQUEST_KEY_HEADER, Leaf, json_answer, read_json, request_key
from node.http.parts import Parts
from node.http.routes import CALLER, Route, for_each_log, log_of
from node.recognition.awards.named import (
    ByLeaf,
    ByReceipt,
    Name,
    named_by_credential,
    named_by_file,
    named_by_request,
)
from node.recognition.standing.change import MOST_AWARDS, Change
from node.recognition.standing.rules import StatusChange
from protocol.documents.receipt import Receipt
from protocol.encoding import canonical
from protocol.errors import MalformedError

NOTES: Final = f"""\
Each award is named by exactly one of `leaf`, `file_sha256` (hexadecimal), `request_key` (that it was issued under),
`credential` (its own id) and `receipt`. At most {MOST_AWARDS:,} at once: if one can't be changed none is, and the
problem names each. What stands already is answered with its leaf and not entered again; where nothing was entered now
the status is 200. `reference` is the desk's own file number: it stays in the encrypted record. Under the same
`Request-Key` the same request is answered with what it entered."""


class AwardNamed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """An award, by exactly one of its names."""

    leaf: Leaf | None = None
    file_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")] | None = None
    request_key: Annotated[str, msgspec.Meta(pattern="^[!-~]{1,128}$")] | None = None
    credential: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)] | None = None
    receipt: dict[str, Any] | None = None

    def name(self, where: str) -> Name:
        """Return the name as recognition takes it.

        Raises:
            BadRequestError: There is none, or more than one, or the receipt can't be read.
        """
        given = [one for one in self.__struct_fields__ if getattr(self, one) is not None]
        if len(given) != 1:
            raise BadRequestError(f"{where} is named by exactly one of {', '.join(self.__struct_fields__)}")
        if self.leaf is not None:
            return ByLeaf(self.leaf)
        if self.file_sha256 is not None:
            return named_by_file(bytes.fromhex(self.file_sha256))
        if self.request_key is not None:
            return named_by_request(self.request_key)
        if self.credential is not None:
            return named_by_credential(self.credential)
        try:
            return ByReceipt(Receipt.parse(canonical.encode(self.receipt)))
        except MalformedError as error:
            raise BadRequestError(f"{where}: the receipt can't be read: {error}") from None


class StatusRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What becomes of which awards, and the desk's own file number of it."""

    status: StatusChange
    awards: Annotated[list[AwardNamed], msgspec.Meta(min_length=1)]
    reference: str = ""


class StatusShown(msgspec.Struct, frozen=True):
    """One award: where it stands, and where and as which number of its chain its status stands."""

    award: int
    leaf: int
    number: int
    new: bool


class StatusesShown(msgspec.Struct, frozen=True):
    """What became of the request; `durable` until a checkpoint that shows it is released."""

    status: str
    state: str
    new: bool
    awards: list[StatusShown]


class LinkShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """A status of an award; what the desk noted beside it, where it was entered here by request."""

    number: int
    leaf: int
    status: str
    on: str = ""
    by: str = ""
    """The name of the token that was used."""
    reference: str = ""


class StandingShown(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands of an award, and everything that was said of it, in order."""

    award: int
    standing: str
    why: str
    statuses: list[LinkShown]
    faults: tuple[str, ...] = ()


async def history(parts: Parts, request: web.Request) -> web.Response:
    """Return what was said of one award's standing."""
    log = log_of(parts, request)
    asked = await read_json(request, AwardNamed)
    found = await parts.services[log.origin].statuses.history(asked.name("the award"))
    links = []
    for link in found.standing.links:
        noted = found.noted.get(link.number)
        kept = {} if noted is None else {"on": noted.on, "by": noted.by, "reference": noted.reference}
        links.append(LinkShown(link.number, link.leaf, link.said or "", **kept))
    standing = found.standing
    return json_answer(StandingShown(found.award, standing.standing, standing.why, links, standing.faults))


async def change(parts: Parts, request: web.Request) -> web.Response:
    """Enter a change of status for every award named."""
    log = log_of(parts, request)
    key = request_key(request)
    asked = await read_json(request, StatusRequest)
    if len(asked.awards) > MOST_AWARDS:
        raise TooLargeError(f"{len(asked.awards)} awards at once; at most {MOST_AWARDS} are taken")
    done = await parts.services[log.origin].statuses.change(
        Change(
            status=asked.status,
            awards=tuple(one.name(f"awards[{at}]") for at, one in enumerate(asked.awards)),
            by=request[CALLER].name,
            digest=hashlib.sha256(canonical.encode(msgspec.to_builtins(asked))).digest(),
            reference=asked.reference,
            request_key=key,
        )
    )
    shown = StatusesShown(
        status=asked.status,
        state="released" if done.released else "durable",
        new=done.new,
        awards=[StatusShown(one.award, one.leaf, one.number, one.new) for one in done.changes],
    )
    return json_answer(shown, 201 if done.new else 200)


ROUTES: Final = for_each_log(
    Route(
        method="POST",
        path="/v1/statuses",
        handler=change,
        summary="Revoke, suspend or reinstate awards, all of those named or none",
        notes=NOTES,
        listener="internal",
        role="issue",
        request=StatusRequest,
        headers=(REQUEST_KEY_HEADER,),
        response=StatusesShown,
        status=201,
        status_again=200,
        problems=("not-found", "conflict", "request-key-reused", "inadmissible", "held", "push-back"),
    ),
    Route(
        method="POST",
        path="/v1/statuses/history",
        handler=history,
        summary="Tell what stands of an award, each status that was entered, and what the desk noted beside it",
        notes="The award is named as for a change. The log holds the statuses; day, token and file number are this "
        "node's own record.",
        listener="internal",
        role="issue",
        request=AwardNamed,
        response=StandingShown,
        problems=("not-found",),
    ),
)
