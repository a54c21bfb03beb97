"""The nightly integrity run: every log in the database, own and followed, recomputed from its entries.

A difference is an alarm for the operator, as an event, a metric and to the webhook; the node goes on, since what it
signs rests on what it has in mind and checks at each step, and an operator who looks is worth more than a node that is
gone.
"""

import logging

from node.gossip.alarm.alarms import Alarms
from node.log.check import Check
from node.storage.database import Database
from node.storage.heads import all_heads
from node.storage.scan import one_moment
from node.telemetry import INTEGRITY_FAULTS, event


async def check_all_logs(database: Database, alarms: Alarms) -> None:
    """Check every log; what differs is told by step and number, the places by `nostra check`."""
    async with one_moment(database) as connection:
        for head in await all_heads(connection):
            found = await Check(connection, head, lambda _: None).run()
            faults = {step: len(each) for step, each in found.faults.items() if each}
            different = sum(faults.values()) + len(found.not_reached)
            INTEGRITY_FAULTS.labels(head.origin).set(different)
            if different:
                steps = ", ".join((*faults, *found.not_reached))
                alarms.tell("integrity-fault", head.origin, f"{different} differences ({steps}): run `nostra check`")
            else:
                alarms.clear("integrity-fault", head.origin)
            for step, count in faults.items():
                event("integrity_fault", level=logging.ERROR, log=head.origin, step=step, faults=count)
            event("integrity_run_finished", log=head.origin, entries=found.entries, faults=sum(faults.values()))
