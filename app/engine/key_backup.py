"""Backup of a project's keys: passwords of its links, and keys of networks hosted on this computer (Matter).

`name.oikos-keys` is AES-256-GCM under a passphrase (OIKOS_PASSPHRASE), or else under this computer's own key, which
another computer does not have; a note is then raised.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import cast

from app.engine.kept_setup_codes import read_kept, secret_name
from app.engine.link_files import gather_files
from app.engine.machine_secrets import KEY_FILE, machine_key, open_secrets, secrets_to_restore
from app.engine.pairing_codes import SETTING, code_secrets, read_queue
from devices.contract import Adapter, KeepsKeys, KeyedNetwork, ManagesServer, Secret
from devices.secrets import PASSPHRASE, seal, unseal
from twin.files.opening import check_regular
from twin.model.device import Link
from twin.model.ids import LinkId
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.twin import Twin
from twin.store.project import Project
from twin.store.project.kept_settings import LINKS_WITH_LOGIN, SETUP_CODES, ids_of

_MAGIC = {True: b"OIKOSKP1", False: b"OIKOSKM1"}
"""First bytes of the file: encrypted under a passphrase (True) or under this computer's key (False)."""
MAX_BYTES = 256_000_000


@dataclass(frozen=True, slots=True)
class KeyBackup:
    """Contents of a key backup: network key files by protocol, secrets by link, channel, part of the pairing queue and setup code, and
    files of links and channels by path."""

    networks: Mapping[str, Mapping[str, bytes]] = field(default_factory=dict[str, Mapping[str, bytes]])
    secrets: Mapping[str, Secret] = field(default_factory=dict[str, Secret])
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])


@dataclass(frozen=True, slots=True)
class RestoredNetwork:
    """State of a restored network, read back from its files."""

    protocol: str
    network: str
    nodes: tuple[int, ...]
    devices: tuple[str, ...]
    """Uids of the project's devices that belong to the network."""
    put: bool
    """Whether the network's files were restored from the backup."""
    kept: str
    """Path of the former network's files; empty where none were moved."""


@dataclass(frozen=True, slots=True)
class RestoredKeys:
    """Result of restoring keys: networks, number of links with restored secrets, and problems to report."""

    networks: tuple[RestoredNetwork, ...] = ()
    secrets: int = 0
    problems: tuple[Problem, ...] = ()


def note_login(project: Project, link: LinkId, secret: Secret | None) -> Secret | None:
    """Notes in the project whether a link has a secret, so that its loss can be told; returns the secret. Blocks."""

    def noted(stored: object) -> list[str]:
        known = set(ids_of(stored) or ())
        return sorted(known - {str(link)} if secret is None else known | {str(link)})

    if (secret is not None) != (link in (ids_of(project.setting(LINKS_WITH_LOGIN)) or ())):
        with contextlib.suppress(ProblemError):  # the link itself matters more
            project.change_setting(LINKS_WITH_LOGIN, noted)
    return secret


def gather_keys(project: Project, adapters: Mapping[str, Adapter], home: Path) -> KeyBackup:
    """Collects the keys of a project on this computer. Blocks; raises ProblemError where they are damaged or locked."""
    twin = project.twin()
    networks: dict[str, Mapping[str, bytes]] = {}
    for link in twin.links:
        adapter = adapters.get(link.protocol)
        if isinstance(adapter, KeepsKeys) and (files := adapter.keys(link, folder_of(home, link.protocol))):
            networks[link.protocol] = files
    return KeyBackup(networks, secrets_of(project, home), gather_files(project))


def secrets_of(project: Project, home: Path) -> dict[str, Secret]:
    """The secrets of a project on this computer by name: of its links, channels of notifications, pairing queue and
    setup codes. Blocks;
    raises ProblemError where they are locked.
    """
    from app.engine.channel_secret import secret_id  # brings what sends mail, which no link needs to start

    secrets, twin = open_secrets(home), project.twin()
    ids = (*(link.id for link in twin.links), *(secret_id(one.id) for one in twin.definitions.channels))
    found = {str(id): secret for id in ids if (secret := secrets.get(id)) is not None}
    names = map(secret_name, read_kept(project.setting(SETUP_CODES)).values())
    found |= {str(name): code for name in names if (code := secrets.get(name)) is not None}
    return found | code_secrets(secrets, *read_queue(str(project.setting(SETTING, ""))))


