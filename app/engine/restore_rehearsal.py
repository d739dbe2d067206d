"""Rehearsal of a restore: a copy is put back in a folder of its own and looked through; nothing of this computer changes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.engine import key_backup
from app.engine.key_backup import KeyBackup, RestoredNetwork
from app.engine.link_files import files_named
from app.engine.missing_secrets import file_missing, jobs_with_codes, without_secrets
from devices.contract import Adapter
from devices.protocol_registry import found_adapters
from twin.files import atomic
from twin.model.problem import Problem
from twin.model.twin import Twin
from twin.store.backup import damage, restore
from twin.store.file_names import keys_file
from twin.store.project import Project


@dataclass(frozen=True, slots=True)
class RehearsedRestore:
    """What would come back."""

    rooms: int
    devices: int
    links: int
    secrets: int
    """Links whose password or pairing keys are in the backup."""
    codes: int
    """Devices to be paired whose code is in the backup."""
    networks: tuple[RestoredNetwork, ...]
    has_history: bool
    problems: tuple[Problem, ...]
    """What would not come back."""


def rehearse(backup: Path, home: Path, *, with_keys: bool = True) -> RehearsedRestore:
    """Restores a copy of the backup below `home`, reads everything in it and deletes it. Blocks. Raises ProblemError where
    it cannot be restored, or its keys, unless they are left out, cannot be opened here.
    """
    keys = key_backup.read_keys(keys_file(backup), home) if with_keys else KeyBackup()
    with tempfile.TemporaryDirectory(prefix=f"rehearsal-{os.getpid()}-", dir=_swept(home)) as folder:
        made = restore(backup, Path(folder) / "rehearsal.oikos").made
        problems = list(damage(made[0]))
        with Project.open(made[0], readonly=True) as project:
            twin = project.twin()
            adapters = found_adapters().adapters if twin.links else dict[str, Adapter]()
            lost_secrets = without_secrets(project, adapters, keys.secrets)
            codes = jobs_with_codes(project, keys.secrets)[1]
            files = [file_missing(title, file) for title, file in files_named(project) if file not in keys.files]
    networks, lost = _networks(keys, twin, adapters)
    problems += [*lost, *lost_secrets, *files]
    there = sum(str(link.id) in keys.secrets for link in twin.links)
    return RehearsedRestore(
        len(twin.rooms), len(twin.devices), len(twin.links), there, len(codes), networks, len(made) > 1, tuple(problems)
    )


def _swept(home: Path) -> Path:
    """The folder for rehearsals, not that of the system, which often is memory; without those of processes that were
    killed."""
    folder = home / "run"
    atomic.private_folder(folder)
    for left in folder.glob("rehearsal-*-*"):
        if (process := left.name.split("-")[1]).isdecimal() and not atomic.process_runs(int(process)):
            shutil.rmtree(left, ignore_errors=True)
    return folder


def _networks(
    keys: KeyBackup, twin: Twin, adapters: Mapping[str, Adapter]
) -> tuple[tuple[RestoredNetwork, ...], list[Problem]]:
    """The networks whose keys are in the backup, and the devices that belong to none of them."""
    rows: list[RestoredNetwork] = []
    problems: list[Problem] = []
    for link in twin.links:
        adapter = key_backup.keyed(adapters.get(link.protocol), link)
        if adapter is None:
            continue
        files = keys.networks.get(link.protocol)
        network = adapter.network(files) if files else None
        uids = {device.uid for device in twin.devices if device.link == link.id}
        problems += key_backup.without_network(link.title, uids, network)
        if network is not None:
            here = tuple(sorted(uids & network.uids))
            rows.append(RestoredNetwork(link.protocol, network.id, network.nodes, here, put=False, kept=""))
    return tuple(rows), problems
