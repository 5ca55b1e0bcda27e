"""An SMTP server of ours in a thread of its own: what the bundled relay and the demo's mail sink have in common."""

import asyncio
from threading import Event, Thread
from typing import Self

from aiosmtpd.smtp import SMTP

LARGEST_MAIL = 2 * 1024 * 1024
_START_SECONDS = 10


class MailServer:
    """Listens on this machine and asks `handler` as aiosmtpd does. Port 0 takes a free one: see `port`."""

    def __init__(self, handler: object, name: str, port: int = 0, host: str = "127.0.0.1") -> None:
        self.host, self.port, self._handler = host, port, handler
        self._loop = asyncio.new_event_loop()
        self._ready = Event()
        self._error: OSError | None = None
        self._thread = Thread(target=self._listen, name=name, daemon=True)

    @property
    def url(self) -> str:
        return f"smtp://{self.host}:{self.port}"

    def start(self) -> None:
        """Listen; OSError if the port is taken."""
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise TimeoutError("the mail server did not start")
        if self._error:
            raise self._error

    def stop(self) -> None:
        """Stop listening; what was accepted is on the disk."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_START_SECONDS)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _listen(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            server = self._loop.run_until_complete(self._loop.create_server(self._protocol, self.host, self.port))
        except OSError as error:
            self._error = error
            self._loop.close()
            self._ready.set()
            return
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._end_dialogues()

    def _end_dialogues(self) -> None:
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(asyncio.sleep(0))  # lets the connections close
        self._loop.close()

    def _protocol(self) -> SMTP:
        return SMTP(self._handler, data_size_limit=LARGEST_MAIL, hostname="localhost", loop=self._loop)
