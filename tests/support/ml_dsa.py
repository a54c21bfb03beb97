"""ML-DSA-44 of another hand, dilithium-py: it signs without randomness, so golden files come out the same each time."""

from functools import cache

from dilithium_py.ml_dsa import ML_DSA_44 as DILITHIUM

from protocol.encoding.keys import ML_DSA_44, VerifierKey


class DeterministicSigner:
    """A cosigner's ML-DSA-44 key that signs the same message with the same bytes; else as `Signer`."""

    def __init__(self, name: str, seed: bytes) -> None:
        public_key, self._secret = DILITHIUM.key_derive(seed)
        self.verifier = VerifierKey(name, ML_DSA_44, public_key)

    def sign(self, message: bytes, context: bytes = b"") -> bytes:
        """Return the signature of FIPS 204's deterministic variant."""
        return _sign(self._secret, message, context)


@cache
def _sign(secret: bytes, message: bytes, context: bytes) -> bytes:
    return DILITHIUM.sign(secret, message, ctx=context, deterministic=True)
