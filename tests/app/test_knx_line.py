"""`oikos add knx://…`: keyring and ETS project with a password each, neither of which is ever in plain on a disk."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.engine.key_backup import read_keys
from app.loop import Loop
from devices.contract import Secret
from tests.devices.protocols.knx.keyring_file import write_keyring
from tests.devices.protocols.knx.test_group_table import locked_project
from tests.devices.protocols.knx.virtual_bus import VirtualBus, virtual_bus
from twin.store.file_names import keys_file

from .test_cli import no_log_left_open, oikos

__all__ = ["no_log_left_open", "oikos"]

pytestmark = [pytest.mark.blocks, pytest.mark.timeout(200)]
OF_KEYRING, OF_PROJECT = "opens-the-keyring", "opens-the-project"


@pytest.fixture
def bus(tmp_path: Path) -> Iterator[VirtualBus]:
    loop, stack = Loop(lambda error, where: None), AsyncExitStack()
    loop.start()
    yield loop.submit(stack.enter_async_context(virtual_bus(tmp_path / "bus")), name="bus").result(60)
    loop.submit(stack.aclose(), name="stop").result(60)
    loop.submit(asyncio.sleep(0), name="end").result(60)
    loop.stop()


def test_keyring_and_project_have_a_password_each_which_is_kept_and_backed_up_and_nowhere_in_plain(
    bus: VirtualBus, oikos: Any, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keyring = write_keyring(tmp_path / "a.knxkeys", OF_KEYRING, tunnels=[], authentication="", backbone=None)
    login, further = tmp_path / "login.txt", tmp_path / "project.txt"
    login.write_text(OF_KEYRING)
    further.write_text(OF_PROJECT + "\n")
    house, safe = tmp_path / "house.oikos", tmp_path / "safe.oikos"
    url = f"{bus.url}?keyring={keyring}&table={locked_project(tmp_path, OF_PROJECT)}"
    oikos("new", house)
    assert main(["add", str(house), url, "--secret-from", str(login), "--json"]) == 1
    assert "knx.table_wrong_password" in capsys.readouterr().out
    for words in ([url, "--option", f"table_password={OF_PROJECT}"], [f"{url}&table_password={OF_PROJECT}"]):
        assert main(["add", str(house), *words, "--json"]) == 1
        said = "".join(capsys.readouterr())
        assert "link.option.secret" in said
        assert OF_PROJECT not in said
    added = oikos("add", house, url, "--secret-from", login, "--table-password-from", further)
    assert len(added["devices"]) > 1
    assert oikos("links", house)["links"][0]["state"] == "online"
    assert oikos("backup", house, safe)["secrets"] == 1
    (kept,) = read_keys(keys_file(safe), home).secrets.values()
    assert kept == Secret(password=OF_KEYRING, table_password=OF_PROJECT)
    plain = {login, further}
    for file in (*tmp_path.rglob("*"), *home.rglob("*")):
        if file.is_file() and file not in plain:
            assert OF_PROJECT.encode() not in file.read_bytes(), file


def test_a_table_that_was_exported_anew_is_compared_before_it_is_taken_over(
    bus: VirtualBus, oikos: Any, tmp_path: Path
) -> None:
    house, anew = tmp_path / "house.oikos", tmp_path / "anew.csv"
    oikos("new", house)
    oikos("add", house, f"{bus.url}?table={bus.table}")
    link = oikos("links", house)["links"][0]["title"]
    nothing = oikos("links", house, "--changes", link)["changes"]
    assert {key: found for key, found in nothing.items() if found} == {"same": nothing["same"]}
    text = bus.table.read_text().replace("Office window", "Left window")
    rows = [row for row in text.splitlines() if "Garden pump" not in row and "brightness status" not in row]
    anew.write_text("\n".join([*rows, ';;"Hall lamp switch";"1/1/9";"";"";"";"DPST-1-1";"Auto"']))
    changes = oikos("links", house, "--changes", link, "--option", f"table={anew}")["changes"]
    assert changes == {
        "added": ["Hall lamp"],
        "gone": ["Garden pump"],
        "altered": [{"device": "Kitchen light", "new": 1, "gone": 0}],
        "renamed": [{"before": "Office window", "now": "Left window"}],
        "moved": [],
        "same": nothing["same"] - 3,
    }
    assert oikos("links", house, "--changes", link)["changes"] == nothing


def test_a_link_without_a_table_has_none_to_compare(
    oikos: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    house = tmp_path / "house.oikos"
    oikos("new", house)
    oikos("add", house, "simulated://office")
    assert main(["links", str(house), "--changes", "simulated://office", "--json"]) == 1
    assert "table.none" in capsys.readouterr().out
