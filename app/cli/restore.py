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
    from collections.abc import Iterable, Mapping

    from app.engine.key_backup import RestoredNetwork


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the backup and the project."""
    parser.add_argument("backup")
    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project", nargs="?", help="project file to make or replace")
    parser.add_argument(
        "--check",
        action="store_true",
        help="restore a copy, look through it and say what would come back; changes nothing",
    )
    parser.add_argument("--without-keys", action="store_true", help="leave out passwords and the Matter network")
    parser.add_argument(
        "--replace-keys", action="store_true", help="also where this computer has other ones (a network is kept beside)"
    )


def run(args: argparse.Namespace) -> Outcome:
    """Copies both files; existing ones, sound or damaged, are renamed to name.old1.oikos, never lost."""
    if args.check == (args.project is not None):
        args.refuse(translate("cli.usage.restore_what"))
    if args.check:
        return _rehearsed(Path(args.backup), with_keys=not args.without_keys)
    from app.engine import key_backup
    from app.engine.link_files import files_named
    from app.engine.missing_secrets import file_missing, without_secrets
    from app.settings import home
    from devices.contract import Adapter
    from devices.protocol_registry import found_adapters
    from twin.store.backup import damage, restore
    from twin.store.file_names import keys_file
    from twin.store.project import Project

    found = key_backup.KeyBackup() if args.without_keys else key_backup.read_keys(keys_file(Path(args.backup)), home())
    done = restore(Path(args.backup), Path(args.project))
    damaged = tuple(replace(problem, severity=Severity.WARNING) for problem in damage(done.made[0]))
    _put_back(done.made[0], found.files)
    with Project.open(done.made[0], readonly=True) as project:
        twin = project.twin()
        adapters = found_adapters().adapters if twin.links else dict[str, Adapter]()
        back = key_backup.restore_keys(found, twin, adapters, home(), replace=args.replace_keys)
        lost = without_secrets(project, adapters, key_backup.secrets_of(project, home()))
        files = [file_missing(title, file) for title, file in files_named(project) if not Path(file).is_file()]
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
    lines = [translate("cli.restore.done", project=str(done.made[0])), *_kept_lines(kept)]
    return Outcome(document, (*lines, *_network_lines(back.networks)), (*damaged, *back.problems, *lost, *files))


def _kept_lines(kept: Iterable[str]) -> list[str]:
    return [translate("cli.restore.kept", file=path) for path in kept]


def _put_back(path: Path, files: Mapping[str, bytes]) -> None:
    """Puts files of links and channels to where the project finds them."""
    from app.engine.link_files import LinkFiles
    from app.settings import home
    from twin.store.project import Project

    if files:
        with Project.open(path) as project:
            LinkFiles(project, home()).put_back(files)


def _rehearsed(backup: Path, *, with_keys: bool) -> Outcome:
    from app.engine.restore_rehearsal import rehearse
    from app.settings import home

    found = rehearse(backup, home(), with_keys=with_keys)
    document = {**asdict(found), "restored": False, "sound": not found.problems}
    del document["problems"]
    line = translate(
        "cli.restore.rehearsed",
        rooms=Text("cli.count.rooms", n=found.rooms),
        devices=Text("cli.count.devices", n=found.devices),
        secrets=found.secrets,
        links=found.links,
    )
    past = translate("cli.restore.with_history" if found.has_history else "cli.restore.without_history")
    codes = (translate("cli.restore.codes", n=found.codes),) if found.codes else ()
    return Outcome(document, (line, past, *codes, *_network_lines(found.networks)), found.problems)


def _network_lines(networks: Iterable[RestoredNetwork]) -> list[str]:
    return [
        translate(
            "cli.restore.network",
            protocol=row.protocol,
            network=str(row.network),
            nodes=Text("cli.count.nodes", n=len(row.nodes)),
            devices=Text("cli.count.devices", n=len(row.devices)),
        )
        for row in networks
    ]


VERB = Verb(sentence="put a backup back to work", arguments=arguments, run=run)
