"""What a run records of itself, so that it can be made again and held against what it was.

`published/<run>.recorded/` holds the settings and instruments in force, as they were after
reading (settings.json, instruments.json), and manifest.json: the moment of knowing, the files,
the code, and a digest of every table and report. It holds no patient: a digest is keyed, with
the key in secrets/, and nothing can be read back from it.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb
from pydantic import BaseModel, ConfigDict, ValidationError

from flows.errors import ExitCode, OpKoersError
from flows.instruments import Instrument
from flows.landing.forgotten import digest_key, write_durably
from flows.landing.sql_text import identifier, literal
from flows.settings import Settings
from flows.station import Inputs

ENDING = ".recorded"
MANIFEST, SETTINGS, INSTRUMENTS, ERASED = (
    "manifest.json",
    "settings.json",
    "instruments.json",
    "erased.json",
)
CODE = ("flows", "sql", "expectations", "dashboards/drawing")
LIBRARIES = ("duckdb", "numpy", "scipy", "pyarrow", "typst")
CODE_ENDINGS = (".py", ".sql", ".toml", ".typ", ".po", ".json")
ROOT = Path(__file__).parent.parent


class TableDigest(BaseModel):
    """Rows of a table, and the sum over a keyed hash of each row, as it is written in JSON.

    In whatever order the rows stand, equal tables have equal sums; and the sum of some rows
    can be taken off that of all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    sum: int

    def without(self, gone: "TableDigest") -> "TableDigest":
        """What is left when these rows are taken out."""
        return TableDigest(rows=self.rows - gone.rows, sum=self.sum - gone.sum)

    def with_more(self, more: "TableDigest") -> "TableDigest":
        """The digest of the rows of both."""
        return TableDigest(rows=self.rows + more.rows, sum=self.sum + more.sum)


NO_ROWS = TableDigest(rows=0, sum=0)
Digests = Mapping[str, TableDigest]
"""By name of a table."""


