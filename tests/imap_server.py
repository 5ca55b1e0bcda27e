"""A mailbox server that knows the few words our reader says: LOGIN, SELECT, UID SEARCH, FETCH and STORE. For tests."""

import asyncio
import re
import threading
from typing import Self


class ImapServer:
    """Serves some messages in a thread of its own; notes which were marked as seen."""

    def __init__(self, messages: dict[int, bytes], password: str = "secret") -> None:
        self.messages, self.password, self.seen = messages, password, set[int]()
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        server = self._loop.run_until_complete(self._open())
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.close()

    async def _open(self) -> asyncio.Server:
        return await asyncio.start_server(self._serve, "127.0.0.1", 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK ready\r\n")
        while line := (await reader.readline()).decode().strip():
            tag, _, words = line.partition(" ")
            writer.write(self._answer(words) + f"{tag} {self._verdict(words)}\r\n".encode())
            await writer.drain()
            if words == "LOGOUT":
                break
        writer.close()

    def _verdict(self, words: str) -> str:
        wrong = words.startswith("LOGIN") and self.password not in words
        return "NO go away" if wrong else "OK done"

    def _answer(self, words: str) -> bytes:
        if words == "CAPABILITY":
            return b"* CAPABILITY IMAP4rev1\r\n"
        if words.startswith("SELECT"):
            return f"* {len(self.messages)} EXISTS\r\n".encode()
        if words == "UID SEARCH UNSEEN":
            return f"* SEARCH {' '.join(str(one) for one in self.messages if one not in self.seen)}\r\n".encode()
        fetched = re.fullmatch(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", words)
        if fetched:
            content = self.messages[int(fetched[1])][: int(fetched[2])]
            return b"* 1 FETCH (UID %s BODY[]<0> {%d}\r\n%s)\r\n" % (fetched[1].encode(), len(content), content)
        stored = re.fullmatch(r"UID STORE (\d+) \+FLAGS \(\\Seen\)", words)
        if stored:
            self.seen.add(int(stored[1]))
        return b""
