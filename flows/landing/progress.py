"""How far the landing of a large file is, on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import duckdb

FIRST_AFTER_SECONDS = 2.0
EVERY_SECONDS = 0.2


@contextmanager
def shown(
    connection: duckdb.DuckDBPyConnection, name: str, after: float = FIRST_AFTER_SECONDS
) -> Iterator[None]:
    """Show how far the statements of `connection` are, once they have taken `after` seconds.

    Each statement fills the bar anew; where DuckDB cannot tell how far it is, and while
    another process reads the file, the bar moves to and fro. Nothing where stderr is no terminal.
    """
    if not sys.stderr.isatty():
        yield
        return
    connection.execute("set enable_progress_bar = true")
    connection.execute("set enable_progress_bar_print = false")
    is_done = Event()
    watcher = Thread(target=_watch, args=(connection, name, after, is_done), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        is_done.set()
        watcher.join()


def _watch(connection: duckdb.DuckDBPyConnection, name: str, after: float, is_done: Event) -> None:
    if is_done.wait(after):
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(f"landing {escape(name)}", total=None)
        while not is_done.wait(EVERY_SECONDS):
            percent = connection.query_progress()
            bar.update(task, total=None if percent < 0 else 100, completed=max(percent, 0))
