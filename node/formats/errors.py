"""Why a file cannot be read as a credential.

::

    ProtocolError
    ├── MalformedError         the file claims to be a credential, and is broken: where, and how to mend it
    └── NotACredentialError    the file is something else: what it looks like instead

They are two because the reader of the message does two things: ask for the file again, or bring another file.
"""

from protocol.errors import ProtocolError


class NotACredentialError(ProtocolError):
    """The bytes are not a credential that we read; the text says what they look like instead."""
