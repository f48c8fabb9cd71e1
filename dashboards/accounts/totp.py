"""Codes of an authenticator app: RFC 6238 over RFC 4226, as such apps take them by default.

SHA-1, six digits, steps of thirty seconds. Written out because it is ten lines of the standard
library; the tests hold it against the values that RFC 6238 prints.
"""

import base64
import hashlib
import hmac
import secrets
import struct
from urllib.parse import quote, urlencode

STEP_SECONDS = 30
DIGITS = 6
# One step to either side: RFC 6238, 5.2, for clocks that differ and slow typing.
STEPS_ASIDE = 1
# RFC 4226, 4 (R6): 160 bits recommended.
SECRET_BYTES = 20


def new_secret() -> str:
    """A random secret in base32, 32 characters without padding."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode("ascii")


def code_at(secret: str, step: int, digits: int = DIGITS) -> str:
    """The code of a time step (seconds since 1970 divided by 30): RFC 4226, 5.3."""
    mac = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**digits).zfill(digits)


def step_of(secret: str, code: str, seconds: float) -> int | None:
    """The newest step within one of now whose code this is; None when it is none of them.

    Every step is compared in full, so that the time taken tells nothing.
    """
    now = int(seconds) // STEP_SECONDS
    steps = range(now - STEPS_ASIDE, now + STEPS_ASIDE + 1)
    held = [hmac.compare_digest(code_at(secret, step), code) for step in steps]
    return max((s for s, is_it in zip(steps, held, strict=True) if is_it), default=None)


def enrolment_uri(secret: str, name: str, service: str) -> str:
    """What the square picture says to the app: the Key Uri Format of authenticator apps."""
    label = quote(f"{service}:{name}", safe="")
    asked = urlencode({"secret": secret, "issuer": service}, quote_via=quote)
    return f"otpauth://totp/{label}?{asked}"
