"""Signed requests between programs, by the rules of Standard Webhooks: libraries for both ends exist in many languages.

Three headers go with a body: `webhook-id`, which stays the same when it comes again, `webhook-timestamp` in seconds
since 1970, and `webhook-signature`, `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`.
"""

import base64
import binascii
import datetime as dt
import hmac
import re
from collections.abc import Iterable
from hashlib import sha256

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = dt.timedelta(minutes=5)
"""How far the other side's clock may be away from ours; what is older is a repetition."""
MOST_SIGNATURES = 10
"""Several may stand in one header while a secret is replaced."""
_PREFIX = "whsec_"
_SHORTEST, _LONGEST = 24, 64
_ID = re.compile(r"[A-Za-z0-9_-]{8,100}")


class SecretWrong(ValueError):
    """The secret has not the form that is asked for; says nothing of it."""


class NotSigned(Exception):
    """A request that is not signed with our secret, or not lately; says which for the log, never to the caller."""


def secret_of(text: str) -> bytes:
    """Return the bytes of a secret `whsec_…`. Raises SecretWrong."""
    try:
        secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not text.startswith(_PREFIX) or not _SHORTEST <= len(secret) <= _LONGEST:
        raise SecretWrong(f"it must be {_PREFIX} and {_SHORTEST} to {_LONGEST} random bytes in base64")
    return secret


def signed(secret: bytes, key: str, body: bytes, now: dt.datetime) -> dict[str, str]:
    """Return the headers that sign a body."""
    moment = str(int(now.timestamp()))
    return {ID: key, TIMESTAMP: moment, SIGNATURE: _signature(secret, key, moment, body)}


def check(secret: bytes, headers: Iterable[tuple[str, str]], body: bytes, now: dt.datetime) -> str:
    """Return the id of a signed request. Raises NotSigned."""
    given = {name.lower(): value for name, value in headers}
    key, moment = given.get(ID, ""), given.get(TIMESTAMP, "")
    if not _ID.fullmatch(key) or not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        raise NotSigned("id or timestamp is missing")
    if abs(int(moment) - now.timestamp()) > TOLERANCE.total_seconds():
        raise NotSigned("the timestamp is too far away")
    wanted = _signature(secret, key, moment, body).encode()
    offered = given.get(SIGNATURE, "").encode("utf-8", "replace").split(maxsplit=MOST_SIGNATURES)[:MOST_SIGNATURES]
    if not any(hmac.compare_digest(wanted, one) for one in offered):
        raise NotSigned("the signature is another")
    return key


def _signature(secret: bytes, key: str, moment: str, body: bytes) -> str:
    digest = hmac.new(secret, b".".join((key.encode(), moment.encode(), body)), sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
