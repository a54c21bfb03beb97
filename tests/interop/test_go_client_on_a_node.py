"""The Go client on a running node: what the node serves over HTTP is what the log is, at every size it is asked at."""

from tests.support.entries import bundle_of, sealed_entries


async def test_go_reads_a_growing_node(running_node, go_client, tmp_path):
    """Checkpoint, inclusion of every entry, and consistency from one size to the next, partial tiles included."""
    kept = tmp_path / "checkpoint"
    key = running_node.verifier_key.render()
    size = 0
    for count in (1, 254, 1, 1, 5000):
        answer = await running_node.post(
            "/v1/entries",
            bundle_of(sealed_entries(f"from {size}", count)),
            headers={"Content-Type": "application/octet-stream"},
        )
        assert answer.status == 201, answer.body
        before, size = size, size + count

        arguments = ["-earlier", kept] if before else []
        code, report = await go_client("-key", key, *arguments, "-save", kept, running_node.public_url)

        assert (code, report["ok"], report["size"]) == (0, True, size), report
        assert report["entries_included"] == size
        assert report["root_recomputed"]
        assert not before or report["consistent_from"] == before
