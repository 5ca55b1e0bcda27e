"""The sender: a small process that talks to the mail server, so that killing a worker never cuts a dialogue in two.

It reads one request a line from its input and answers each with a line: `{key, sender, recipient, content}` →
`{result: accepted, rejected, temporary or later, code, why, repeated, seconds}`. When the input ends, because the
worker is gone, it finishes the mail it is at, writes down that it was accepted, and ends. Whoever asks for the same
mail again then hears `accepted` and the server hears nothing.
"""

import base64
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from web.mail_journal import Journal
from web.mailer import Mailer, MailFailed, MailRejected

FOLDER, SERVER, PACE = "XUEJIBAN_DATA_DIR", "XUEJIBAN_SMTP_URL", "XUEJIBAN_MAIL_PER_MINUTE"
JOURNAL = "sent.db"


class Sender:
    """Sends mails one by one, each key once to an address as far as anybody can know, at most so many in a minute.

    `per_minute` 0: no limit. `now` tells seconds since some moment.
    """

    def __init__(
        self, journal: Journal, mailer: Mailer, per_minute: int = 0, now: Callable[[], float] = time.time
    ) -> None:
        self._journal, self._mailer, self._per_minute, self._now = journal, mailer, per_minute, now

    def carry_out(self, asked: dict[str, str]) -> dict[str, Any]:
        """Send one mail and say what became of it."""
        key = f"{asked['key']} {asked['recipient']}"
        with self._journal.holding(key):
            before = self._journal.was_accepted(key)
            if before:
                return {"result": "accepted", "repeated": False}
            if self._per_minute and (seconds := self._journal.wait(self._per_minute, self._now())):
                return {"result": "later", "seconds": seconds}
            self._journal.begin(key)
            try:
                self._mailer.send_bytes(asked["sender"], asked["recipient"], base64.b64decode(asked["content"]))
            except MailFailed as failed:
                if not failed.uncertain:
                    self._journal.forget(key)
                kind = "rejected" if isinstance(failed, MailRejected) else "temporary"
                return {"result": kind, "code": failed.code, "why": str(failed), "recipient": failed.recipient}
            self._journal.accept(key)
            return {"result": "accepted", "repeated": before is False}

    def serve(self, requests: BinaryIO, answers: BinaryIO) -> None:
        """Carry out requests until there are no more."""
        for line in requests:
            answer = self.carry_out(json.loads(line))
            try:
                answers.write(json.dumps(answer).encode() + b"\n")
                answers.flush()
            except BrokenPipeError:  # whoever asked is gone; what was done is written down
                return


def main() -> None:
    """Serve whoever started this process."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the end of the input ends it, between two mails
    journal = Journal(Path(os.environ[FOLDER]) / JOURNAL)
    with Mailer(os.environ[SERVER]) as mailer:
        Sender(journal, mailer, int(os.environ.get(PACE) or 0)).serve(sys.stdin.buffer, sys.stdout.buffer)
    journal.close()


if __name__ == "__main__":
    main()
