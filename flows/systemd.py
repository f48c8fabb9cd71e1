"""opkoers schedule --systemd: the units of systemd for a home, with this machine's paths."""

import sys
from getpass import getuser
from pathlib import Path

from flows.errors import ExitCode, OpKoersError
from flows.settings import Settings

_UNIT = """\
# {file}, made by `opkoers schedule --systemd`
[Unit]
Description=Op koers: {what}
After=network-online.target
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
Type=exec
User={user}
Environment={environment}
ExecStart={command} {words} --home {home}
Restart=always
RestartSec=30
KillSignal=SIGTERM
KillMode=mixed
TimeoutStopSec=90
UMask=0077
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=strict
ProtectHome={protect_home}
ReadWritePaths={home}
{folders}ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes

[Install]
WantedBy=multi-user.target
"""
_HOMES = (Path("/home"), Path("/root"))


def units(settings: Settings) -> str:
    """Both units as one text: a line '# NAME' begins each, and says in which file it belongs.

    Raises OpKoersError for a path that systemd cannot be told.
    """
    parts = (
        ("opkoers-schedule.service", "reports, landing and critical items", "schedule"),
        ("opkoers-pages.service", "the pages", "serve"),
    )
    told = (_unit(settings, *part) for part in parts)
    return "# Save each part in /etc/systemd/system under its name.\n\n" + "\n".join(told)


def _unit(settings: Settings, file: str, what: str, words: str) -> str:
    command = Path(sys.executable).with_name("opkoers")
    writes = [settings.home, *_folders(settings)]
    is_in_a_home = any(p.is_relative_to(h) for p in (*writes, command) for h in _HOMES)
    return _UNIT.format(
        file=file,
        what=what,
        words=words,
        user=getuser(),
        environment=_quoted(f"OPKOERS_HOME={settings.home}"),
        home=_quoted(settings.home),
        command=_quoted(command),
        # The minus: a mount that is gone must not keep all of it from starting.
        folders="".join(f"ReadWritePaths={_quoted(f'-{each}')}\n" for each in _folders(settings)),
        protect_home="no" if is_in_a_home else "yes",
    )


def _folders(settings: Settings) -> list[Path]:
    delivery = settings.delivery
    return [Path(each) for each in (delivery.folder, *delivery.folders.values()) if each]


def _quoted(word: Path | str) -> str:
    if set(str(word)) & set('"\\\n'):
        raise OpKoersError(
            "systemd cannot be told of a path with a quote, a backslash or a line break",
            where=str(word),
            next_step="Give the folder another name",
            exit_code=ExitCode.SCHEDULE,
        )
    return '"{}"'.format(str(word).replace("%", "%%"))
