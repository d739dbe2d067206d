"""Every argument of the command line and every method that names a file, with an engine of another machine: what is read is
sent, what is written comes back into a file of the client, the rest is refused in one sentence."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.__main__ import main
from app.cli import export
from app.cli.framework.named_files import named_files
from app.cli.framework.verb import names, parser
from app.engine.machine_secrets import open_secrets
from app.server.background_engine import environment
from app.server.fetched_files import fetch_export
from app.server.file_references import short_name, written
from app.server.known_engines import keep_engine
from app.server.network_client import send_file
from app.server.network_engine import NetworkEngine
from app.server.outgoing_files import MOST_OF_ONE
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far, failure
from twin.files import atomic, free_space
from twin.model.definition import DefinitionKind
from twin.model.problem import ProblemError
from twin.model.room_comfort import ComfortAssumptions

pytestmark = pytest.mark.timeout(300)

SENT, FETCHED, HERE, REFUSED = "sent", "fetched", "read or written by this machine itself", "refused"
HOW = {
    ("add", "secret_from"): HERE,
    ("add", "table_password_from"): HERE,
    ("attach", "secret_from"): HERE,
    ("backup", "out"): REFUSED,
    ("capture", "out"): REFUSED,
    ("checkout", "photo"): SENT,
    ("checkout", "photo_out"): FETCHED,
    ("alarms", "csv"): FETCHED,
    ("energy", "csv"): FETCHED,
    ("energy", "file"): SENT,
    ("export", "csv"): FETCHED,
    ("export", "gltf"): FETCHED,
    ("export", "ifc"): FETCHED,
    ("export", "text"): FETCHED,
    ("import", "file"): SENT,
    ("lab", "folder"): HERE,
    ("new", "files"): REFUSED,
    ("notify", "ca"): SENT,
    ("notify", "secret_from"): HERE,
    ("pair", "file"): SENT,
    ("portfolio", "file"): HERE,
    ("portfolio", "secret_from"): HERE,
    ("portfolio", "site"): HERE,
    ("report", "out"): HERE,
    ("restore", "backup"): REFUSED,
    ("rules", "file"): SENT,
    ("schedule", "name"): SENT,
    ("shot", "out"): HERE,
    ("software", "file"): SENT,
    ("work", "document"): FETCHED,
    ("work", "photo"): SENT,
}
"""By verb and argument that names a file: how it is with an engine of another machine."""
NOT_FILES = {("import", "replace"), ("bind", "device"), ("export", "parquet"), ("export", "brick")}
"""Names of things of the project; formats that are not written yet."""

type Oikos = Callable[..., tuple[int, Any]]


@pytest.fixture
def far(door: OpenDoor) -> Far:
    """An engine with two rooms, a lamp in the hall, and a door on the network."""
    return Far(door)


@pytest.fixture
def oikos(
    far: Far, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Oikos]:
    """Runs a verb on another machine, in a folder of its own: exit code and document. `{}` stands for the engine's URL."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path / "far"))
    keep_engine(far.address(far.grant("Ines", "installer").token), tmp_path / "far", open_secrets)
    before = Path.cwd()
    os.chdir(folder)

    def run(*line: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main([*(word.format(far.url) if word == "{}" else word for word in line), "--json"])
        return code, json.loads(capsys.readouterr().out.splitlines()[-1])

    yield run
    os.chdir(before)


def codes(said: Any) -> list[str]:
    return [problem["code"] for problem in said["problems"]]


def test_every_argument_that_names_a_file_is_in_the_list() -> None:
    found = set[tuple[str, str]]()
    for name in names():
        (below,) = parser([name])._subparsers._group_actions  # type: ignore[union-attr]
        for action in below.choices[name]._actions:  # type: ignore[union-attr, index]
            in_words = isinstance(action.help, str) and "file" in action.help and not action.option_strings
            if action.metavar in ("FILE", "OUT", "DIR") or action.dest in ("out", "backup") or in_words:
                found.add((name, action.dest))
    found = {one for one in found if one[1] != "project"} - NOT_FILES
    assert found == HOW.keys()


def test_what_is_sent_or_fetched_is_known_to_the_verbs_client() -> None:
    for (verb, argument), how in HOW.items():
        args = argparse.Namespace(**{argument: "a.b", "action": "import"})
        assert (named_files(args) == {"a.b"}) is (how in (SENT, FETCHED)) or how in (HERE, REFUSED), (verb, argument)


@pytest.mark.parametrize(
    "line",
    [
        ("backup", "{}", "b.oikos"), ("capture", "{}", "l"), ("check", "{}"), ("run", "{}"), ("new", "{}"),
        ("restore", "b.oikos", "{}"), ("serve", "{}"), ("service", "install", "{}"),
    ],
)  # fmt: skip
def test_what_only_the_engines_machine_does_is_refused_in_one_sentence(oikos: Oikos, line: tuple[str, ...]) -> None:
    code, said = oikos(*line)
    assert (code, codes(said)) == (1, ["door.only_here"])
    assert not list(Path().iterdir())


def test_exports_come_back_into_files_of_the_asking_machine(far: Far, oikos: Oikos) -> None:
    lamp = far.engine.twin.find_device("Lamp")
    assert lamp is not None
    far.engine.bind(lamp.id, far.engine.twin.rooms[1].id).result(60)
    assert far.engine.command(far.door.desk.point("on"), "on").result(60).state == "confirmed"
    for form, name, begins in (
        ("gltf", "house.glb", b"glTF"),
        ("ifc", "house.ifc", b"ISO-10303-21"),
        ("csv", "s.csv", b"time,device,"),
    ):
        code, said = oikos("export", "{}", f"--{form}", name.removesuffix(".glb"))
        assert (code, said["file"]) == (0, name)
        assert Path(name).read_bytes().startswith(begins)
    code, said = oikos("export", "{}", "--text", "tables")
    assert code == 0
    assert {Path(file).name for file in said["files"]} == {file.name for file in Path("tables").iterdir()}
    assert all(Path(file).parent == Path("tables") for file in said["files"])
    assert oikos("energy", "{}", "day", "--csv=use.csv")[0] == 0
    assert Path("use.csv").read_bytes().startswith(b"medium,kind,name,")
    assert sorted(file.name for file in Path().iterdir()) == ["house.glb", "house.ifc", "s.csv", "tables", "use.csv"]
    assert not list((far.engine.context.home / "run").glob("blobs-*/out-*")), "fetched ones are deleted"


@pytest.mark.parametrize(
    "line", [("report", "handover", "{}", "-o", "r.pdf"), ("shot", "{}", "s.png", "--size", "640x480")]
)
def test_a_report_and_a_picture_are_made_on_the_asking_machine(
    far: Far, oikos: Oikos, line: tuple[str, ...], tmp_path: Path
) -> None:
    words = [word.format(far.url) if word == "{}" else word for word in line]
    given = environment() | {"QT_QPA_PLATFORM": "offscreen", "OIKOS_HOME": str(tmp_path / "far")}
    done = subprocess.run([sys.executable, "-m", "app", *words, "--json"], capture_output=True, env=given, check=False)
    said = json.loads(done.stdout)
    assert (done.returncode, said["problems"]) == (0, [])
    assert Path(said["file"]).read_bytes().startswith((b"%PDF-", b"\x89PNG"))


def test_a_file_of_another_kind_is_kept_and_an_equal_one_is_not_transferred_again(
    far: Far, oikos: Oikos, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("mine.glb").write_text("my diary", encoding="utf-8")
    asked = far.engine.session.audit
    assert codes(oikos("export", "{}", "--gltf", "mine.glb")[1]) == ["write.other_kind"]
    assert asked is far.engine.session.audit
    assert Path("mine.glb").read_text("utf-8") == "my diary"
    assert oikos("export", "{}", "--gltf", "mine.glb", "--force")[0] == 0
    inode = Path("mine.glb").stat().st_ino
    monkeypatch.setattr("app.server.fetched_files._receive", lambda *_: pytest.fail("it was transferred again"))
    assert oikos("export", "{}", "--gltf", "mine.glb")[0] == 0
    assert Path("mine.glb").stat().st_ino == inode


def test_files_that_a_verb_reads_are_those_of_the_asking_machine(far: Far, oikos: Oikos, tmp_path: Path) -> None:
    assert codes(oikos("import", "{}", "/etc/none.ifc")[1]) == ["attach.file"]
    Path("plan.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    code, said = oikos("import", "{}", "plan.svg")
    assert code == 1
    assert not {"door.only_here", "blob.name", "attach.file"} & set(codes(said)), "the file itself was read"
    assert str(tmp_path / "far") not in json.dumps(said)
    assert "blobs-" not in json.dumps(said), "no path of the engine's machine is told"
    rule = {"id": "r", "title": "Wet", "on": True, "body": {}}
    Path("rules.json").write_text(json.dumps({"automations": [rule]}), encoding="utf-8")
    assert "rules.file" not in codes(oikos("rules", "{}", "--add", "rules.json")[1])
    Path("rules.json").write_text("not json", encoding="utf-8")
    code, said = oikos("rules", "{}", "--add", "rules.json")
    assert codes(said) == ["rules.file"]
    assert said["problems"][0]["where"] == "rules.json"
    Path("list.csv").write_text("MT:Y.K9042C00KA0648G00, Lamp 2, Kitchen\n", encoding="utf-8")
    code, said = oikos("pair", "{}", "--from", "list.csv")
    assert "pair.list_unreadable" not in codes(said)
    kept = b"".join(path.read_bytes() for path in (far.engine.context.home / "run").glob("blobs-*/*/*"))
    assert b"MT:Y" not in kept, "a list of codes is deleted after its verb"


def test_an_authority_of_ones_own_is_kept_by_the_engine_and_its_path_is_no_ones_to_choose(
    far: Far, oikos: Oikos
) -> None:
    Path("my ca.pem").write_text("-----BEGIN CERTIFICATE-----", encoding="utf-8")
    code, said = oikos("notify", "{}", "channel", "Mail", "--email", "mail.example.org:587", "--ca", "my ca.pem")
    assert (code, codes(said)) == (0, [])
    (channel,) = far.engine.twin.definitions.of(DefinitionKind.CHANNEL)
    kept = Path(json.loads(channel.body)["ca"])
    assert kept.is_relative_to(far.engine.context.home)
    assert kept.read_text("utf-8") == "-----BEGIN CERTIFICATE-----"
    assert kept.stat().st_mode & 0o077 == 0
    code, said = oikos("add", "{}", "mqtts://127.0.0.1:1?ca=my%20ca.pem", "--for", "0", "--wait", "0")
    assert code == 1
    assert not {"door.only_here", "blob.name"} & set(codes(said))
    assert codes(oikos("add", "{}", "mqtts://127.0.0.1:1", "--option", "ca=missing.pem")[1]) == ["attach.file"]
    far.engine.serve("").result(60)
    assert kept.is_file(), "it is read at every connection"


def test_a_verb_that_names_a_path_of_the_engines_machine_by_itself_is_refused(far: Far) -> None:
    token = far.grant("Igor", "installer").token
    for words in (
        ["import", "-", "/etc/passwd"],
        ["add", "-", "mqtts://h", "--option", "ca=/etc/shadow"],
        ["add", "-", "mqtts://h?ca=/etc/shadow"],
        ["export", "-", "--csv", "/tmp/x.csv"],
        ["notify", "-", "channel", "Mail", "--email", "h:1", "--ca", "/etc/shadow"],
        ["rules", "-", "--add", f"blob:{'0' * 64}/../x"],
    ):
        status, said, _ = far.ask(token, "POST", "/verb", {"words": words, "given": {}})
        assert (status, [one["code"] for one in said["problems"]]) == (200, ["blob.name"]), words


def put(far: Far, token: str, data: bytes) -> str:
    """The digest of a file that was sent."""
    digest = hashlib.sha256(data).hexdigest()
    assert far.ask(token, "PUT", f"/blob/{digest}", data)[0] == 204
    return digest


def verb_codes(far: Far, token: str, *words: str) -> list[str]:
    status, said, _ = far.ask(token, "POST", "/verb", {"words": words, "given": {}})
    assert status == 200
    return codes(said)


def test_a_file_that_is_kept_for_a_channel_is_no_file_to_write(far: Far) -> None:
    token, viewer = far.grant("Ines", "installer").token, far.grant("Vera", "viewer").token
    authority = b"-----BEGIN CERTIFICATE-----"
    kept, sent = (f"{scheme}:{put(far, token, authority)}/ca.pem" for scheme in ("keep", "blob"))
    channel = ["notify", "-", "channel", "Mail", "--email", "h:1", "--ca"]
    assert verb_codes(far, token, *channel, sent) == ["blob.name"], "it would be gone when the door closes"
    assert verb_codes(far, token, *channel, kept) == []
    (file,) = (far.engine.context.home / "link-files").rglob("ca.pem")
    for reference in (kept, sent):
        assert verb_codes(far, viewer, "energy", "-", "day", "--csv", reference, "--force") == ["blob.name"]
        assert verb_codes(far, token, "export", "-", f"--csv={reference}", "--force") == ["blob.name"]
    assert verb_codes(far, token, "import", "-", kept) == ["blob.name"]
    assert file.read_bytes() == authority
    file.write_bytes(b"time,device,")
    assert verb_codes(far, token, *(word.replace("Mail", "Post") for word in channel), kept) == []
    assert file.read_bytes() == authority, "what is there is compared with what was sent"


def test_what_a_verb_is_refused_leaves_no_file_of_links_behind(far: Far, monkeypatch: pytest.MonkeyPatch) -> None:
    token, viewer = far.grant("Ines", "installer").token, far.grant("Vera", "viewer").token
    digest = put(far, token, b"-----BEGIN CERTIFICATE-----")
    names = [f"keep:{digest}/{number}.pem" for number in range(3)]
    channel = ["notify", "-", "channel", "Mail", "--email", "h:1"]
    assert verb_codes(far, viewer, *channel, "--ca", names[0]) == ["door.role"]
    for words in (["get", "-", *names], ["add", "-", "mqtts://h", "--unknown", names[0]]):
        said = far.ask(token, "POST", "/verb", {"words": words, "given": {}})[1]
        assert "link-files" not in json.dumps(said), "no path of the engine's machine is told"
    folder = far.engine.context.home / "link-files"
    assert not folder.exists()
    monkeypatch.setattr("app.engine.link_files.MOST", 2)
    assert [verb_codes(far, token, *channel, "--ca", name)[:1] for name in names] == [[], [], ["blob.kept"]]
    assert len([*folder.glob("*/*/*")]) == 2


def test_a_files_name_may_contain_an_equals_sign(oikos: Oikos) -> None:
    Path("plan v=2.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>", encoding="utf-8")
    assert codes(oikos("import", "{}", "plan v=2.svg")[1]) == ["svg.empty"]


def test_a_long_name_of_many_bytes_is_shortened(far: Far, tmp_path: Path) -> None:
    token = far.grant("Ines", "installer").token
    digest = put(far, token, b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    name = "平" * 96 + ".svg"
    assert verb_codes(far, token, "import", "-", f"blob:{digest}/{name}") == ["svg.empty"]
    assert short_name(name).endswith("平.svg")
    assert len(short_name(name).encode()) <= 200
    assert short_name("plan.svg") == "plan.svg"


@pytest.mark.parametrize("error", [ssl.SSLError("bad record"), OSError(113, "No route to host")])
def test_an_engine_that_is_lost_is_not_told_as_an_error_of_the_users_file(
    far: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    def fail(self: object) -> None:
        raise error

    monkeypatch.setattr("app.server.network_client.PinnedConnection.getresponse", fail)
    address, plan = far.address("x"), tmp_path / "plan.svg"
    plan.write_text("", encoding="utf-8")
    for call in (
        lambda: send_file(address, str(plan)),
        lambda: fetch_export(address, written("b.glb"), tmp_path / "b.glb", atomic.GLTF),
    ):
        with pytest.raises(ProblemError) as told:
            call()
        assert told.value.problems[0].code == "engine.gone"


def test_a_window_saves_exports_and_tables_on_its_own_machine(far: Far, tmp_path: Path) -> None:
    remote = NetworkEngine.at(far.address(far.grant("Ines", "installer").token), lambda: 0)
    try:
        remote.start().result(60)
        building, table, link = tmp_path / "b.glb", tmp_path / "t.csv", tmp_path / "mine.glb"
        assert remote.export(str(building)).result(60) > 0
        assert building.read_bytes().startswith(b"glTF")
        assert remote.export_devices(str(table), [device.id for device in remote.twin.devices]).result(60) == 1
        assert table.read_bytes().startswith(b"id,name,kind,")
        link.write_text("my diary", encoding="utf-8")
        assert failure(remote.export(str(link))) == ["write.other_kind"]
        assert failure(remote.export(str(tmp_path / "none" / "b.glb"))) == ["export.unwritable"]
        error = remote.export(str(tmp_path / "b.txt")).exception(60)
        assert isinstance(error, ProblemError)
        assert [(one.code, one.where) for one in error.problems] == [("export.kind", str(tmp_path / "b.txt"))]
    finally:
        remote.stop()


def test_a_window_saves_the_evidence_of_a_complaint_on_its_own_machine(far: Far, tmp_path: Path) -> None:
    remote = NetworkEngine.at(far.address(far.grant("Otto", "operator").token), lambda: 0)
    try:
        remote.start().result(60)
        room, out, assumed = remote.twin.rooms[0].id, tmp_path / "mine.pdf", ComfortAssumptions()
        assert (
            remote.write_comfort_evidence(room, remote.now_ms(), assumed, str(out), "en").result(60).name == "mine.pdf"
        )
        assert out.read_bytes().startswith(b"%PDF")
        nowhere = str(tmp_path / "none" / "mine.pdf")
        assert failure(remote.write_comfort_evidence(room, remote.now_ms(), assumed, nowhere)) == ["export.unwritable"]
    finally:
        remote.stop()


def test_an_export_is_fetched_by_nobody_else_and_few_wait(far: Far, tmp_path: Path) -> None:
    ines, otto = far.grant("Ines", "installer").token, far.grant("Otto", "installer").token
    made = [written("b.glb") for _ in range(MOST_OF_ONE + 1)]
    for reference in made:
        assert far.ask(ines, "POST", "/api/export", [reference])[0] == 200
    key = made[-1].partition(":")[2].partition("/")[0]
    assert far.ask(otto, "GET", f"/out/{key}")[2] == ["blob.missing"]
    assert far.ask(otto, "DELETE", f"/out/{key}")[2] == ["blob.missing"]
    assert far.ask(ines, "GET", f"/out/{key}/..%2f..%2fx")[2] == ["blob.missing"]
    assert far.ask(ines, "POST", "/api/export", [made[-1]])[2] == ["blob.name"], "an id is used once"
    (file,) = far.ask(ines, "GET", f"/out/{key}")[1]["files"]
    assert far.ask(ines, "GET", f"/out/{key}/b.glb", If_None_Match=f'"{file["sha256"]}"')[0] == 304
    with pytest.raises(ProblemError) as told:
        fetch_export(far.address(ines), made[0], tmp_path / "b.glb", atomic.GLTF)
    assert told.value.problems[0].code == "blob.missing", "the oldest was deleted"
    fetch_export(far.address(ines), made[-1], tmp_path / "b.glb", atomic.GLTF)
    assert (tmp_path / "b.glb").stat().st_size == file["size"]


def test_exports_go_with_the_access_of_whoever_asked_for_them(far: Far) -> None:
    ines, otto = far.grant("Ines", "installer"), far.grant("Otto", "installer")
    for one in (ines, otto):
        assert far.ask(one.token, "POST", "/api/export", [written("b.glb")])[0] == 200
    run = far.engine.context.home / "run"
    assert len([*run.glob("blobs-*/out-*")]) == 2
    far.engine.revoke_grant(ines.grant.id).result(60)
    far.door.desk.until(lambda: len([*run.glob("blobs-*/out-*")]) == 1, "the other one stays")


def test_an_export_leaves_room_for_the_recording(far: Far, oikos: Oikos, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before it starts, and ended once the disk is nearly full; nothing of it is left."""
    lamp = far.door.desk.point("on")
    for state in ("on", "off", "on"):
        assert far.engine.command(lamp, state).result(60).state == "confirmed"
    far.engine.session.history.flush()
    free = iter([free_space.RESERVE, free_space.RESERVE, 5 << 20])
    monkeypatch.setattr(free_space.shutil, "disk_usage", lambda _: SimpleNamespace(free=next(free, 5 << 20)))
    monkeypatch.setattr(export, "CHECKED", 2)
    for _ in ("while it runs", "before"):
        code, said = oikos("export", "{}", "--csv", "s.csv")
        assert (code, codes(said), said["problems"][0]["args"]["free"]) == (1, ["file.no_room"], 5)
    assert not [*Path().iterdir()]
    assert not list((far.engine.context.home / "run").glob("blobs-*/out-*/*"))
