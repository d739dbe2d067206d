"""Settings of the engine through its door: read and changed there, in force at once, apart from those of a window."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.server.calls import perform
from app.server.codec import encode
from app.server.remote_engine import RemoteEngine
from app.server.roles import Caller, Role
from app.settings import ROWS, Settings
from tests.app.server.conftest import OpenDoor
from twin.model.problem import ProblemError


def test_a_client_reads_and_changes_the_engines_settings(
    door: OpenDoor, attach: Callable[[OpenDoor], RemoteEngine]
) -> None:
    engine, remote = door.desk.engine, attach(door)
    known = remote.engine_settings().result(60)
    assert set(known) == {row.name for row in ROWS if row.of_engine}
    remote.change_engine_setting("command_deadline_s", 3.5).result(60)
    assert engine.settings.number("command_deadline_s") == 3.5
    remote.change_engine_setting("internet", True).result(60)
    assert remote.engine_settings().result(60) | {"internet": True} == known | {
        "internet": True,
        "command_deadline_s": 3.5,
    }
    assert Settings.load(engine.context.home).number("command_deadline_s") == 3.5, "kept for the next start"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("theme", "dark", "settings.not_engine"),
        ("nothing", 1, "settings.not_engine"),
        ("readers", 99, "settings.value"),
        ("internet", "yes", "settings.value"),
    ],
)
def test_what_is_the_windows_or_is_no_value_of_it_is_refused(
    door: OpenDoor, attach: Callable[[OpenDoor], RemoteEngine], name: str, value: object, code: str
) -> None:
    with pytest.raises(ProblemError) as refused:
        attach(door).change_engine_setting(name, value).result(60)  # type: ignore[arg-type]
    assert [problem.code for problem in refused.value.problems] == [code]


def test_an_installer_reads_them_and_only_an_admin_changes_them(door: OpenDoor) -> None:
    engine, installer = door.desk.engine, Caller("Anna", Role.INSTALLER)

    def ask(method: str, *args: object) -> object:
        work = perform(engine, installer, method, encode(list(args)))
        return engine.context.loop.submit(work, name="ask").result(60)

    assert ask("engine_settings")
    with pytest.raises(ProblemError) as refused:
        ask("change_engine_setting", "internet", True)
    assert [problem.code for problem in refused.value.problems] == ["door.role"]
