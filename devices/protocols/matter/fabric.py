"""Files of the Matter network (fabric) that Oikos runs: keys and list of nodes, for backup and restore.

Without `chip.json` (the root key) no device of the network can be controlled any more: each must be reset and paired
again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from devices.contract import KeyedNetwork
from devices.protocols.matter import keystore, matterjs_keys
from devices.protocols.matter.nodes import MatterNodes
from devices.protocols.matter.server import locked
from twin.files import atomic
from twin.files.errors import os_problem
from twin.model.problem import Problem, ProblemError

STORE = "store"
MAX_BYTES = 64_000_000
_NODES = re.compile(r"\d{1,20}\.json")
"""The server names its list of nodes after the compressed fabric id (Matter Core 1.4, 4.3.2.2), in decimal."""
_STATE = ("chip_config.ini", "chip_counters.ini", "chip_factory.ini", "chip_kvs")
_ROOT = ("ExampleCARootCert1", "f/1/r")
_TRIES = 5


def read(folder: Path, store_name: str = STORE) -> dict[str, bytes]:
    """The network's files in a server's store of the protocol's folder by name; empty where there are none.

    The server may be running: it replaces its files atomically. Raises ProblemError where the keys are damaged or
    unreadable.
    """
    store = folder / store_name
    for _ in range(_TRIES):
        try:
            files = _files(store)
        except FileNotFoundError:
            continue  # replaced just now
        except OSError as error:
            raise ProblemError(os_problem(error, store, code="matter.unreadable")) from error
        if not files or network(files) is not None:
            return files
    raise ProblemError(_damaged(store))


def _files(store: Path) -> dict[str, bytes]:
    if store.name.startswith(matterjs_keys.STORE):
        return matterjs_keys.read(store)
    keys = next((file for name in (keystore.FILE, keystore.BACKUP) if keystore.whole(file := store / name)), None)
    if keys is None:
        if (store / keystore.FILE).exists():
            raise ProblemError(_damaged(store))
        return {}
    files = {keystore.FILE: keys.read_bytes()}
    lists = [file for file in store.glob("*.json") if _NODES.fullmatch(file.name)]
    if lists:
        newest = max(lists, key=lambda file: file.stat().st_mtime_ns)
        files[newest.name] = newest.read_bytes()
    for name in _STATE:
        with contextlib.suppress(FileNotFoundError):
            files[name] = (store / name).read_bytes()
    return files


def network(files: Mapping[str, bytes]) -> KeyedNetwork | None:
    """The network that the files belong to, and its known nodes; None where there is none or they are damaged."""
    if matterjs_keys.FILE in files:
        return matterjs_keys.network(files[matterjs_keys.FILE])
    try:
        keys = cast("dict[str, Any]", json.loads(files[keystore.FILE]))
        config = cast("dict[str, Any]", keys["sdk-config"])
        root = next(str(config[name]) for name in _ROOT if name in config)
        name = next((name for name in files if _NODES.fullmatch(name)), None)
        known = cast("dict[str, Any]", json.loads(files[name])) if name else {}
        nodes = cast("dict[str, dict[str, Any]]", known.get("nodes", {}))
        made = MatterNodes()
        for node in nodes.values():
            made.node_updated(node)
    except (KeyError, ValueError, StopIteration, AttributeError, TypeError):
        return None
    return KeyedNetwork(
        id=name.removesuffix(".json") if name else hashlib.sha256(root.encode()).hexdigest()[:16],
        root=hashlib.sha256(root.encode()).hexdigest(),
        nodes=tuple(sorted(int(node["node_id"]) for node in nodes.values() if "node_id" in node)),
        uids=frozenset(device.uid for device in made.devices),
        newest=int(known.get("last_node_id") or 0),
    )


def put_back(folder: Path, files: Mapping[str, bytes]) -> Path | None:
    """Writes the network's files into the protocol's folder and verifies them; returns where earlier files were moved
    to, None for none.

    Raises ProblemError where the server is running, the folder is not writable or the files are damaged; then the
    former state is kept.
    """
    wanted = network(files)
    if wanted is None or any(name != Path(name).name or len(data) > MAX_BYTES for name, data in files.items()):
        raise ProblemError(_damaged(folder / STORE))
    packed = files.get(matterjs_keys.FILE)
    store = folder / (STORE if packed is None else matterjs_keys.STORE)
    fresh = folder / f"{store.name}.new"
    try:
        atomic.private_folder(folder)
        folder.chmod(0o700)
        lock = locked(folder / "server.lock")
        try:
            _emptied(fresh)
            for name, data in (files if packed is None else matterjs_keys.unpacked(packed)).items():
                (fresh / name).parent.mkdir(mode=0o700, exist_ok=True)
                atomic.write(fresh / name, data, mode=0o600)
            if network(_files(fresh)) != wanted:
                raise ProblemError(_damaged(fresh))
            aside = _free(store) if store.exists() else None
            if aside is not None:
                store.rename(aside)
            fresh.rename(store)
        finally:
            lock.close()
    except OSError as error:
        raise ProblemError(os_problem(error, store, code="matter.unwritable")) from error
    return aside


def _emptied(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(mode=0o700)


def _free(store: Path) -> Path:
    names = (f"{store.name}.old{number}" for number in range(1, 10_000))
    return next(path for name in names if not (path := store.with_name(name)).exists())


def _damaged(store: Path) -> Problem:
    return Problem(code="matter.damaged", where=str(store))
