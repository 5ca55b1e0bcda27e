"""Short messages to telephones: what a sender is, and the one that posts each to a gateway as signed JSON.

The gateway belongs to whoever runs this house: a few lines in front of 企业微信, 钉钉 or an SMS service. It knows whose
telephone belongs to an account; no number of an officer leaves this house, that of a guardian goes with the message to
him. Its address comes from the environment only, so that
nobody who uses the pages can let us call somewhere; redirects are not followed, and no proxy is asked.
"""

import datetime as dt
import json
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ipaddress import IPv4Address, IPv6Address, ip_address
from threading import Event, Timer
from typing import Protocol
from urllib.parse import urlsplit

from web import clock, signatures

TIMEOUT_SECONDS = 8.0
"""For connecting, and for each wait for the next byte."""
MOST_ADDRESSES = 2
EXCHANGE_SECONDS = 15.0
"""For everything from the first byte sent to the last one read: a gateway that drips is cut off."""
LARGEST_ANSWER = 16 * 1024
FOR_GOOD = (400, 405, 406, 410, 411, 413, 415, 422)
"""Answers about this message. What concerns our address, our secret or the gateway's state may change: try again."""
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True)
class ChatMessage:
    """One message. `key` stays the same when it is sent again; `account` is the user name of whom it is for.

    To who has no account, a guardian, it goes as a short message to the number `phone`.
    """

    key: str
    account: str
    title: str
    text: str
    url: str
    phone: str = field(default="", repr=False)


class ChatFailed(Exception):
    """Base: the message was not taken. `code` is the gateway's status, 0 if there was no answer."""

    def __init__(self, why: str, code: int = 0) -> None:
        super().__init__(why[:200])
        self.code = code


class ChatTemporary(ChatFailed):
    """It may work later. A gateway whose answer got lost may have the message: it knows the key when it comes again."""


class ChatRejected(ChatFailed):
    """The gateway refused the message for good."""


class GatewayWrong(ValueError):
    """The address of the gateway is not usable; says why, without the address, which may hold a key."""


class ChatSender(Protocol):
    """Whatever brings messages to telephones."""

    def send(self, message: ChatMessage) -> None:
        """Hand over one message. Raises ChatTemporary or ChatRejected if it was not taken."""


class WebhookSender:
    """Posts each message to one address: https://, or http:// where the address leads to our own network.

    `secret` is what `signatures.secret_of` takes. Raises GatewayWrong or SecretWrong.
    """

    def __init__(
        self, url: str, secret: str, now: Callable[[], dt.datetime] = clock.machine, seconds: float = EXCHANGE_SECONDS
    ) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise GatewayWrong("the host or port is not one") from None
        if parts.scheme not in _PORTS or not parts.hostname:
            raise GatewayWrong("it must look like https://gateway.example.cn/messages")
        if "@" in parts.netloc or parts.fragment or not url.isascii() or any(char <= " " for char in url):
            raise GatewayWrong("it must not hold a user name, a # or a blank")
        self._secure, self._host, self._port = parts.scheme == "https", parts.hostname, port or _PORTS[parts.scheme]
        self._target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._secret, self._now, self._seconds = signatures.secret_of(secret), now, seconds
        self._tls = ssl.create_default_context() if self._secure else None

    def send(self, message: ChatMessage) -> None:
        """Hand over one message. Raises ChatTemporary or ChatRejected if it was not taken."""
        body = json.dumps(_body(message), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": message.key,
            **signatures.signed(self._secret, message.key, body, self._now()),
        }
        try:
            status, answer = self._exchange(body, headers)
        except (OSError, HTTPException) as fault:
            raise ChatTemporary(f"ChatTemporary: {type(fault).__name__}") from None
        _judge(status, answer)

    def greet(self) -> None:
        """See that the gateway can be reached, without a word to it. Raises ChatTemporary if not."""
        try:
            self._connect().close()
        except OSError as fault:
            raise ChatTemporary(f"ChatTemporary: {type(fault).__name__}") from None

    def _exchange(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        connection = (
            HTTPSConnection(self._host, self._port, context=self._tls)
            if self._tls
            else HTTPConnection(self._host, self._port)
        )
        line = connection.sock = self._connect()
        over = Event()
        end = Timer(self._seconds, _cut, [line, over])
        end.daemon = True
        end.start()
        try:
            connection.request("POST", self._target, body, headers)
            answer: HTTPResponse = connection.getresponse()
            status, said = answer.status, answer.read(LARGEST_ANSWER)
        finally:
            end.cancel()
            connection.close()
        if over.is_set():  # what was read is a piece of an answer
            raise TimeoutError
        return status, said

    def _connect(self) -> socket.socket:
        """Connect to an address that was looked at: what the name leads to a moment later does not matter."""
        found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        addresses = [str(place[0]) for *_, place in found]
        if not addresses or not all(_may_be_called(ip_address(one), self._secure) for one in addresses):
            raise ChatTemporary("ChatTemporary: the gateway's name leads to an address that is not called")
        line = _first_that_answers(addresses[:MOST_ADDRESSES], self._port)
        if not self._tls:
            return line
        try:
            return self._tls.wrap_socket(line, server_hostname=self._host)
        except OSError:
            line.close()
            raise


def _first_that_answers(addresses: list[str], port: int) -> socket.socket:
    """Connect to one after the other: a name often has an address of each kind, and one of them leads nowhere."""
    *others, last = addresses
    for one in others:
        with suppress(OSError):
            return socket.create_connection((one, port), TIMEOUT_SECONDS)
    return socket.create_connection((last, port), TIMEOUT_SECONDS)


def _may_be_called(address: IPv4Address | IPv6Address, secure: bool) -> bool:
    """Tell whether an address is a place for a gateway; without encryption only one in our own network is.

    A private address is fine: the gateway of a bureau stands beside us more often than not. Link-local ones are not:
    there the machine's own keeper listens.
    """
    address = getattr(address, "ipv4_mapped", None) or address
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False
    return secure or address.is_private


def _body(message: ChatMessage) -> dict[str, object]:
    """Return what is posted: our own members, and those by which robots of 企业微信 and 钉钉 know a text."""
    return {
        "id": message.key,
        "kind": "sms" if message.phone else "chat",
        "to": {"phone": message.phone} if message.phone else {"account": message.account},
        "title": message.title,
        "url": message.url,
        "msgtype": "text",
        "text": {"content": message.text},
    }


def _judge(status: int, answer: bytes) -> None:
    """Raise what an answer means, unless the message was taken."""
    if not 200 <= status < 300:
        kind = ChatRejected if status in FOR_GOOD else ChatTemporary
        raise kind(f"{kind.__name__}: the gateway answered {status}", status)
    code = _errcode(answer)
    if code:
        raise ChatTemporary(f"ChatTemporary: the gateway answered errcode {code}", status)


def _errcode(answer: bytes) -> int:
    """Return the fault that a robot of 企业微信 or 钉钉 tells under status 200; 0 for every other answer."""
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return 0
    code = told.get("errcode", 0) if isinstance(told, dict) else 0
    return code if isinstance(code, int) else -1


def _cut(line: socket.socket, over: Event) -> None:
    over.set()
    try:
        line.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
