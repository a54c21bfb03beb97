"""A stored bundle gives back the very bytes that are served."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.storage.packing import pack, unpack
from protocol.encoding.wire import b64url
from protocol.log.tile import render_bundle
from protocol.recognition.sealed_entry import Sealed

values = st.binary(min_size=32, max_size=32).map(b64url)
sealed = st.builds(Sealed, document=values, statement=values, tag=values).map(Sealed.render)


@given(st.lists(sealed, min_size=1, max_size=8))
def test_sealed_entries_are_stored_as_their_values(entries):
    """96 bytes an entry, and the same bundle comes back."""
    bundle = render_bundle(entries)
    stored = pack(bundle)
    assert len(stored) == 1 + 96 * len(entries)
    assert unpack(stored) == bundle


@given(st.lists(st.binary(max_size=300) | sealed, max_size=6))
def test_any_bundle_comes_back(entries):
    """Whatever a log holds, a mirror keeps to the byte."""
    bundle = render_bundle(entries)
    assert unpack(pack(bundle)) == bundle


@pytest.mark.parametrize("change", [(12, b"="), (0, b"\x01"), (55, b"B"), (189, b" ")])
def test_what_only_looks_sealed_is_stored_as_served(change):
    """One byte off the only spelling, and the values alone would not bring it back."""
    at, byte = change
    entry = Sealed(document="A" * 43, statement="A" * 43, tag="A" * 43).render()
    bundle = render_bundle([entry])
    changed = bundle[: at + 2] + byte + bundle[at + 3 :]
    assert changed != bundle
    assert unpack(pack(changed)) == changed
    assert len(pack(changed)) == 1 + len(changed)