def encrypt_keys(keys: KeyBackup, home: Path) -> tuple[bytes, tuple[Problem, ...]]:
    """Encrypts the keys: (file content, notes); empty content without keys. Raises ProblemError where there is no key
    to use.
    """
    if not (keys.networks or keys.secrets or keys.files):
        return b"", ()
    text = {
        "networks": {p: {n: base64.b64encode(d).decode() for n, d in f.items()} for p, f in keys.networks.items()},
        "secrets": {link: asdict(secret) for link, secret in keys.secrets.items()},
        "files": {path: base64.b64encode(data).decode() for path, data in keys.files.items()},
    }
    passphrase = os.environ.get(PASSPHRASE, "")
    key = passphrase or machine_key(home)
    if not key:
        raise ProblemError(_no_key(home))
    notes = () if passphrase else (_machine_only(home),)
    return seal(json.dumps(text).encode(), key, _MAGIC[bool(passphrase)]), notes


def read_keys(file: Path, home: Path) -> KeyBackup:
    """Reads the keys of a backup; empty where it has no such file. Raises ProblemError where it cannot be opened here."""
    if not file.exists():
        return KeyBackup()
    check_regular(file)
    if file.stat().st_size > MAX_BYTES:
        raise ProblemError(_damaged(file))
    data = file.read_bytes()
    with_passphrase = data[:8] == _MAGIC[True]
    if not with_passphrase and data[:8] != _MAGIC[False]:
        raise ProblemError(_damaged(file))
    key = os.environ.get(PASSPHRASE, "") if with_passphrase else machine_key(home)
    try:
        plain = unseal(data, key, data[:8]) if key else None
    except ValueError:
        plain = None
    if plain is None:
        raise ProblemError(_locked(file) if with_passphrase else _of_another(file))
    try:
        found = cast("dict[str, dict[str, dict[str, str]]]", json.loads(plain))
        files = cast("dict[str, str]", found.get("files", {}))
        networks = {p: {n: base64.b64decode(d) for n, d in f.items()} for p, f in found["networks"].items()}
        secrets = {link: Secret(**fields) for link, fields in found["secrets"].items()}
        return KeyBackup(networks, secrets, {path: base64.b64decode(data) for path, data in files.items()})
    except (KeyError, ValueError, AttributeError, TypeError) as error:
        raise ProblemError(_damaged(file)) from error


def restore_keys(
    keys: KeyBackup, twin: Twin, adapters: Mapping[str, Adapter], home: Path, *, replace: bool = False
) -> RestoredKeys:
    """Restores the keys of a project and reads them back. Newer or different networks and other passwords on this
    computer are
    kept unless `replace`, which moves them aside. Blocks.
    """
    problems: list[Problem] = []
    links = {str(link.id) for link in twin.links}
    count = len(links & _secrets_back(keys, home, problems, replace=replace))
    rows: list[RestoredNetwork] = []
    for link in twin.links:
        adapter = keyed(adapters.get(link.protocol), link)
        if adapter is None:
            continue
        folder = folder_of(home, link.protocol)
        try:
            files = keys.networks.get(link.protocol, {})
            put, kept = _network_back(adapter, link, files, folder, problems, replace=replace)
            now = adapter.network(adapter.keys(link, folder))
        except ProblemError as error:
            problems += error.problems
            continue
        uids = {device.uid for device in twin.devices if device.link == link.id}
        problems += without_network(link.title, uids, now)
        if now is not None:
            here = tuple(sorted(uids & now.uids))
            rows.append(RestoredNetwork(link.protocol, now.id, now.nodes, here, put, kept))
    return RestoredKeys(tuple(rows), count, tuple(problems))


