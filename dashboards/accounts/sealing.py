"""Small secrets kept in the database, readable only with the key in `secrets/` of the home.

AES-256-GCM of the `cryptography` package. A sealed text names what it is about, so that one
row's secret is of no use in another row.
"""

import base64
import hashlib
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from dashboards.secret_key import kept_secret_key

NONCE_BYTES = 12


class UnsealableError(Exception):
    """The text was sealed with another key or for something else, or was changed."""


def seal(text: str, about: str) -> str:
    """`text` so that only `unseal` with the same `about` gives it back."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = _cipher().encrypt(nonce, text.encode(), about.encode())
    return base64.b64encode(nonce + sealed).decode("ascii")


def unseal(sealed: str, about: str) -> str:
    """The text that was sealed. Raises UnsealableError."""
    try:
        raw = base64.b64decode(sealed, validate=True)
        return _cipher().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], about.encode()).decode()
    except (ValueError, InvalidTag):
        raise UnsealableError from None


def keyed_digest(text: str, about: str) -> str:
    """64 hexadecimal digits that tell nothing of `text` to who has not the key."""
    return hashlib.blake2b(
        f"{about}\0{text}".encode(), key=_key(), digest_size=32, person=b"opkoers"
    ).hexdigest()


def _cipher() -> AESGCM:
    return AESGCM(_key())


def _key() -> bytes:
    file: Path = settings.OPKOERS.secrets / "sign-in.key"
    return hashlib.sha256(kept_secret_key(file).encode()).digest()
