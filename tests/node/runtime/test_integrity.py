"""The nightly run over every log in the database."""

from node.runtime.integrity import check_all_logs
from node.telemetry import REGISTRY
from tests.support.entries import bundle_of, sealed_entries

ORIGIN = "uni.example.org/nostra"


async def test_a_difference_is_an_alarm_and_ends_nothing(running_node, caplog):
    """Beside a serving node: nothing to tell of a log in order; a tag that was changed is told as an error."""
    database, alarms = running_node.parts.database, running_node.parts.gossip.alarms
    body = bundle_of(sealed_entries("nightly", 300))
    await running_node.post("/v1/entries", body, headers={"Content-Type": "application/octet-stream"})
    await check_all_logs(database, alarms)
    assert alarms.standing() == []
    assert REGISTRY.get_sample_value("nostra_integrity_faults", {"origin": ORIGIN}) == 0
    async with database.writing() as connection:
        await connection.execute("UPDATE tags SET tag = sha256(tag) WHERE leaf = 7")
    await check_all_logs(database, alarms)
    assert [(one.kind, one.origin) for one in alarms.standing()] == [("integrity-fault", ORIGIN)]
    assert REGISTRY.get_sample_value("nostra_integrity_faults", {"origin": ORIGIN}) > 0
    told = [record for record in caplog.records if record.message == "integrity_fault"]
    assert {(record.levelname, record.fields["log"], record.fields["step"]) for record in told} == {
        ("ERROR", ORIGIN, "tags")
    }
