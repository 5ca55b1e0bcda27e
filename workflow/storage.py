"""Where files lie: sealed, named by what the sealed bytes weigh in SHA-256, written whole or not at all."""

import hashlib
import os
import re
import secrets
from pathlib import Path

from models import crypto

KEY = re.compile(r"[0-9a-f]{64}")


class FileLost(Exception):
    """The file of a row is not in the store, or its bytes are not those that were written."""


class Store:
    """A folder of sealed files. Keys are 64 hex digits; nothing in a name or a byte tells what is inside.

    A file is closed under the data key of the row that owns it, so destroying that key destroys the file, and the same
    scan stored twice gives two files that nobody can see to be equal. Files are never changed. One that was put for a
    transaction that failed is unreadable rubbish: its data key was stored nowhere.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes, data_key: bytes, place: str = "") -> str:
        """Keep `content` under the unwrapped `data_key` and return the storage key; it is on the disk then.

        `place` (crypto.place) binds the file to one row: give it wherever the row has its public id, and again to get.
        """
        sealed = crypto.seal(data_key, content, place)
        key = hashlib.sha256(sealed).hexdigest()
        _write(self._path(key), sealed)
        return key

    def get(self, storage_key: str, data_key: bytes, place: str = "") -> bytes:
        """Return the content. FileLost if it is gone or damaged, crypto.SealBroken under another key or place."""
        try:
            sealed = self._path(storage_key).read_bytes()
        except FileNotFoundError:
            raise FileLost(f"there is no file {storage_key}") from None
        if hashlib.sha256(sealed).hexdigest() != storage_key:
            raise FileLost(f"the file {storage_key} is damaged")
        return crypto.open_sealed(data_key, sealed, place)

    def discard(self, storage_key: str) -> None:
        """Remove the file; one that is not there is no error."""
        self._path(storage_key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not KEY.fullmatch(key):
            raise FileLost(f"{key[:70]!r} is not a storage key")
        return self._folder / key[:2] / key[2:4] / key


def _write(target: Path, content: bytes) -> None:
    """Bring the bytes to the disk under another name, then give them theirs; a crash leaves no half file."""
    _make_folder(target.parent)
    draft = target.with_name(f".{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, target)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    _sync(target.parent)


def _make_folder(folder: Path) -> None:
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