def keyed(adapter: Adapter | None, link: Link) -> KeepsKeys | None:
    """The adapter, if this link is its managed network with keys on this computer; else None."""
    if isinstance(adapter, KeepsKeys) and isinstance(adapter, ManagesServer) and adapter.managed().id == link.id:
        return adapter
    return None


def lost_network(adapter: Adapter | None, link: Link, uids: set[str], home: Path) -> tuple[Problem, ...]:
    """Problems to raise before a link starts: devices whose network keys this computer lacks. Blocks."""
    own = keyed(adapter, link) if uids else None
    if own is None:
        return ()
    try:
        return without_network(link.title, uids, own.network(own.keys(link, folder_of(home, link.protocol))))
    except ProblemError:
        return ()  # the link itself says that they are damaged


def without_network(title: str, uids: set[str], network: KeyedNetwork | None) -> tuple[Problem, ...]:
    """The problem of devices (uids) that are missing in this computer's network; empty where none are."""
    missing = uids - (network.uids if network else frozenset())
    if not missing:
        return ()
    if network is None or missing == uids:
        return (Problem(code="keys.no_network", args={"n": len(uids)}, where=title),)
    return (
        Problem(
            code="keys.missing",
            args={"n": len(missing), "all": len(uids)},
            where=title,
            severity=Severity.WARNING,
            detail=", ".join(sorted(missing))[:500],
        ),
    )


def folder_of(home: Path, protocol: str) -> Path:
    """The folder of a protocol's files below `home`."""
    return home / "protocols" / protocol


def _secrets_back(keys: KeyBackup, home: Path, problems: list[Problem], *, replace: bool) -> set[str]:
    """The names of the secrets that were put back."""
    if not keys.secrets:
        return set()
    secrets, put = secrets_to_restore(home), set[str]()
    for link, secret in keys.secrets.items():
        try:
            have = secrets.get(LinkId(link))
            if have is None or (replace and have != secret):
                secrets.put(LinkId(link), secret)
                put.add(link)
            elif have != secret:
                problems.append(_other_secret(link))
        except ProblemError as error:
            problems += error.problems
    return put


def _network_back(
    adapter: KeepsKeys, link: Link, files: Mapping[str, bytes], folder: Path, problems: list[Problem], *, replace: bool
) -> tuple[bool, str]:
    """Restores a network unless that would lose a newer or different one; (whether restored, path of the former
    files)."""
    theirs = adapter.network(files) if files else None
    if theirs is None:
        return False, ""
    try:
        mine = adapter.network(adapter.keys(link, folder))
    except ProblemError:
        mine = None  # damaged: kept beside
    if mine is not None and not replace:
        if mine.root == theirs.root and mine.newest >= theirs.newest and mine.nodes:
            return False, ""
        if mine.root != theirs.root and mine.nodes:
            problems.append(_other_network(folder, len(mine.nodes)))
            return False, ""
    kept = adapter.put_keys(folder, files)
    return True, str(kept) if kept else ""


def _machine_only(home: Path) -> Problem:
    return Problem(
        code="keys.machine", args={"variable": PASSPHRASE}, where=str(home / KEY_FILE), severity=Severity.NOTE
    )


def _no_key(home: Path) -> Problem:
    return Problem(code="keys.no_key", args={"variable": PASSPHRASE}, where=str(home))


def _locked(file: Path) -> Problem:
    return Problem(code="keys.passphrase", args={"variable": PASSPHRASE}, where=str(file))


def _of_another(file: Path) -> Problem:
    return Problem(code="keys.another", args={"file": KEY_FILE}, where=str(file))


def _damaged(file: Path) -> Problem:
    return Problem(code="keys.damaged", where=str(file))


def _other_secret(link: str) -> Problem:
    return Problem(code="keys.other_secret", where=link, severity=Severity.WARNING)


def _other_network(folder: Path, nodes: int) -> Problem:
    return Problem(code="keys.other_network", args={"n": nodes}, where=str(folder))