class Recording(BaseModel):
    """manifest.json: all that a run's tables are a function of, and what they were.

    `instruments`, `sources`, `settings` and `reports` hold a SHA-256 each; `databases` goes from
    what stands behind the run in a file's name ("", "critical") to its tables.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    run_id: str
    as_of: date
    known_at: datetime
    code_version: str
    code: str
    libraries: dict[str, str]
    journal_seq: int
    journal_seal: int | None
    journal_head: str | None
    settings: str
    instruments: dict[str, str]
    sources: dict[str, str]
    landed: tuple[str, ...]
    held_back: tuple[str, ...]
    databases: dict[str, dict[str, TableDigest]]
    reports: dict[str, str] = {}


def folder_of(published: Path, run_id: str) -> Path:
    """Where the recording of a run stands, or would stand."""
    return published / f"{run_id}{ENDING}"


def recorded_runs(published: Path) -> tuple[str, ...]:
    """The runs that recorded themselves, the oldest first."""
    found = published.glob(f"*{ENDING}/{MANIFEST}")
    return tuple(sorted(file.parent.name.removesuffix(ENDING) for file in found))


def record_run(inputs: Inputs) -> Path:
    """Write the recording of a run whose databases are finished; its folder."""
    published = inputs.settings.published
    folder = folder_of(published, inputs.run_id)
    beside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    (beside / SETTINGS).write_text(_settings_text(inputs.settings), encoding="utf-8")
    (beside / INSTRUMENTS).write_text(_instruments_text(inputs.instruments), encoding="utf-8")
    _write_manifest(beside, _recording(inputs))
    shutil.rmtree(folder, ignore_errors=True)
    beside.rename(folder)
    return folder


def record_reports(settings: Settings, run_id: str, written: tuple[Path, ...]) -> None:
    """Add what was reported of a run to its recording; nothing where it has none."""
    folder = folder_of(settings.published, run_id)
    if not (folder / MANIFEST).exists():
        return
    reports = {
        report_name(file, settings.reports): sha256_of(file.read_bytes())
        for file in sorted(written)
    }
    told = read_recording(settings.published, run_id)
    _write_manifest(folder, told.model_copy(update={"reports": {**told.reports, **reports}}))


def report_name(file: Path, reports: Path) -> str:
    """Its place under reports/, the same for a week as it was known at a past moment."""
    week, *rest = file.relative_to(reports).parts
    return "/".join((week.partition("~")[0], *rest))


def read_recording(published: Path, run_id: str) -> Recording:
    """The manifest of a run. Raises OpKoersError when there is none, or it is damaged."""
    file = folder_of(published, run_id) / MANIFEST
    if not file.exists():
        known = recorded_runs(published)
        raise OpKoersError(
            f"run {run_id} recorded nothing of itself, so it cannot be made again"
            if any(published.glob(f"{run_id}.*"))
            else f"there is no run {run_id} here",
            next_step=f"Take one of: {', '.join(known)}"
            if known
            else "Runs record themselves from now on: `opkoers run`, then verify that one",
            exit_code=ExitCode.USAGE,
        )
    try:
        return Recording.model_validate_json(file.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError):
        raise damaged(file) from None


def recorded_settings(home: Path, recording: Recording) -> Settings:
    """The settings as they were, for this home. Raises OpKoersError when they were changed."""
    text = _kept_text(home / "published", recording, SETTINGS, recording.settings)
    told = json.loads(text) | {"home": str(home)}
    return Settings.model_validate_json(json.dumps(told))


def recorded_instruments(published: Path, recording: Recording) -> Mapping[str, Instrument]:
    """The instruments as they were. Raises OpKoersError when they were changed."""
    file = folder_of(published, recording.run_id) / INSTRUMENTS
    told = json.loads(file.read_text(encoding="utf-8"))
    instruments = {n: Instrument.model_validate_json(json.dumps(t)) for n, t in told.items()}
    if _hashes(instruments) != recording.instruments:
        raise damaged(file)
    return instruments


def _kept_text(published: Path, recording: Recording, name: str, sha256: str) -> str:
    file = folder_of(published, recording.run_id) / name
    text = file.read_text(encoding="utf-8")
    if sha256_of(text.encode()) != sha256:
        raise damaged(file)
    return text


def damaged(file: Path) -> OpKoersError:
    """The error of a recording that is not what was written."""
    return OpKoersError(
        "this recording of a run was changed or is damaged",
        where=file,
        next_step="Put it back from a backup that was made after that run",
        exit_code=ExitCode.UNREADABLE_FILE,
    )


# ---------- digests


def digests_of(database: Path, key: bytes) -> dict[str, TableDigest]:
    """The digest of every table in a database that nobody writes to."""
    with duckdb.connect(str(database), read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() order by table_name")
        return {name: digest(connection, name, key) for (name,) in names.fetchall()}


def digest(
    connection: duckdb.DuckDBPyConnection, table: str, key: bytes, where: str = "true"
) -> TableDigest:
    """The digest of the rows of a table for which `where` holds.

    Every value counts as it is written out in full, so a last digit that differs is seen. 64
    bits of an MD5 over key and row: half the time of a SHA-256, and without the key, which no
    recording holds, as hard to guess at.
    """
    row = connection.execute(f"""
        select count(*), coalesce(sum(hash), 0)::VARCHAR
        from (
            select md5_number_lower({literal(key.hex())} || to_json(told)::VARCHAR) as hash
            from {identifier(table)} as told
            where {where}
        )
    """).fetchone()
    assert row is not None
    return TableDigest(rows=row[0], sum=int(row[1]))


def databases_of(published: Path, run_id: str) -> Mapping[str, Path]:
    """The files of a run: "" for the snapshot, else what stands between run and ending."""
    found = {file.name: file for file in sorted(published.glob(f"{run_id}*.duckdb"))}
    named = {name.removeprefix(run_id).removesuffix(".duckdb"): f for name, f in found.items()}
    return {name.removeprefix("."): f for name, f in named.items() if name[:1] in ("", ".")}


# ---------- what a recording is made of


def _recording(inputs: Inputs) -> Recording:
    settings = inputs.settings
    key = digest_key(settings)
    databases = databases_of(settings.published, inputs.run_id)
    return Recording(
        run_id=inputs.run_id,
        as_of=inputs.as_of,
        known_at=inputs.known_at,
        code_version=inputs.code_version,
        code=code_fingerprint(),
        libraries=libraries(),
        journal_seq=inputs.journal_seq,
        journal_seal=inputs.journal_seal,
        journal_head=inputs.journal_head,
        settings=sha256_of(_settings_text(settings).encode()),
        instruments=_hashes(inputs.instruments),
        sources={f.name: sha256_of(f.read_bytes()) for f in sorted(settings.sources.glob("*"))},
        landed=tuple(receipt.sha256 for receipt in inputs.receipts),
        held_back=tuple(receipt.sha256 for receipt in inputs.held_back),
        databases={name: digests_of(file, key) for name, file in databases.items()},
    )


def code_fingerprint() -> str:
    """SHA-256 over every file of the program that decides what is published."""
    digest = hashlib.sha256()
    for file in _code_files():
        digest.update(f"{file.relative_to(ROOT).as_posix()}\n".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def libraries() -> dict[str, str]:
    """The versions of what computes and draws beside our own code."""
    return {name: version(name) for name in LIBRARIES}


def _code_files() -> Iterator[Path]:
    for room in CODE:
        yield from sorted(f for f in (ROOT / room).rglob("*") if f.suffix in CODE_ENDINGS)


def _settings_text(settings: Settings) -> str:
    told = settings.model_dump(mode="json", exclude={"home"})
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _instruments_text(instruments: Mapping[str, Instrument]) -> str:
    told = {name: each.model_dump(mode="json") for name, each in sorted(instruments.items())}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True) + "\n"


def _hashes(instruments: Mapping[str, Instrument]) -> dict[str, str]:
    told = sorted(instruments.items())
    return {name: sha256_of(_instruments_text({name: each}).encode()) for name, each in told}


def _write_manifest(folder: Path, recording: Recording) -> None:
    write_durably(folder / MANIFEST, recording.model_dump_json(indent=1) + "\n")


def sha256_of(content: bytes) -> str:
    """SHA-256 in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
