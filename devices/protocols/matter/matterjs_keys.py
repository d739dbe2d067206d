"""Keys and nodes of the network that the matter.js server runs, as one file of a backup.

The server keeps one small file per value below `controller/` (matter.js 0.17, storage driver `file`), each replaced whole;
those of its certificate authority and fabric do not change after the first start.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from devices.contract import KeyedNetwork
from devices.protocols.matter.nodes import MatterNodes

FILE = "matterjs.json"
STORE = "matterjs"
_VALUES = "controller"
_LAST = "last_node.json"
_ROOT = "certificates.rootCertBytes"
_NEEDED = (_ROOT, "certificates.rootKeyPair", "fabrics.fabrics")
_BESIDE = (_LAST, "leaving.json", "commissioning.json")
_VERSION = ".__version__"
"""Ending of the data versions of a node's clusters: left out, so that a restored server reads every value anew."""
_NAME = re.compile(r"\w[\w.-]{0,200}")
_PATH = re.compile(rf"({_VALUES}/)?{_NAME.pattern}")
_ADDRESS = re.compile(r"nodes\.(\w+)\.endpoints\.0\.commissioning\.peerAddress")
_ATTRIBUTE = re.compile(r"nodes\.(\w+)\.endpoints\.(\d+)\.(\d+)\.(\d+)")
_BIG = re.compile(r'__value__\\*":\\*"(\d+)')


def read(store: Path) -> dict[str, bytes]:
    """The network's files as one; empty where there is none. Raises OSError; FileNotFoundError where one was just replaced."""
    if not (store / _VALUES / _ROOT).exists():
        return {}
    values = [file for file in (store / _VALUES).iterdir() if file.is_file() and not file.name.endswith(_VERSION)]
    texts = {f"{_VALUES}/{file.name}": file.read_text("utf-8") for file in values if _NAME.fullmatch(file.name)}
    texts |= {name: (store / name).read_text("utf-8") for name in _BESIDE if (store / name).exists()}
    return {FILE: json.dumps(texts, sort_keys=True).encode()}


def unpacked(packed: bytes) -> dict[str, bytes]:
    """The files of the store by their paths in it. Raises ValueError for what is no such file."""
    texts = json.loads(packed)
    if not isinstance(texts, dict):
        raise ValueError("no files")
    files: dict[str, bytes] = {}
    for path, text in cast("dict[str, Any]", texts).items():
        if not _PATH.fullmatch(path) or not isinstance(text, str):
            raise ValueError(path[:80])
        files[path] = text.encode()
    return files


def network(packed: bytes) -> KeyedNetwork | None:
    """The network of the packed files, and its known nodes; None where they are damaged."""
    try:
        files = unpacked(packed)
        root = hashlib.sha256(files[f"{_VALUES}/{_ROOT}"]).hexdigest()
        if not all(json.loads(files[f"{_VALUES}/{name}"]) for name in _NEEDED):
            return None
        ids = _node_ids(files)
        made = MatterNodes()
        for peer, attributes in _attributes(files).items():
            if peer in ids:
                made.node_updated({"node_id": ids[peer], "attributes": attributes})
        newest = int(json.loads(files.get(_LAST, b'{"node": 0}'))["node"])
    except (KeyError, ValueError, TypeError):
        return None
    uids = frozenset(device.uid for device in made.devices)
    return KeyedNetwork(id=root[:16], root=root, nodes=tuple(sorted(ids.values())), uids=uids, newest=newest)


def _node_ids(files: Mapping[str, bytes]) -> dict[str, int]:
    """Node ids by the name of the peer."""
    found: dict[str, int] = {}
    for path, text in files.items():
        peer, id = _ADDRESS.fullmatch(path.rpartition("/")[2]), _BIG.search(text.decode())
        if peer is not None and id is not None:
            found[peer[1]] = int(id[1])
    return found


def _attributes(files: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path, text in files.items():
        if at := _ATTRIBUTE.fullmatch(path.rpartition("/")[2]):
            found.setdefault(at[1], {})["/".join(at.groups()[1:])] = json.loads(text)
    return found
