"""Handing mails to the SMTP server over one kept connection, and saying plainly what became of each."""

import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from threading import Lock
from types import TracebackType
from typing import Self
from urllib.parse import unquote, urlsplit

TIMEOUT_SECONDS = 15
MAILS_PER_CONNECTION = 200

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_OWN_MACHINE = ("localhost", "127.0.0.1", "::1")
_SHOWN = 200


class MailFailed(Exception):
    """Base: the mail was not accepted. `code` is the server's answer, 0 if there was none.

    `recipient`: it was the address that was refused, not the mail. `uncertain`: the connection broke after the last
    byte and before the answer, so the server may have the mail.
    """

    def __init__(self, why: str, code: int = 0, *, recipient: bool = False, uncertain: bool = False) -> None:
        super().__init__(why[:_SHOWN])
        self.code, self.recipient, self.uncertain = code, recipient, uncertain


class MailTemporary(MailFailed):
    """It may work later: server unreachable, busy, full, slow, refusing our sender or password. Try again."""


class MailRejected(MailFailed):
    """The server refused the recipient or the mail for good (5xx). Trying again is of no use."""


class MailLater(Exception):
    """So many mails went out in the last minute that this one has to wait for some `seconds`; nothing was tried."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"in {seconds:.0f} s")
        self.seconds = seconds


class SmtpUrlWrong(ValueError):
    """The address of the mail server is not usable; says why, without the password."""


class Mailer:
    """Sends mails one by one; the connection stays open between them. Threads may share one: they take turns.

    `url`: smtp://host[:port], smtp+starttls://user:password@host[:port] or smtps://…; a password never travels in clear
    to another machine. SmtpUrlWrong if the address is not like that.
    """

    def __init__(self, url: str, timeout: float = TIMEOUT_SECONDS) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            raise SmtpUrlWrong("the host or port is not one") from None
        if parts.scheme not in _PORTS or not host:
            raise SmtpUrlWrong(f"it must look like {' or '.join(f'{scheme}://host' for scheme in _PORTS)}")
        if parts.password and parts.scheme == "smtp" and host not in _OWN_MACHINE:
            raise SmtpUrlWrong("a password needs smtps:// or smtp+starttls://")
        self._scheme, self._host, self._port = parts.scheme, host, port or _PORTS[parts.scheme]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        self._timeout = timeout
        self._lock = Lock()
        self._connection: smtplib.SMTP | None = None
        self._sent = 0
        self._in_data = False

    def send(self, message: EmailMessage, returned_to: str = "") -> bool:
        """Hand over one mail to the one address in its To; False: nobody has it twice.

        `returned_to` is where it comes back if it is undelivered, else its From. MailTemporary or MailRejected if it
        was not accepted. After a MailTemporary that is `uncertain` the server may still have the mail.
        """
        sender, recipient = envelope_of(message, returned_to)
        self.send_bytes(sender, recipient, message.as_bytes(policy=SMTP))
        return False

    def send_bytes(self, sender: str, recipient: str, content: bytes) -> None:
        """Hand over a mail as it stands. Raises like `send`."""
        with self._lock:
            self._in_data = False
            try:
                self._deliver(sender, recipient, content)
            except (smtplib.SMTPException, OSError) as error:
                self._drop()
                raise _temporary(error, self._in_data) from None
            self._sent += 1
            if self._sent >= MAILS_PER_CONNECTION:
                self._quit()

    def greet(self, sender: str) -> None:
        """See that the server answers, takes our name and password, and lets us be `sender`; MailTemporary if not."""
        with self._lock:
            try:
                self._connection = self._connection or self._connect()
                self._accepted(self._connection, self._connection.mail(sender), permanent=False)
                self._connection.rset()
            except (smtplib.SMTPException, OSError) as error:
                self._drop()
                raise _temporary(error) from None

    def close(self) -> None:
        """Take leave of the server; the next mail connects again."""
        with self._lock:
            self._quit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # ---- one dialogue ------------------------------------------------------------------------------------------------

    def _deliver(self, sender: str, recipient: str, content: bytes) -> None:
        connection = self._begin(sender)
        self._accepted(connection, connection.rcpt(recipient), permanent=True, of_recipient=True)
        self._in_data = True
        answer = connection.data(content)
        self._in_data = False
        self._accepted(connection, answer, permanent=True)

    def _begin(self, sender: str) -> smtplib.SMTP:
        """A connection that took our MAIL FROM; a kept one that the server has closed meanwhile is replaced once."""
        if self._connection is not None:
            try:
                answer = self._connection.mail(sender)
            except (smtplib.SMTPServerDisconnected, ConnectionError):
                self._drop()
            else:
                if answer[0] != 421:  # "closing": what a server says to a client that was idle for long
                    self._accepted(self._connection, answer, permanent=False)
                    return self._connection
                self._drop()
        self._connection = self._connect()
        self._accepted(self._connection, self._connection.mail(sender), permanent=False)
        return self._connection

    def _accepted(
        self, connection: smtplib.SMTP, answer: tuple[int, bytes], *, permanent: bool, of_recipient: bool = False
    ) -> None:
        code, text = answer
        if code in (250, 251):
            return
        why = f"{code} {text.decode('utf-8', 'replace')}"
        if code == 421 or not 400 <= code < 600:
            self._drop()
            raise MailTemporary(why, code)
        connection.rset()
        if permanent and code >= 500:
            raise MailRejected(why, code, recipient=of_recipient)
        raise MailTemporary(why, code)

    def _connect(self) -> smtplib.SMTP:
        name = socket.gethostname()  # said in EHLO; asking for the full name would ask a name server
        connection: smtplib.SMTP
        if self._scheme == "smtps":
            context = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(self._host, self._port, name, timeout=self._timeout, context=context)
        else:
            connection = smtplib.SMTP(self._host, self._port, name, timeout=self._timeout)
        try:
            if self._scheme == "smtp+starttls":
                connection.starttls(context=ssl.create_default_context())
            if self._user:
                connection.login(self._user, self._password)
            connection.ehlo_or_helo_if_needed()
        except (smtplib.SMTPException, OSError):
            connection.close()
            raise
        self._sent = 0
        return connection

    def _quit(self) -> None:
        if self._connection is not None:
            try:
                self._connection.quit()
            except (smtplib.SMTPException, OSError):
                self._connection.close()
            self._connection = None

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def envelope_of(message: EmailMessage, returned_to: str) -> tuple[str, str]:
    """Return sender and recipient as the mail server is told."""
    sender, recipient = (parseaddr(str(message[name]))[1] for name in ("From", "To"))
    return returned_to or sender, recipient


def _temporary(error: smtplib.SMTPException | OSError, uncertain: bool = False) -> MailTemporary:
    """What a person sees on the incident page: kind and code, nothing of the mail."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
        return MailTemporary(f"{error.smtp_code} {shown}", error.smtp_code)
    return MailTemporary(f"{type(error).__name__}: {error}", uncertain=uncertain)
