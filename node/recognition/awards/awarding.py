"""For whom a log may award: its own institution, and bodies that gave it a mandate in their own log."""

from dataclasses import dataclass

from node.errors import InadmissibleError
from node.formats.reading import AchievementReading, Body, CredentialReading
from node.recognition.awards.mandates import find_mandate
from node.recognition.institutions import Institutions, Known, identities_of_body, is_same, spoken
from node.recognition.known_logs import OwnLog, known
from protocol.recognition.achievement import Achievement
from protocol.recognition.bodies import Identity


@dataclass(frozen=True, slots=True)
class Awarding:
    """Checks awarding bodies for one own log."""

    log: OwnLog
    institutions: Institutions

    async def check(self, reading: CredentialReading) -> tuple[str, ...]:
        """Return the awarding bodies that have confirmed nothing, by name.

        Every achievement that the document claims has to be awarded by us, or by a body that gave us a mandate for it;
        of a joint achievement one awarding body suffices.

        Raises:
            InadmissibleError: One is awarded by others.
        """
        own = await self.own()
        unconfirmed: list[str] = []
        for position, achievement in enumerate(reading.achievements):
            bodies = achievement.awarding_bodies or (reading.issuer,)
            confirmed = [await self._confirmed(body, own, achievement, reading) for body in bodies]
            if not any(confirmed):
                raise self._not_ours(position, bodies)
            unconfirmed += [spoken(body) for body, ours in zip(bodies, confirmed, strict=True) if not ours]
        return tuple(dict.fromkeys(unconfirmed))

    async def own(self) -> Known:
        """Return the institution of this log."""
        return await self.institutions.of_log(known(self.log))

    async def check_achievement(self, achievement: Achievement, on: str) -> None:
        """Check that we, or on that date a body that gave us a mandate, are among the awarding bodies.

        Raises:
            InadmissibleError: They are all others.
        """
        own = await self.own()
        for body in achievement.awarding_bodies:
            identities = frozenset(body.identities())
            if identities & own.identities or await self._mandated(identities, achievement.code, on):
                return
        names = " and ".join(
            body.name.get("en") or next(iter(body.name.values())) for body in achievement.awarding_bodies
        )
        raise InadmissibleError(
            f"this achievement is awarded by {names}, which is not the institution of this log and gave it no mandate",
            [("awardingBodies", "none of them is ours")],
            code="awarding-body-not-ours",
        )

    async def _confirmed(
        self, body: Body, own: Known, achievement: AchievementReading, reading: CredentialReading
    ) -> bool:
        on = achievement.award_date or reading.issued[:10] or reading.valid_from[:10]
        return is_same(body, own) or await self._mandated(identities_of_body(body), achievement.code, on)

    async def _mandated(self, identities: frozenset[Identity], code: str, on: str) -> bool:
        """Whether the one institution of these identities gave us a mandate for the achievement."""
        party = await self.institutions.party(identities)
        if party.known is None or party.known.origin == self.log.origin:
            return False
        mandator = next(one for one in self.institutions.logs() if one.origin == party.known.origin)
        database = self.institutions.database
        return await find_mandate(database, mandator, log=self.log.origin, code=code, on=on) is not None

    def _not_ours(self, position: int, bodies: tuple[Body, ...]) -> InadmissibleError:
        names = " and ".join(spoken(body) for body in bodies)
        return InadmissibleError(
            f"this credential is awarded by {names}, which is not the institution of this log and gave it no mandate",
            [(f"achievements[{position}].awardingBodies", f"{names}: not ours, and no mandate is known")],
            code="awarding-body-not-ours",
            mend="it can be decided on; if it is ours, add the identifier it uses to the log's configuration",
        )
