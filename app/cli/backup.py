"""`oikos backup`: a consistent copy of project, history and keys, also while they are being written."""

from __future__ import annotations

import argparse
from pathlib import Path

from app.cli.framework.verb import Outcome, Verb


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project and the path of the copy."""
    parser.add_argument("project")
    parser.add_argument("out", help="project file to make, usually name-backup.oikos")


def run(args: argparse.Namespace) -> Outcome:
    """Copies both files, verified, and the links' keys, encrypted. Refuses to overwrite files; a failure leaves
    nothing behind.
    """
    from app.cli.framework.project_access import reading
    from app.engine import key_backup
    from app.settings import home
    from devices.contract import Adapter
    from devices.protocol_registry import found_adapters
    from twin.store.backup import back_up

    with reading(args.project) as project:
        adapters = found_adapters().adapters if project.twin.links else dict[str, Adapter]()
        found = key_backup.gather_keys(project.project, adapters, home())
        sealed, notes = key_backup.encrypt_keys(found, home())
        made = back_up(project.project, project.history, Path(args.out), sealed)
    sizes = {str(file): file.stat().st_size for file in made}
    document = {"files": sizes, "networks": sorted(found.networks), "secrets": len(found.secrets)}
    return Outcome(document, tuple(f"{file}  {size / 1e6:.1f} MB" for file, size in sizes.items()), notes)


VERB = Verb(sentence="copy a project and its history safely, also while it runs", arguments=arguments, run=run)
