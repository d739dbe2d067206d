"""`oikos restore`: restores a backup after checking it; existing files are kept beside it."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.problem import Severity
from twin.model.text import Text

if TYPE_CHECKING:
    from twin.model.twin import Twin


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the backup and the project."""
    parser.add_argument("backup")
    parser.add_argument("project", help="project file to make or replace")
    parser.add_argument("--without-keys", action="store_true", help="leave out passwords and the Matter network")
    parser.add_argument(
        "--replace-keys", action="store_true", help="also where this computer has other ones (a network is kept beside)"
    )


def run(args: argparse.Namespace) -> Outcome:
    """Copies both files; existing ones, sound or damaged, are renamed to name.old1.oikos, never lost."""
    from app.engine import key_backup
    from app.settings import home
    from devices.protocol_registry import found_adapters
    from twin.store.backup import damage, restore
    from twin.store.file_names import keys_file

    found = key_backup.KeyBackup() if args.without_keys else key_backup.read_keys(keys_file(Path(args.backup)), home())
    done = restore(Path(args.backup), Path(args.project))
    damaged = tuple(replace(problem, severity=Severity.WARNING) for problem in damage(done.made[0]))
    twin = _twin(done.made[0])
    back = key_backup.restore_keys(
        found, twin, found_adapters().adapters if twin.links else {}, home(), replace=args.replace_keys
    )
    kept = [str(path) for path in done.kept]
    document = {
        "restored": True,
        "project": str(done.made[0]),
        "files": [str(path) for path in done.made],
        "kept": kept[0] if kept else None,
        "kept_files": kept,
        "networks": [asdict(row) for row in back.networks],
        "secrets": back.secrets,
    }
    lines = (
        translate("cli.restore.done", project=str(done.made[0])),
        *(translate("cli.restore.kept", file=path) for path in kept),
    )
    networks = (
        translate(
            "cli.restore.network",
            protocol=row.protocol,
            network=str(row.network),
            nodes=Text("cli.count.nodes", n=len(row.nodes)),
            devices=Text("cli.count.devices", n=len(row.devices)),
        )
        for row in back.networks
    )
    return Outcome(document, (*lines, *networks), (*damaged, *back.problems))


def _twin(project: Path) -> Twin:
    from twin.store.project import Project

    with Project.open(project, readonly=True) as opened:
        return opened.twin()


VERB = Verb(sentence="put a backup back to work", arguments=arguments, run=run)
