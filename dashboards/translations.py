"""The committed .po files made into the .mo files that Django reads."""

import hashlib
import os
import secrets
from pathlib import Path


def compiled_catalogues(sources: Path, cache: Path) -> Path:
    """Folder `<cache>/<digest of the sources>` with `<language>/LC_MESSAGES/django.mo`.

    Compiled once per state of the sources; Babel is imported only then.
    """
    catalogues = sorted(sources.glob("*/LC_MESSAGES/django.po"))
    folder = cache / _digest(catalogues)
    for catalogue in catalogues:
        target = folder / catalogue.relative_to(sources).with_suffix(".mo")
        if not target.exists():
            _compile(catalogue, target)
    return folder


def _digest(catalogues: list[Path]) -> str:
    digest = hashlib.sha256()
    for catalogue in catalogues:
        digest.update(catalogue.read_bytes())
    return digest.hexdigest()[:16]


def _compile(catalogue: Path, target: Path) -> None:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with catalogue.open("rb") as source, draft.open("wb") as compiled:
        write_mo(compiled, read_po(source, locale=catalogue.parent.parent.name))
    draft.replace(target)
