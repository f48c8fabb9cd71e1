"""A mail server over TLS: one connection for many messages, and what became of each.

A server can be out of reach, refuse us, or refuse one message; only the first two end the
connection for all. Nothing that a server says is passed on: it may quote what it was given.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

from flows.delivery.memory import State
from flows.errors import ExitCode, OpKoersError
from flows.settings import Mail

PERMANENT = 500


class OutOfReachError(Exception):
    """The server cannot be reached, hangs or hung up: trying again may help."""


@contextmanager
def connected(mail: Mail, password: str | None) -> Iterator[smtplib.SMTP]:
    """A server that let us in.

    Raises OutOfReachError when trying again may help, and OpKoersError when a person must mend
    something: an unknown certificate, no TLS, a refused login.
    """
    trust = _trust(mail)
    with _mishaps_told(mail):
        server = _greeted(mail, trust)
    try:
        with _mishaps_told(mail):
            if mail.security == "starttls":
                server.starttls(context=trust)
            if mail.user:
                server.login(mail.user, password or "")
        yield server
    finally:
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def send(server: smtplib.SMTP, message: EmailMessage) -> State:
    """What became of one message: sent, put off until later, or refused.

    Raises OutOfReachError when the server hung up or hangs.
    """
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as refused:
        return _by_code(max(code for code, _ in refused.recipients.values()))
    except smtplib.SMTPServerDisconnected:
        raise OutOfReachError from None
    except smtplib.SMTPResponseException as refused:
        return _by_code(refused.smtp_code)
    except (smtplib.SMTPNotSupportedError, UnicodeError):  # an address that it cannot write
        return State.REFUSED
    except OSError:
        raise OutOfReachError from None
    return State.SENT


def _by_code(code: int) -> State:
    return State.REFUSED if code >= PERMANENT else State.LATER


def _greeted(mail: Mail, trust: ssl.SSLContext) -> smtplib.SMTP:
    if mail.security == "tls":
        return smtplib.SMTP_SSL(mail.host, mail.port, timeout=mail.timeout_seconds, context=trust)
    return smtplib.SMTP(mail.host, mail.port, timeout=mail.timeout_seconds)


def _trust(mail: Mail) -> ssl.SSLContext:
    """The certificate authorities of the system, or the clinic's own alone."""
    own = mail.certificates
    if own and not Path(own).is_file():
        raise _to_mend("there is no file of certificates here", "Mend [mail] certificates", own)
    return ssl.create_default_context(cafile=own or None)


@contextmanager
def _mishaps_told(mail: Mail) -> Iterator[None]:
    place = f"mail server {mail.host}:{mail.port}"
    try:
        yield
    except ssl.SSLCertVerificationError:
        raise _to_mend(
            "its certificate cannot be trusted, so nothing was sent",
            "Mend the name in [mail] host, or name the clinic's own authority in [mail]"
            " certificates",
            place,
        ) from None
    except ssl.SSLError:
        raise _to_mend(
            "it does not speak TLS as asked for",
            'Mend [mail] port or security ("tls" is often port 465, "starttls" port 587)',
            place,
        ) from None
    except smtplib.SMTPNotSupportedError:
        raise _to_mend(
            "it does not offer what [mail] asks for, so nothing was sent",
            "Mend [mail] security, or leave the user out where the server asks for none",
            place,
        ) from None
    except smtplib.SMTPAuthenticationError as refused:
        if refused.smtp_code < PERMANENT:
            raise OutOfReachError from None
        raise _to_mend(
            "it refuses this user and password",
            "Mend [mail] user, and secrets/mail.password or OPKOERS_MAIL_PASSWORD",
            place,
        ) from None
    except (OSError, smtplib.SMTPException):
        raise OutOfReachError from None


def _to_mend(what: str, next_step: str, where: str) -> OpKoersError:
    return OpKoersError(what, where=where, next_step=next_step, exit_code=ExitCode.DELIVERY)
