"""The golden files of canonical JSON, read from disk as a second implementation would."""

import base64
import json

import pytest

from protocol import errors
from protocol.encoding import canonical
from tests.conftest import ROOT

FILES = sorted((ROOT / "tests/vectors/canonical").glob("*.json"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_canonical_bytes_are_read_or_refused_as_the_vector_says(file):
    """A good case gives its bytes back when written again; a bad one raises the error it names."""
    case = json.loads(file.read_text(encoding="utf-8"))
    data = base64.b64decode(case["input"])
    if "error" in case:
        with pytest.raises(getattr(errors, case["error"])):
            canonical.decode(data)
    else:
        assert canonical.decode(data) == json.loads(case["text"])
        assert canonical.encode(json.loads(case["text"])) == data


def test_the_vectors_are_there():
    """An empty folder would pass every table."""
    assert len(FILES) > 30
