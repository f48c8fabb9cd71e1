"""A report's files into a folder, such as the drop of an SFTP server: beside, then renamed."""

import shutil
from pathlib import Path

from flows.delivery.memory import Memory
from flows.delivery.reports import CriticalReport, Report
from flows.errors import ExitCode, OpKoersError
from flows.mishaps import told_as_sentence
from flows.publishing.folders import replaced_whole


def put(report: Report | CriticalReport, folder: Path, memory: Memory) -> None:
    """The report's own files as folder/<ISO week>; a reader finds all of them or the last ones.

    Raises OpKoersError when the folder is not there, its disk is full or gone, or this account
    has no rights. `folder` itself is made only inside a folder that is there.
    """
    _refuse_gone(folder, memory)
    with told_as_sentence():
        folder.mkdir(exist_ok=True)
        with replaced_whole(folder / report.week) as beside:
            for file in sorted(report.folder.iterdir()):
                if file.is_file() and not file.name.startswith("."):
                    shutil.copyfile(file, beside / file.name)
        memory.note_mount(folder, mount_of(folder))


def mount_of(folder: Path) -> Path:
    """The place where the disk of a folder is mounted."""
    return next(each for each in (folder, *folder.absolute().parents) if each.is_mount())


def _refuse_gone(folder: Path, memory: Memory) -> None:
    """A mount that vanished leaves an empty folder behind, on a disk that nobody looks at."""
    if not folder.parent.is_dir():
        raise OpKoersError(
            "the folder to deliver to is not there",
            where=folder.parent,
            next_step="Make or mount it, or mend [delivery] in opkoers.toml; the next run tries"
            " again",
            exit_code=ExitCode.DELIVERY,
        )
    mount, known = mount_of(folder), memory.mount_of(folder)
    if known is not None and mount != known and not known.is_mount():
        raise OpKoersError(
            f"the folder to deliver to was on the disk at {known}, which is not mounted now",
            where=folder,
            next_step="Mount it again; the next run tries again",
            exit_code=ExitCode.DELIVERY,
        )
