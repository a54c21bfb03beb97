"""The key of an own log: which file holds it, and how the next one takes its place.

==========================  ======================================================================================
file                        holds
==========================  ======================================================================================
``NAME.key``                the key that signs now
``NAME.key.next``           the next one, made before the entry that says it is logged
``NAME.key.retired-HEX``    a key that signed before, HEX its key ID; to be destroyed once partners know its end
==========================  ======================================================================================

Which key signs says the database, in the row of the log: it changes in the transaction of the entry that says the next
key (`node.log.change_key`). The files follow, here, also after a crash:

============================================  ====================================================================
if the process dies …                         then
============================================  ====================================================================
before the next key is a file                 nothing has happened
before the entry is committed                 the key file goes on; the next key has signed nothing that was logged
after that, before the files are changed      the row names the key of ``.next``: it is put in place at the start
between the copy aside and the replacement    the same: ``NAME.key`` is there, old or new, at every moment
============================================  ====================================================================

Several processes may write one log from one folder of keys. Each signs by the key that the head names which it builds
upon, so nothing is signed by an old key behind the entry that ends it.
"""

import contextlib
import os
from pathlib import Path
from typing import Final

from node.errors import FatalError
from node.log.former_file import read_former
from node.log.keys import load_key
from node.storage.files import sync_folder
from node.telemetry import event, warn
from protocol.encoding.keys import Signer, VerifierKey
from protocol.encoding.note import Note, sign_note

PUT_BACK: Final = "put back the key that the log signs by; an origin is never used twice"
UNWRITABLE: Final = "let the node write in the folder of its keys, and start again"


def next_key_file(path: Path) -> Path:
    """Return the file of the key that is to follow the one in this file."""
    return path.with_name(f"{path.name}.next")


def retired_key_file(path: Path, key: VerifierKey) -> Path:
    """Return the file that a key goes to once it no longer signs."""
    return path.with_name(f"{path.name}.retired-{key.key_id.hex()}")


class LogSigner(Signer):
    """The key that signs for an own log now; the object stays the same when the key changes."""

    __slots__ = ("_by_text", "_text", "path")

    def __init__(self, path: Path, signer: Signer) -> None:
        """Sign by this key, which is, or is about to be, in this file."""
        self.path = path
        self._by_text: dict[str, Signer] = {}
        self._take(signer)

    def _take(self, signer: Signer) -> None:
        self._sign, self.verifier = signer.sign, signer.verifier
        self._text = signer.verifier.render()
        self._by_text[self._text] = signer

    def by(self, verifier_key: str) -> Signer:
        """Return what signs by this key of the log; nothing changes.

        Raises:
            FatalError: There is no file of this key.
        """
        if verifier_key not in self._by_text:
            self._by_text[verifier_key] = _find(self.path, verifier_key)
        return self._by_text[verifier_key]

    def become(self, verifier_key: str) -> None:
        """Sign by this key from now on, and put its file in place: the database is known to name it.

        Raises:
            FatalError: There is no file of this key.
        """
        if verifier_key == self._text:
            return
        self._take(self.by(verifier_key))
        event("log_key_changed", log=self.verifier.name, key=verifier_key)
        try:
            _put_in_place(self.path, self)
        except OSError as error:  # the key signs all the same; the next start puts its file in place
            warn("log_key_file_stays", log=self.verifier.name, failure=str(error))


def keys_of_signer(signer: Signer) -> tuple[VerifierKey, ...]:
    """Return the keys by which what an own log signed is known: the one that signs now, then those before.

    Raises:
        FatalError: What stands of former keys beside the key can't be read.
    """
    former = read_former(signer.path) if isinstance(signer, LogSigner) else ()
    return (signer.verifier, *former)


def sign_as_ever(note: bytes, signer: Signer) -> bytes:
    """Return a note of an own log with the lines of the keys before it too, as far as their files are still there.

    Whoever hasn't been told of a change of key knows the log by its key before, and has to be able to answer it.
    """
    if not isinstance(signer, LogSigner):
        return note
    signed = Note.parse(note)
    for key in read_former(signer.path):
        before = _load_if_there(retired_key_file(signer.path, key))
        signed = signed if before is None else signed.adding(sign_note(signed.text, before).signatures)
    return signed.render()


def open_log_key(path: Path, verifier_key: str | None) -> LogSigner:
    """Return the key of an own log, its file put in place if a change of key was cut short.

    Args:
        path: The log's key file.
        verifier_key: The key that the database names; None of a log that isn't there yet.

    Raises:
        FatalError: The key that the database names is in no file, or has been retired: it may be yesterday's database;
            or the files can't be changed.
    """
    if verifier_key is None:
        return LogSigner(path, load_key(path))
    signer = _find(path, verifier_key)
    try:
        _put_in_place(path, signer)
    except OSError as error:
        raise FatalError(f"{path} can't be put in place: {error}", mend=UNWRITABLE) from None
    return LogSigner(path, signer)


def _find(path: Path, verifier_key: str) -> Signer:
    """Return the key from its file or, if it was to follow, from that one."""
    for file in (path, next_key_file(path), path):  # the last time, if another process has put it in place meanwhile
        if (signer := _load_if_there(file)) is not None and signer.verifier.render() == verifier_key:
            return signer
    name = load_key(path).verifier.name
    raise FatalError(f"the database holds another key's log under the origin {name}", mend=PUT_BACK)


def _load_if_there(path: Path) -> Signer | None:
    try:
        return load_key(path) if path.exists() else None
    except FatalError:
        if path.exists():
            raise
        return None  # it was given its other name this very moment


def _put_in_place(path: Path, signer: Signer) -> None:
    """Give the key its name, the one that has it kept aside; nothing is done where it has it."""
    following = next_key_file(path)
    found = _load_if_there(following)
    if found is None or found.verifier != signer.verifier:
        return
    if (current := _load_if_there(path)) is not None:
        with contextlib.suppress(FileExistsError):
            os.link(path, retired_key_file(path, current.verifier))
        sync_folder(path.parent)
    with contextlib.suppress(FileNotFoundError):  # another process has done it
        os.replace(following, path)
    sync_folder(path.parent)
