"""The key ring of an installation, the file it lives in, and the stored form of everything closed under a key.

Stored form, for wrapped keys and sealed values alike:
`version(1) | algorithm(1) | key id(8) | nonce(12) | ciphertext | tag(16)`; the first ten bytes are authenticated too.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

INDEX_PURPOSES = ("id-no", "record-no", "guardian-no", "photo-name", "name-key")

_FILE_FORMAT = "xuejiban-keys-1"
_VERSION = 1
_AES_256_GCM = 1
KEY_BYTES = 32
ID_BYTES = 8
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEAD_BYTES = 2 + ID_BYTES
_WRAP_CONTEXT = b"xuejiban data key"


class CryptoError(Exception):
    """Base of what can go wrong with keys and seals."""


class KeyMissing(CryptoError):
    """A key that is needed is not there: no ring in use, no key file, or a key id or purpose the ring does not know."""


class KeyFileInvalid(CryptoError):
    """The key file is damaged, of another format, or readable by other users of the machine."""


class SealBroken(CryptoError):
    """A sealed value does not open: altered, moved to another row or column, or under another key. Never just empty."""


@dataclass(frozen=True, repr=False, eq=False)
class KeyRing:
    """All keys of one installation. `repr` and error messages never show key material.

    `encryption` holds the key-encryption keys by id; `active` is the one that writes, the others only open.
    `index` holds one HMAC key per purpose, `signing` the Ed25519 seeds by id for anchors and certificates.
    """

    active: str
    encryption: Mapping[str, bytes]
    index: Mapping[str, bytes]
    signer: str
    signing: Mapping[str, bytes]
    _aead: dict[str, AESGCM] = field(init=False)

    def __post_init__(self) -> None:
        if self.active not in self.encryption or self.signer not in self.signing:
            raise KeyFileInvalid("the active key is not among the keys")
        for key_id in (*self.encryption, *self.signing):
            if len(_id_bytes(key_id)) != ID_BYTES:
                raise KeyFileInvalid(f"key id {key_id!r} is not {ID_BYTES} bytes of hex")
        if any(len(key) != KEY_BYTES for ring in (self.encryption, self.index, self.signing) for key in ring.values()):
            raise KeyFileInvalid(f"a key is not {KEY_BYTES} bytes long")
        object.__setattr__(self, "_aead", {key_id: AESGCM(key) for key_id, key in self.encryption.items()})

    def __repr__(self) -> str:
        return f"<KeyRing active={self.active} of {len(self.encryption)}, signer={self.signer} of {len(self.signing)}>"

    # ---- making, keeping ------------------------------------------------------------------------------------------

    @classmethod
    def create(cls) -> KeyRing:
        """A new ring from the operating system's random source."""
        active, signer = _new_id(), _new_id()
        return cls(
            active=active,
            encryption={active: os.urandom(KEY_BYTES)},
            index={purpose: os.urandom(KEY_BYTES) for purpose in INDEX_PURPOSES},
            signer=signer,
            signing={signer: os.urandom(KEY_BYTES)},
        )

    def rotated(self) -> KeyRing:
        """The same ring with a new active key-encryption key; the old ones still open. Save it, then rewrap."""
        key_id = _new_id()
        return replace(self, active=key_id, encryption={**self.encryption, key_id: os.urandom(KEY_BYTES)})

    @classmethod
    def load(cls, path: Path | str) -> KeyRing:
        """Read a ring from its file. KeyMissing if there is none, KeyFileInvalid if it cannot be trusted."""
        try:
            with open(path, encoding="ascii") as file:
                mode = os.fstat(file.fileno()).st_mode
                text = file.read()
        except FileNotFoundError:
            raise KeyMissing(f"there is no key file at {path}") from None
        except UnicodeDecodeError:
            raise KeyFileInvalid(f"the key file at {path} is damaged") from None
        if mode & 0o077:
            raise KeyFileInvalid(f"the key file at {path} is open to other users: its mode must be 0600")
        try:
            return cls._from_document(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeyFileInvalid(f"the key file at {path} is damaged") from None

    def save(self, path: Path | str, *, overwrite: bool = False) -> None:
        """Write the ring with mode 0600, whole or not at all.

        An existing file is kept and FileExistsError raised unless `overwrite` is asked for: losing it loses the data.
        """
        target = Path(path)
        draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with open(descriptor, "w", encoding="ascii") as file:
                json.dump(self._document(), file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            if overwrite:
                os.replace(draft, target)
            else:
                os.link(draft, target)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(target.parent)

    def _document(self) -> dict[str, object]:
        return {
            "format": _FILE_FORMAT,
            "encryption": {"active": self.active, "keys": _as_text(self.encryption)},
            "index": _as_text(self.index),
            "signing": {"active": self.signer, "keys": _as_text(self.signing)},
        }

    @classmethod
    def _from_document(cls, document: Mapping[str, Any]) -> KeyRing:
        if document["format"] != _FILE_FORMAT:
            raise KeyFileInvalid("the key file has a format this version does not know")
        encryption, signing = document["encryption"], document["signing"]
        return cls(
            active=str(encryption["active"]),
            encryption=_as_bytes(encryption["keys"]),
            index=_as_bytes(document["index"]),
            signer=str(signing["active"]),
            signing=_as_bytes(signing["keys"]),
        )

    # ---- using ----------------------------------------------------------------------------------------------------

    def wrap(self, data_key: bytes) -> bytes:
        """A data key closed under the active key-encryption key, in the stored form."""
        if len(data_key) != KEY_BYTES:
            raise ValueError(f"a data key has {KEY_BYTES} bytes")
        return close_form(self._aead[self.active], _id_bytes(self.active), data_key, _WRAP_CONTEXT)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The data key inside. KeyMissing if its key-encryption key is not on the ring, SealBroken if altered."""
        key_id = key_id_of(wrapped).hex()
        if key_id not in self._aead:
            raise KeyMissing(f"key {key_id} is not on the ring")
        return open_form(self._aead[key_id], wrapped, _WRAP_CONTEXT)

    def is_current(self, wrapped: bytes) -> bool:
        """Whether a wrapped key is under the active key-encryption key; if not, a rotation still has to rewrap it."""
        return key_id_of(wrapped).hex() == self.active

    def blind_index(self, purpose: str, canonical: str) -> bytes:
        """32 bytes, equal for equal values of one purpose and telling nothing without the key (HMAC-SHA-256)."""
        if purpose not in self.index:
            raise KeyMissing(f"the ring has no index key for {purpose!r}")
        return hmac.digest(self.index[purpose], f"{purpose}|v1|{canonical}".encode(), "sha256")

    def sign(self, message: bytes) -> bytes:
        """Key id (8 bytes) and Ed25519 signature (64 bytes) over the message."""
        signer = Ed25519PrivateKey.from_private_bytes(self.signing[self.signer])
        return _id_bytes(self.signer) + signer.sign(message)

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Whether this installation signed the message. KeyMissing if the signature names a key we do not have."""
        key_id = signature[:ID_BYTES].hex()
        try:
            self._public_key(key_id).verify(signature[ID_BYTES:], message)
        except InvalidSignature:
            return False
        return True

    def public_keys(self) -> dict[str, str]:
        """Signing keys by id as raw Ed25519 public keys in hex: what an outside checker needs."""
        return {key_id: self._public_key(key_id).public_bytes_raw().hex() for key_id in self.signing}

    def _public_key(self, key_id: str) -> Ed25519PublicKey:
        if key_id not in self.signing:
            raise KeyMissing(f"signing key {key_id} is not on the ring")
        return Ed25519PrivateKey.from_private_bytes(self.signing[key_id]).public_key()


# ---- the stored form -----------------------------------------------------------------------------------------------


def close_form(cipher: AESGCM, key_id: bytes, content: bytes, context: bytes) -> bytes:
    """Content in the stored form under a fresh nonce; the context is authenticated with it."""
    head = bytes((_VERSION, _AES_256_GCM)) + key_id
    nonce = os.urandom(_NONCE_BYTES)
    return head + nonce + cipher.encrypt(nonce, content, head + context)


def open_form(cipher: AESGCM, stored: bytes, context: bytes) -> bytes:
    """The content. SealBroken if anything differs from what was closed."""
    head, nonce = stored[:_HEAD_BYTES], stored[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
    try:
        return cipher.decrypt(nonce, stored[_HEAD_BYTES + _NONCE_BYTES :], head + context)
    except InvalidTag:
        raise SealBroken("a sealed value does not open: altered, moved, or under another key") from None


def key_id_of(stored: bytes) -> bytes:
    """The id of the key a stored form is under. SealBroken if it is cut short or of an unknown kind."""
    if len(stored) < _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES:
        raise SealBroken("a sealed value is cut short")
    if (stored[0], stored[1]) != (_VERSION, _AES_256_GCM):
        raise SealBroken(f"unknown version {stored[0]} or algorithm {stored[1]} of a sealed value")
    return stored[2:_HEAD_BYTES]


def _new_id() -> str:
    return os.urandom(ID_BYTES).hex()


def _id_bytes(key_id: str) -> bytes:
    try:
        return bytes.fromhex(key_id)
    except ValueError:
        raise KeyFileInvalid(f"key id {key_id!r} is not hex") from None


def _as_text(keys: Mapping[str, bytes]) -> dict[str, str]:
    return {name: base64.b64encode(key).decode() for name, key in keys.items()}


def _as_bytes(keys: Mapping[str, str]) -> dict[str, bytes]:
    try:
        return {name: base64.b64decode(text, validate=True) for name, text in keys.items()}
    except binascii.Error:
        raise KeyFileInvalid("a key is not base64") from None


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
