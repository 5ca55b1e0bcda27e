"""Sealing: how identity numbers are kept unreadable and still findable, with the key ring this process uses.

Keys live in a file outside the database. web loads it and hands the ring in once with `use`; nothing on this floor
opens that file by itself. Every record has a data key of its own, kept wrapped in its row: destroying the key destroys
the content.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.keyring import (
    ID_BYTES,
    INDEX_PURPOSES,
    KEY_BYTES,
    CryptoError,
    KeyFileInvalid,
    KeyMissing,
    KeyRing,
    SealBroken,
    close_form,
    key_id_of,
    open_form,
)

__all__ = [
    "INDEX_PURPOSES",
    "CryptoError",
    "KeyFileInvalid",
    "KeyMissing",
    "KeyRing",
    "SealBroken",
    "blind_index",
    "current",
    "new_data_key",
    "open_sealed",
    "place",
    "seal",
    "unwrap",
    "use",
    "wrap",
]

_UNWRAPPED_KEPT = 4096

_ring: KeyRing | None = None


def use(ring: KeyRing | None) -> None:
    """Hand in the ring of this process; `None` takes it away. Forgets every unwrapped key of the ring before."""
    global _ring
    _unwrapped.cache_clear()
    _ring = ring


def current() -> KeyRing:
    """The ring in use. KeyMissing if none was handed in."""
    if _ring is None:
        raise KeyMissing("no key ring is in use")
    return _ring


def new_data_key() -> bytes:
    """32 fresh random bytes for one record. Store them only as `wrap` returns them."""
    return os.urandom(KEY_BYTES)


def wrap(data_key: bytes) -> bytes:
    """See KeyRing.wrap; 70 bytes."""
    return current().wrap(data_key)


def unwrap(wrapped: bytes) -> bytes:
    """See KeyRing.unwrap; the last few thousand answers are kept in memory."""
    return _unwrapped(current(), wrapped)


def blind_index(purpose: str, canonical: str) -> bytes:
    """See KeyRing.blind_index."""
    return current().blind_index(purpose, canonical)


def seal(data_key: bytes, plaintext: str | bytes, aad: str) -> bytes:
    """Close a value under a data key (not wrapped) for exactly one place.

    `aad` names that place, as `place` builds it; the same value sealed twice looks different. Text is stored as UTF-8.
    """
    content = plaintext.encode() if isinstance(plaintext, str) else plaintext
    return close_form(AESGCM(data_key), _data_key_id(data_key), content, aad.encode())


def open_sealed(data_key: bytes, sealed: bytes, aad: str) -> bytes:
    """The sealed bytes. SealBroken if they were altered, belong to another place, or were closed under another key."""
    if key_id_of(sealed) != _data_key_id(data_key):
        raise SealBroken("sealed under another data key")
    return open_form(AESGCM(data_key), sealed, aad.encode())


def place(table: str, column: str, public_id: object) -> str:
    """The one place a sealed value may stand in, as authenticated data."""
    return f"{table}|{column}|{public_id}"


@lru_cache(maxsize=_UNWRAPPED_KEPT)
def _unwrapped(ring: KeyRing, wrapped: bytes) -> bytes:
    return ring.unwrap(wrapped)


def _data_key_id(data_key: bytes) -> bytes:
    return hashlib.sha256(b"xuejiban data key id" + data_key).digest()[:ID_BYTES]
