"""A gateway for messages to telephones as it may be: takes, refuses, sends elsewhere, stays silent or drips."""

import ssl
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple, Self

PATIENCE = 60.0


class Posted(NamedTuple):
    """One request as it came."""

    path: str
    headers: Message
    body: bytes


class Gateway:
    """An HTTP server on this machine; `answers` are given one after the other, then always the last one.

    An answer is a status, (status, body), (status, body, headers), or `hang` and `drip`.
    """

    def __init__(self, certificate: Path | None = None) -> None:
        self.answers: list[Any] = [200]
        self.posted: list[Posted] = []
        self.ended = Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._scheme = "https" if certificate else "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}/messages?key=robot"

    def keys(self) -> list[str]:
        return [str(one.headers["Idempotency-Key"]) for one in self.posted]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(PATIENCE)


def _handler(gateway: Gateway) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.posted.append(Posted(self.path, self.headers, body))
            answer = gateway.answers.pop(0) if len(gateway.answers) > 1 else gateway.answers[0]
            if answer in ("hang", "drip"):
                self._stay(drip=answer == "drip")
            else:
                self._answer(*(answer if isinstance(answer, tuple) else (answer,)))

        def _answer(self, status: int, body: bytes = b"", headers: tuple[tuple[str, str], ...] = ()) -> None:
            self.send_response(status)
            for name, value in (*headers, ("Content-Length", str(len(body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _stay(self, *, drip: bool) -> None:
            """Say nothing, or one byte of a head that never ends from time to time, until the other side is gone."""
            if drip:
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            while not gateway.ended.wait(0.02):
                if drip:
                    try:
                        self.wfile.write(b"x")
                    except OSError:
                        return

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                return

        def log_message(self, *_: Any) -> None:
            """Say nothing on the terminal."""

    return Handler
