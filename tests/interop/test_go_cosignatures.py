"""Go's note and transparency-dev's formats library agree with us on every cosignature, of both types, made by either.

The Go program shares no code with us, nor does its ML-DSA-44 with the one that we call.
"""

import json
import subprocess

import pytest

from node.log.keys import render_private_key
from protocol.encoding import ml_dsa
from protocol.encoding.keys import COSIGNATURE, ML_DSA_44, Signer, VerifierKey
from protocol.encoding.note import Note, NoteSignature, sign_note
from protocol.encoding.wire import b64
from protocol.gossip.cosignature import cosign, verify
from protocol.log.merkle import EMPTY_ROOT
from tests.support.examples import LOG, seed
from tests.vectors import checkpoint
from tests.vectors.note import damaged

pytestmark = pytest.mark.skipif(not ml_dsa.available(), reason="this installation has no ML-DSA-44")

NAME, TIME, RUN_SECONDS = "mirror.alfa.example", 1_790_000_000, 60
SIGNERS = {algorithm: Signer(NAME, seed("interop"), algorithm) for algorithm in (COSIGNATURE, ML_DSA_44)}
TEXTS = {
    "plain": checkpoint.text(),
    "extended": checkpoint.text("9", checkpoint.ROOT, "an extension line", "and one more"),
    "empty": checkpoint.text("0", b64(EMPTY_ROOT)),
    "largest": checkpoint.text(str(2**63 - 1)),
}


def run(program, note: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    """Run the program on a note."""
    command = [program, "-log", LOG.verifier.render(), *arguments]
    return subprocess.run(command, input=note, capture_output=True, timeout=RUN_SECONDS, check=False)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_go_verifies_what_we_cosign(go_cosignatures, text):
    """Both lines of one partner are found, under the same key IDs and with the same times."""
    lines = [cosign(text, signer, TIME + algorithm) for algorithm, signer in SIGNERS.items()]
    keys = [signer.verifier.render() for signer in SIGNERS.values()]

    done = run(go_cosignatures, sign_note(text, LOG).adding(lines).render(), *keys)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        {"key_id": signer.verifier.key_id.hex(), "name": NAME, "time": TIME + algorithm}
        for algorithm, signer in SIGNERS.items()
    ]


@pytest.mark.parametrize("algorithm", SIGNERS)
def test_go_refuses_what_we_refuse(go_cosignatures, algorithm):
    """A turned bit, another time and another checkpoint's cosignature refuse the note in both languages."""
    signer, text = SIGNERS[algorithm], TEXTS["plain"]
    line = cosign(text, signer, TIME)
    later = NoteSignature(line.name, line.key_id, (TIME + 1).to_bytes(8, "big") + line.value[8:])

    for bad in (damaged(line), later, cosign(TEXTS["extended"], signer, TIME)):
        done = run(go_cosignatures, sign_note(text, LOG).adding([bad]).render(), signer.verifier.render())
        assert done.returncode == 1
        assert b"invalid signature" in done.stderr


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("algorithm", SIGNERS)
def test_we_verify_what_go_cosigns_with_our_key_file(go_cosignatures, algorithm, text):
    """The line of our key file is one of Go's, and what Go signs with it verifies under our verifier key."""
    private = render_private_key(NAME, seed("interop"), algorithm)

    done = run(go_cosignatures, sign_note(text, LOG).render(), "-sign", private)

    assert done.returncode == 0, done.stderr
    key = VerifierKey.parse(SIGNERS[algorithm].verifier.render())
    assert [found.key for found in verify(Note.parse(done.stdout), [key])] == [key]
