"""The worker's end of the sender: starts the process, hands it one mail after the other, starts another if it is gone.

To whoever sends it looks like a `Mailer`.
"""

import base64
import json
import os
import select
import subprocess
import sys
from email.message import EmailMessage
from email.policy import SMTP
from threading import Lock
from typing import Any

from web.config import Settings
from web.mailer import MailLater, MailRejected, MailTemporary, envelope_of
from web.sender import FOLDER, PACE, SERVER

PATIENCE_SECONDS = 120.0
"""A dialogue that takes longer is left alone: the process finishes it, and a new one takes the next mail."""


class SenderProcess:
    """The sender of one worker. Threads may share it: they take turns."""

    def __init__(self, settings: Settings) -> None:
        told = {FOLDER: str(settings.data_dir), SERVER: settings.smtp_url, PACE: str(settings.mail_per_minute)}
        self._environment = {**os.environ, **told}
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def send(self, message: EmailMessage, returned_to: str = "") -> bool:
        """Hand over one mail to the one address in its To; True if the recipient may have it twice by now.

        `returned_to` is where it comes back if it is undelivered, else its From. MailTemporary or MailRejected if it
        was not accepted, MailLater if it has to wait for its turn.
        """
        sender, recipient = envelope_of(message, returned_to)
        asked = {
            "key": str(message["Message-ID"]),
            "sender": sender,
            "recipient": recipient,
            "content": base64.b64encode(message.as_bytes(policy=SMTP)).decode(),
        }
        with self._lock:
            answer = self._ask(asked)
        if answer["result"] == "accepted":
            return bool(answer["repeated"])
        if answer["result"] == "later":
            raise MailLater(answer["seconds"])
        kind = MailRejected if answer["result"] == "rejected" else MailTemporary
        raise kind(answer["why"], answer["code"], recipient=answer["recipient"])

    def close(self) -> None:
        """Let the process finish what it is at and end."""
        with self._lock:
            if self._process is not None:
                self._leave(self._process)
                self._process.wait(PATIENCE_SECONDS)
                self._process = None

    def _ask(self, asked: dict[str, str]) -> dict[str, Any]:
        if self._process is not None and self._process.poll() is not None:
            self._leave(self._process)
            self._process = None
        process = self._process = self._process or self._start()
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            process.stdin.flush()
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE_SECONDS)
            line = process.stdout.readline() if ready else b""
        except BrokenPipeError:
            line = b""
        if not line:
            self._process = None
            self._leave(process)
            raise MailTemporary("the sender gave no answer")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _start(self) -> "subprocess.Popen[bytes]":
        """Start a process in a session of its own: what ends this one, ends it only between two mails."""
        command = [sys.executable, "-P", "-m", "web.sender"]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, env=self._environment, start_new_session=True)

    @staticmethod
    def _leave(process: "subprocess.Popen[bytes]") -> None:
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue
