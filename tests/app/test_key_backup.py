"""Keys in a backup: encrypted, never over newer ones in silence, and proved by what is on the disk afterwards."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.__main__ import main
from app.engine import key_backup
from app.engine.key_backup import KeyBackup, folder_of
from app.engine.link_files import AGE_S, LinkFiles, files_named, gather_files
from app.engine.machine_secrets import open_secrets
from app.engine.missing_secrets import jobs_with_codes, without_secrets
from app.engine.pairing_codes import SETTING
from app.engine.restore_rehearsal import rehearse
from app.i18n import what
from devices.contract import Secret
from devices.protocol_registry import found_adapters
from devices.protocols.matter import fabric
from devices.protocols.matter.adapter import ADAPTER
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId
from twin.model.pairing_job import PairingJob
from twin.model.problem import ProblemError
from twin.model.twin import Twin
from twin.rules.notification import ChannelKind, NotificationChannel
from twin.store.file_names import keys_file
from twin.store.project import Project
from twin.store.project.kept_settings import LINKS_WITH_LOGIN

LINK = ADAPTER.managed()
ADAPTERS: Any = {"matter": ADAPTER}
PASS = "OIKOS_PASSPHRASE"


def node(number: int) -> dict[str, Any]:
    descriptor = {
        "0/29/0": [{"0": 22, "1": 1}],
        "0/29/3": [1],
        "1/29/0": [{"0": 256, "1": 2}],
        "1/6/0": True,
        "1/6/65532": 0,
    }
    basic = {"0/40/1": "Maker", "0/40/2": 65521, "0/40/3": "Lamp", "0/40/4": 32768, "0/40/15": f"S{number}"}
    return {"node_id": number, "available": False, "attributes": {**descriptor, **basic}}


def store(home: Path, *nodes: int, root: str = "A", newest: int = 0) -> Path:
    folder = folder_of(home, "matter") / "store"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "chip.json").write_text(json.dumps({"sdk-config": {"ExampleCARootCert1": root}, "repl-config": {}}))
    listed = {"last_node_id": newest or max(nodes, default=0), "nodes": {str(n): node(n) for n in nodes}}
    (folder / f"{sum(map(ord, root))}.json").write_text(json.dumps(listed))
    (folder / "chip_counters.ini").write_text("[Default]")
    return folder


def twin(*nodes: int) -> Twin:
    points = (PointInfo(key="on", capability="on_off"),)
    infos = [DeviceInfo(uid=f"FFF1-8000-S{number}", name=f"Lamp {number}", points=points) for number in nodes]
    return Twin(name="House", links=(LINK,), devices=tuple(device_from_description(info, LINK) for info in infos))


def kept(one: Twin, folder: Path) -> Any:
    """A project that has this twin."""
    project = Project.create(folder / "kept.oikos")
    for link in one.links:
        project.add_link(link)
    project.put_devices(one.devices)
    return project


def codes(problems: Any) -> list[str]:
    return [problem.code for problem in problems]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(PASS, "correct horse")
    return tmp_path / "home"


def test_a_network_comes_back_to_another_computer_with_its_devices(home: Path, tmp_path: Path) -> None:
    store(home, 1, 2)
    open_secrets(home).put(LinkId("broker"), Secret(user="u", password="p"))
    one = Twin(name="", links=(LINK,), devices=twin(1, 2).devices)
    found = key_backup.gather_keys(kept(one, tmp_path), ADAPTERS, home)
    data, notes = key_backup.encrypt_keys(KeyBackup(found.networks, {"broker": Secret(user="u", password="p")}), home)
    assert notes == ()
    assert b"ExampleCARootCert1" not in data
    file, other = tmp_path / "x.oikos-keys", tmp_path / "other"
    file.write_bytes(data)
    back = key_backup.restore_keys(key_backup.read_keys(file, other), one, ADAPTERS, other)
    assert back.problems == ()
    assert back.secrets == 0  # of no link of the project
    (row,) = back.networks
    assert (row.nodes, row.devices, row.put, row.kept) == ((1, 2), ("FFF1-8000-S1", "FFF1-8000-S2"), True, "")
    assert fabric.read(folder_of(other, "matter")) == fabric.read(folder_of(home, "matter"))
    assert {file.stat().st_mode & 0o777 for file in (folder_of(other, "matter") / "store").iterdir()} == {0o600}
    assert open_secrets(other).get(LinkId("broker")) == Secret(user="u", password="p")


@pytest.mark.parametrize(
    ("there", "put", "told"),
    [
        ({"nodes": (1, 2, 3)}, False, []),  # newer: a device was paired since
        ({"nodes": (1,), "newest": 5}, False, ["keys.missing"]),  # newer: devices were removed since
        ({"nodes": (1,)}, True, []),  # older
        ({"nodes": (7,), "root": "B"}, False, ["keys.other_network", "keys.no_network"]),
        ({"nodes": (), "root": "B"}, True, []),  # begun by itself, nobody in it
    ],
)
def test_what_is_newer_or_another_network_stays(home: Path, there: dict[str, Any], put: bool, told: list[str]) -> None:
    files = fabric.read(store(home / "elsewhere", 1, 2).parent)
    store(home, *there.pop("nodes"), **there)
    before = fabric.read(folder_of(home, "matter"))
    back = key_backup.restore_keys(KeyBackup({"matter": files}), twin(1, 2), ADAPTERS, home)
    assert (back.networks[0].put, codes(back.problems)) == (put, told)
    assert fabric.read(folder_of(home, "matter")) == (files if put else before)
    forced = key_backup.restore_keys(KeyBackup({"matter": files}), twin(1, 2), ADAPTERS, home, replace=True)
    assert forced.problems == ()
    assert fabric.read(folder_of(home, "matter")) == files
    if not put:
        (kept,) = Path(forced.networks[0].kept).glob("chip.json")
        assert kept.read_bytes() == before["chip.json"]


def test_a_damaged_network_is_replaced_and_kept_beside(home: Path) -> None:
    files = fabric.read(store(home / "elsewhere", 1).parent)
    (store(home, 1) / "chip.json").write_text('{"sdk-config": {"Exa')
    with pytest.raises(ProblemError):
        key_backup.gather_keys(kept(twin(1), home.parent), ADAPTERS, home)  # no backup that only looks like one
    back = key_backup.restore_keys(KeyBackup({"matter": files}), twin(1), ADAPTERS, home)
    assert back.networks[0].put
    assert (Path(back.networks[0].kept) / "chip.json").read_text() == '{"sdk-config": {"Exa'


def test_a_network_in_use_is_not_replaced(home: Path) -> None:
    from devices.protocols.matter.server import locked

    files = fabric.read(store(home / "elsewhere", 1).parent)
    folder_of(home, "matter").mkdir(parents=True)
    with locked(folder_of(home, "matter") / "server.lock"):
        back = key_backup.restore_keys(KeyBackup({"matter": files}), twin(1), ADAPTERS, home)
    assert codes(back.problems) == ["matter.in_use"]


def test_a_backup_without_the_network_says_how_many_devices_are_lost(home: Path) -> None:
    (problem,) = key_backup.restore_keys(KeyBackup(), twin(1, 2), ADAPTERS, home).problems
    assert problem.code == "keys.no_network"
    assert "2 devices" in what(problem)


def test_a_password_that_is_newer_here_stays(home: Path) -> None:
    open_secrets(home).put(LinkId("broker"), Secret(password="new"))
    old = KeyBackup(secrets={"broker": Secret(password="old")})
    assert codes(key_backup.restore_keys(old, Twin(), {}, home).problems) == ["keys.other_secret"]
    assert open_secrets(home).get(LinkId("broker")) == Secret(password="new")
    key_backup.restore_keys(old, Twin(), {}, home, replace=True)
    assert open_secrets(home).get(LinkId("broker")) == Secret(password="old")


def test_keys_open_with_their_passphrase_or_on_their_computer_only(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, some = tmp_path / "x.oikos-keys", KeyBackup(secrets={"l": Secret(password="p")})

    def refused(where: Path) -> str:
        with pytest.raises(ProblemError) as caught:
            key_backup.read_keys(file, where)
        return caught.value.problems[0].code

    file.write_bytes(key_backup.encrypt_keys(some, home)[0])
    assert key_backup.read_keys(file, tmp_path / "any") == some
    monkeypatch.setenv(PASS, "wrong")
    assert refused(home) == "keys.passphrase"
    monkeypatch.delenv(PASS)
    assert refused(home) == "keys.passphrase"
    data, notes = key_backup.encrypt_keys(some, home)
    assert codes(notes) == ["keys.machine"]
    file.write_bytes(data)
    assert key_backup.read_keys(file, home) == some
    assert refused(tmp_path / "any") == "keys.another"
    for broken in (data[:-1], b"OIKOSKM1", b"", data[:40] + b"x" + data[41:]):
        file.write_bytes(broken)
        assert refused(home) in ("keys.damaged", "keys.another")
    assert key_backup.read_keys(tmp_path / "none", home) == KeyBackup()
    assert key_backup.encrypt_keys(KeyBackup(), home) == (b"", ())


def test_codes_of_devices_to_be_paired_and_passwords_of_channels_are_in_the_backup(home: Path, tmp_path: Path) -> None:
    project, secrets = kept(twin(), tmp_path), open_secrets(home)
    jobs = [PairingJob(id=str(n), name=f"Lamp {n}", code_key=f"k{n}") for n in (1, 2, 25)]
    project.set_setting(SETTING, json.dumps({"key": "q", "jobs": msgspec.to_builtins(jobs)}))
    text = json.dumps({"project": "/gone.oikos", "codes": {"k1": "34970112332", "k2": "34970112333"}})
    secrets.put(LinkId("pairing:q:0"), Secret(data=text))
    body = NotificationChannel(id="mail", title="Mail", kind=ChannelKind.EMAIL, address="mail.example:587", user="anna")
    edit = DefinitionEdit(
        DefinitionKind.CHANNEL, "mail", Definition("mail", "Mail", True, msgspec.json.encode(body).decode())
    )
    project.change_definitions([edit])
    secrets.put(LinkId("notify-mail"), Secret(user="anna", password="p"))
    found = key_backup.gather_keys(project, ADAPTERS, home)
    assert set(found.secrets) == {"pairing:q:0", "notify-mail"}
    todo, coded = jobs_with_codes(project, found.secrets)
    assert ([job.id for job in todo], [job.id for job in coded]) == (["1", "2", "25"], ["1", "2"])
    assert codes(without_secrets(project, ADAPTERS, found.secrets)) == ["restore.no_codes"]
    assert codes(without_secrets(project, ADAPTERS, {})) == ["restore.no_channel_secret", "restore.no_codes"]


def test_gateways_that_had_a_login_or_always_need_one_are_told_without_it(tmp_path: Path) -> None:
    adapters = {name: shipped(name) for name in ("hue", "homekit", "mqtt", "wled")}
    links = tuple(Link(id=LinkId(name), protocol=name, address=f"{name}://x", title=name) for name in sorted(adapters))
    project = kept(Twin(name="House", links=links), tmp_path)
    assert [one.where for one in without_secrets(project, adapters, {})] == ["homekit", "hue"]
    secret = Secret(user="u", password="p")
    assert key_backup.note_login(project, LinkId("mqtt"), secret) == secret
    assert [one.where for one in without_secrets(project, adapters, {})] == ["homekit", "hue", "mqtt"]
    assert without_secrets(project, adapters, dict.fromkeys(("hue", "homekit", "mqtt"), secret)) == ()
    assert key_backup.note_login(project, LinkId("mqtt"), None) is None
    assert [one.where for one in without_secrets(project, adapters, {"hue": secret})] == ["homekit"]


def test_logins_that_are_noted_side_by_side_are_all_noted(tmp_path: Path) -> None:
    project, start = kept(Twin(name="House"), tmp_path), threading.Barrier(8)
    links = [LinkId(f"link{number}") for number in range(8)]

    def note(link: LinkId) -> None:
        start.wait(60)
        key_backup.note_login(project, link, Secret(password="p"))

    with ThreadPoolExecutor(8) as pool:
        [*pool.map(note, links)]
    assert project.setting(LINKS_WITH_LOGIN) == links


def test_files_of_links_and_channels_are_named_by_a_rehearsal_and_where_they_are_missing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OIKOS_HOME", str(home))
    table, authority = tmp_path / "table.csv", tmp_path / "ca.pem"
    link = Link(id=LinkId("bus"), protocol="knx", address="knx://h", title="Bus", options=(("table", str(table)),))
    project = kept(Twin(name="House", links=(link,)), tmp_path)
    body = NotificationChannel(id="m", title="Mail", kind=ChannelKind.EMAIL, address="h:587", ca=str(authority))
    definition = Definition("m", "Mail", True, msgspec.json.encode(body).decode())
    project.change_definitions([DefinitionEdit(DefinitionKind.CHANNEL, "m", definition)])
    project.close()
    table.write_text("1/1/1", encoding="utf-8")

    def told(*words: object) -> list[tuple[str, str]]:
        capsys.readouterr()
        main([*map(str, words), "--json"])
        said = json.loads(capsys.readouterr().out.splitlines()[-1])
        return [(one["where"], one["args"]["file"]) for one in said["problems"] if one["code"] == "restore.no_file"]

    backup = tmp_path / "safe.oikos"
    assert told("backup", tmp_path / "kept.oikos", backup) == []
    table.unlink()
    assert told("restore", backup, "--check") == [("Mail", str(authority))], "it was not there to be backed up"
    assert told("restore", backup, tmp_path / "back.oikos") == [("Mail", str(authority))]
    assert told("restore", backup, "--check", "--without-keys") == [("Bus", str(table)), ("Mail", str(authority))]


def test_old_files_that_no_link_channel_or_undo_step_names_are_deleted(home: Path, tmp_path: Path) -> None:
    source, now_s = tmp_path / "sent", [time.time()]
    source.write_bytes(b"1/1/1")
    link = Link(id=LinkId("bus"), protocol="knx", address="knx://h", title="Bus")
    with kept(Twin(name="House", links=(link,)), tmp_path) as project:
        files = LinkFiles(project, home, lambda: now_s[0])
        first, second, fresh = (files.keep(letter * 64, source, "table.csv") for letter in "abc")
        project.add_link(replace(link, options=(("table", str(first)),)))
        project.add_link(replace(link, options=(("table", str(second)),)))  # the first one is in the undo list
        files.sweep()
        assert all(file.is_file() for file in (first, second, fresh)), "a link that is being added is not saved yet"
        now_s[0] += 2 * AGE_S
        files.sweep()
        assert [file.is_file() for file in (first, second, fresh)] == [True, True, False]
        project.undo()
        files.sweep()
        assert second.is_file(), "redo names it"


def test_a_project_never_deletes_what_another_one_of_its_name_has_named(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "sent"
    source.write_bytes(b"CERT")
    path, now_s = tmp_path / "My home.oikos", [0.0]
    with Project.create(path) as project:
        here = LinkFiles(project, home, lambda: now_s[0]).keep("a" * 64, source, "ca.pem")
        project.add_link(Link(id=LinkId("m"), protocol="mqtt", address="mqtts://h", options=(("ca", str(here)),)))
    for file in tmp_path.glob("My home.oikos*"):
        file.rename(tmp_path / file.name.replace("My", "Old"))
    now_s[0] += 2 * AGE_S
    os.utime(here, (0, 0))
    with Project.create(path) as project:
        files = LinkFiles(project, home, lambda: now_s[0])
        for letter in "ab":
            files.keep(letter * 64, source, "ca.pem")
        now_s[0] += 2 * AGE_S
        files.sweep()
        assert here.is_file()
        assert len([*here.parents[1].glob("*/*")]) == 1, "the other one was never named"


@pytest.mark.parametrize("between", ["//", "/./"])
def test_a_file_comes_back_whose_path_is_not_the_shortest(home: Path, tmp_path: Path, between: str) -> None:
    (tmp_path / "keys").mkdir()
    named = f"{tmp_path}/keys{between}ca.pem"
    Path(named).write_bytes(b"CERT")
    link = Link(id=LinkId("m"), protocol="mqtt", address="mqtts://h", options=(("ca", named),))
    with kept(Twin(name="House", links=(link,)), tmp_path) as project:
        files = gather_files(project)
        Path(named).unlink()
        assert LinkFiles(project, home).put_back(files) == 1
        ((_, back),) = files_named(project)
        assert Path(back).read_bytes() == b"CERT"


def test_a_rehearsal_needs_no_keys_where_they_are_left_out_and_leaves_nothing_behind(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(Twin(name="House"), tmp_path).close()
    backup, dead = tmp_path / "kept.oikos", subprocess.Popen([sys.executable, "-c", ""])
    dead.wait(60)
    (home / "run" / f"rehearsal-{dead.pid}-x").mkdir(parents=True)
    data, _ = key_backup.encrypt_keys(KeyBackup(secrets={"bus": Secret(password="p")}), home)
    keys_file(backup).write_bytes(data)
    monkeypatch.setenv(PASS, "another")
    monkeypatch.setattr("tempfile.gettempdir", lambda: pytest.fail("that may be memory"))
    with pytest.raises(ProblemError) as refused:
        rehearse(backup, home)
    assert codes(refused.value.problems) == ["keys.passphrase"]
    assert rehearse(backup, home, with_keys=False).problems == ()
    assert not list((home / "run").iterdir())


def shipped(name: str) -> Any:
    """The adapter of a protocol that is shipped."""
    return found_adapters().adapters[name]


def test_a_backup_under_a_passphrase_has_the_secrets_that_were_kept_before_there_was_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(PASS, raising=False)
    open_secrets(tmp_path).put(LINK.id, Secret(password="one"))
    monkeypatch.setenv(PASS, "a passphrase")
    assert open_secrets(tmp_path).get(LINK.id) == Secret(password="one")
    monkeypatch.delenv(PASS)
    assert open_secrets(tmp_path).get(LINK.id) == Secret(password="one"), "reading it changes nothing"
