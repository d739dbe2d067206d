"""The matter.js server's network in a backup: its keys and nodes come back, and what is no such file goes nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from devices.protocols.matter import fabric, matterjs_keys
from twin.model.problem import ProblemError

VALUES = {
    "certificates.rootCertBytes": '"30"',
    "certificates.rootKeyPair": '{"privateKey": "secret"}',
    "fabrics.fabrics": '[{"fabricIndex":1}]',
    "nodes.peer1.endpoints.0.commissioning.peerAddress": r'{"fabricIndex":1,"nodeId":"{\"__object__\":\"BigInt\",\"__value__\":\"7\"}"}',
    "nodes.peer1.endpoints.0.40.2": "65521",
    "nodes.peer1.endpoints.0.40.4": "32768",
    "nodes.peer1.endpoints.0.40.15": '"SN-1"',
    "nodes.peer1.endpoints.1.6.__version__": "5",
    "nodes.peer2.endpoints.0.commissioning.discriminator": "3840",
}
"""As the server wrote them (one node, and one in pairing mode that is not ours), shortened."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    values = tmp_path / "matter" / "matterjs" / "controller"
    values.mkdir(parents=True)
    for name, text in VALUES.items():
        (values / name).write_text(text)
    (values.parent / "last_node.json").write_text('{"node": 9}')
    return tmp_path / "matter"


def test_the_network_is_known_by_its_root_and_its_nodes_by_their_serial_numbers(folder: Path) -> None:
    network = fabric.network(fabric.read(folder, "matterjs"))
    assert network is not None
    assert (network.nodes, network.newest, network.uids) == ((7,), 9, {"FFF1-8000-SN-1"})


def test_restored_files_are_private_and_every_value_is_read_anew(folder: Path, tmp_path: Path) -> None:
    files = fabric.read(folder, "matterjs")
    assert fabric.put_back(tmp_path / "new", files) is None
    values = tmp_path / "new" / "matterjs" / "controller"
    assert {file.name for file in values.iterdir()} == {name for name in VALUES if "__version__" not in name}
    assert {oct(file.stat().st_mode & 0o777) for file in values.iterdir()} == {"0o600"}
    assert fabric.network(fabric.read(tmp_path / "new", "matterjs")) == fabric.network(files)


def test_what_was_there_is_kept_beside(folder: Path) -> None:
    kept = fabric.put_back(folder, fabric.read(folder, "matterjs"))
    assert kept == folder / "matterjs.old1"
    assert (folder / "matterjs" / "last_node.json").exists()


@pytest.mark.parametrize("path", ["../../etc/x", "controller/../../x", "/x", "controller//x", "..", "controller/a b"])
def test_a_hostile_file_is_written_nowhere(folder: Path, tmp_path: Path, path: str) -> None:
    texts = json.loads(fabric.read(folder, "matterjs")[matterjs_keys.FILE]) | {path: "1"}
    with pytest.raises(ProblemError) as error:
        fabric.put_back(tmp_path / "new", {matterjs_keys.FILE: json.dumps(texts).encode()})
    assert error.value.problems[0].code == "matter.damaged"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("lost", ["certificates.rootKeyPair", "fabrics.fabrics"])
def test_without_its_keys_it_is_no_network(folder: Path, lost: str) -> None:
    (folder / "matterjs" / "controller" / lost).unlink()
    with pytest.raises(ProblemError):
        fabric.read(folder, "matterjs")
