"""What can be wrong with bytes that come from somebody else.

::

    ProtocolError                    base of all; its text is one clear line
    ├── MalformedError               the bytes or the value are not in the format
    ├── BadSignatureError            a key that we know did not make this signature
    ├── BadProofError                the proof does not lead to the root hash
    ├── StaleSizeError               a request builds on another size than the witness has; it says which
    ├── NoQuorumError                fewer cosigners have cosigned than the policy asks for
    └── NoTrustedKeyError            the check could not be made: no key that we trust

Each child exists because a caller acts differently on it: a malformed file is unreadable (exit
code 3), a bad signature or proof is a refusal (exit code 1), a stale size is asked for again, a quorum may still come,
and a missing key is the relying party's to supply.
"""


class ProtocolError(ValueError):
    """Base of every error that `protocol` raises on foreign bytes or values."""


class MalformedError(ProtocolError):
    """The bytes or the value are not in the format.

    Args:
        what: What is wrong and, where it helps, how to mend it.
        where: The place in the document, such as ``effect.credits.system`` or ``line 3``.
    """

    def __init__(self, what: str, where: str = "") -> None:
        """Keep the parts apart for callers that show them apart."""
        super().__init__(f"{where}: {what}" if where else what)
        self.what = what
        self.where = where


class BadSignatureError(ProtocolError):
    """A known key's signature does not verify over these bytes."""


class BadProofError(ProtocolError):
    """An inclusion or consistency proof, or an answer of an index, does not lead to its root; or shows nothing."""


class StaleSizeError(ProtocolError):
    """A request builds on another tree size than the one the witness cosigned last.

    Args:
        size: The size it cosigned last, zero if none.
    """

    def __init__(self, size: int) -> None:
        """Keep the size: whoever asked may ask again from there."""
        super().__init__(f"the size cosigned last is {size}")
        self.size = size


class NoQuorumError(ProtocolError):
    """A checkpoint bears fewer cosignatures than the trust policy asks for; more may come."""


class NoTrustedKeyError(ProtocolError):
    """Nothing here is signed by a key that the relying party trusts."""
