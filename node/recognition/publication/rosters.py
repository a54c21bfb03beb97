"""Keep a consortium's roster in its operator's log: draft the credential, sign it, publish it as the next version.

The credential is signed by the institution's assertion key (`node.recognition.publication.assertion_key`), which its
`institution` entry lists: where the entry stands and doesn't list it yet, the next version that does is published
first.

The same members again give the same leaf: neither the day of signing nor the signature makes a new version.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from node.clock import Clock, instant
from node.formats.draft_roster import draft_roster
from node.formats.sign_proof import sign_proof
from node.recognition.known_logs import OwnLog
from node.recognition.publication.assertion_key import AssertionKey
from node.recognition.publication.publish import PublishedEntry, Publisher
from node.storage.database import Database
from node.storage.lookups import entries_of_kind, find_newest
from protocol.encoding.multibase import did_key, multikey
from protocol.recognition.entry import from_json, parse_entry
from protocol.recognition.institution import Institution
from protocol.recognition.roster import Roster
from protocol.recognition.shape import members, plain


@dataclass(frozen=True, slots=True)
class Rosters:
    """Publishes rosters in one own log."""

    log: OwnLog
    publisher: Publisher
    key: AssertionKey
    database: Database
    clock: Clock

    async def publish(self, members_file: Mapping[str, Any]) -> PublishedEntry:
        """Publish the roster of a members file (`node.formats.draft_roster`), or find the very same one.

        A file that has a `credential` is published with it as it is: somebody else has signed it.

        Raises:
            InadmissibleError: It breaks the rules of a roster, with every problem (the protocol's error or the node's).
        """
        entry = {name: members_file[name] for name in ("id", "version") if name in members_file}
        if "credential" in members_file:
            return await self.publisher.publish(dict(members_file) | {"kind": Roster.kind})
        signer = self.key.signer()
        standing = await self._standing(members_file.get("id"))
        before = None if standing is None else standing.credential
        draft = draft_roster(
            dict(members_file), issuer=did_key(signer.verifier.public_key), today=self.clock.today(), before=before
        )
        now = instant(self.clock.now())
        unsigned = {"validFrom": now} | draft
        if before is not None and _unsigned(before) == {"validFrom": before["validFrom"]} | draft:
            return await self.publisher.publish(entry | {"kind": Roster.kind, "credential": before})
        filled = entry | {"kind": Roster.kind, "credential": sign_proof(unsigned, signer, created=now)}
        from_json(filled)  # whatever is wrong is told before anything is entered
        await self.list_key(multikey(signer.verifier.public_key))
        return await self.publisher.publish(filled)

    async def _standing(self, roster_id: Any) -> Roster | None:
        if not isinstance(roster_id, str):
            return None
        head = self.log.reader.state.head
        async with self.database.pool.acquire() as connection:
            found = await find_newest(connection, head.log_id, Roster.kind, roster_id)
        entry = None if found is None else parse_entry(found.entry)
        return entry if isinstance(entry, Roster) else None

    async def list_key(self, key: str) -> None:
        """Let the institution's entry list the assertion key, if there is one that doesn't."""
        institution = await self._institution()
        if institution is None or any(one.key == key for one in members(institution.assertion_keys)):
            return
        value = {name: member for name, member in plain(institution).items() if name != "version"}
        listed = [*value.get("assertionKeys", []), {"key": key, "from": self.clock.today()}]
        await self.publisher.publish(value | {"assertionKeys": listed})

    async def _institution(self) -> Institution | None:
        head = self.log.reader.state.head
        async with self.database.pool.acquire() as connection:
            found = await entries_of_kind(connection, head.log_id, Institution.kind, size=head.size)
        entries = [parse_entry(one.entry) for one in found]
        return max((one for one in entries if isinstance(one, Institution)), key=lambda one: one.version, default=None)


def _unsigned(credential: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in credential.items() if name != "proof"}
