"""The operator's two words on a log itself: let its next key sign, and close it for good."""

from typing import Final

import msgspec
from aiohttp import web

from node.errors import ConflictError
from node.http.answers import json_answer, read_json
from node.http.parts import Parts
from node.http.routes import Route, for_each_log, log_of
from node.log.change_key import change_key
from node.log.close import close
from protocol.encoding.wire import b64url
from protocol.log.ended_key import EndedKey


class FormerKeyShown(msgspec.Struct, frozen=True):
    """A key by which the log has signed before: what it signed counts up to this size, with this root hash."""

    verifier_key: str
    size: int
    root: str
    why: str

    @classmethod
    def of(cls, key: EndedKey) -> "FormerKeyShown":
        """Return a key with its end as it is shown, and as [[partner]] former_keys and a roster write it."""
        return cls(key.render(), key.size, b64url(key.root), key.why)


class ChangeAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose turn ends: the verifier key that signs now, so that asking twice changes nothing twice."""

    verifier_key: str


class ChangeShown(msgspec.Struct, frozen=True):
    """The leaf that says the next key, that key, and where the one before ended."""

    leaf: int
    verifier_key: str
    former: FormerKeyShown


class SuccessionAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which origin follows the log; and the log's own, so that none is closed by mistake."""

    origin: str
    successor: str


class SuccessionShown(msgspec.Struct, frozen=True):
    """The size with which the log ended, and the origin that follows."""

    origin: str
    size: int
    successor: str


async def next_key(parts: Parts, request: web.Request) -> web.Response:
    """Enter the log's next key."""
    own = log_of(parts, request)
    asked = await read_json(request, ChangeAsked)
    if asked.verifier_key != own.verifier.render():
        raise ConflictError(f"another key signs {own.origin} now: {own.verifier.render()}")
    done = await change_key(own, own.settings.key, parts.database, parts.clock)
    return json_answer(ChangeShown(done.leaf, done.key.render(), FormerKeyShown.of(done.former)), 201)


async def succession(parts: Parts, request: web.Request) -> web.Response:
    """Close the log."""
    own = log_of(parts, request)
    asked = await read_json(request, SuccessionAsked)
    if asked.origin != own.origin:
        raise ConflictError(f"the log here is {own.origin}")
    done = await close(own, asked.successor)
    return json_answer(SuccessionShown(own.origin, done.size, done.successor), 201)


ROUTES: Final = for_each_log(
    Route(
        method="POST",
        path="/v1/log/next-key",
        handler=next_key,
        summary="Let the log's next key sign it",
        notes="The node makes the key. Its entry is signed by both; every larger checkpoint is the next key's.",
        listener="internal",
        role="operate",
        request=ChangeAsked,
        response=ChangeShown,
        status=201,
        problems=("conflict", "closed", "held", "push-back"),
    ),
    Route(
        method="POST",
        path="/v1/log/succession",
        handler=succession,
        summary="Close the log for good",
        notes="The log's last entry names the origin that follows. Nothing is taken any more, and nothing undoes it.",
        listener="internal",
        role="operate",
        request=SuccessionAsked,
        response=SuccessionShown,
        status=201,
        problems=("conflict", "closed", "inadmissible", "held", "push-back"),
    ),
)
