"""Two persons at one engine: each sees whose edit undo is about, and is asked before another's is taken back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from app import author as authors
from app.__main__ import main
from app.author import acting_for, author
from app.server.calls import perform
from app.server.codec import encode
from app.server.remote_engine import RemoteEngine
from app.server.roles import Caller, Role
from tests.app.server.conftest import OpenDoor
from twin.model.ids import DeviceId
from twin.model.problem import ProblemError

ANNA, BEN = Caller("Anna", Role.INSTALLER), Caller("Ben", Role.INSTALLER)


def ask(door: OpenDoor, caller: Caller, method: str, *args: object) -> Any:
    """What a client of this person's is answered."""
    engine = door.desk.engine
    work = perform(engine, caller, method, encode(list(args)))
    return engine.context.loop.submit(work, name="ask").result(60)


def lamp(door: OpenDoor) -> DeviceId:
    return door.desk.engine.twin.devices[0].id


def test_an_edit_is_kept_under_the_name_of_whoever_asked_for_it(door: OpenDoor) -> None:
    ask(door, ANNA, "rename", lamp(door), "Sun")
    edits = door.desk.engine.session.edits
    assert edits.undo_authors()[0] == "Anna"
    assert ask(door, ANNA, "undo_authors") == ("", ""), "her own"
    assert ask(door, BEN, "undo_authors") == ("Anna", "")
    ask(door, BEN, "bind", lamp(door), "room-Hall")
    assert edits.undo_authors()[0] == "Ben"


def test_another_persons_edit_is_undone_only_where_that_is_meant(door: OpenDoor) -> None:
    ask(door, ANNA, "rename", lamp(door), "Sun")
    with pytest.raises(ProblemError) as refused:
        ask(door, BEN, "undo")
    assert [problem.code for problem in refused.value.problems] == ["edit.of_another"]
    assert door.desk.engine.twin.devices[0].name == "Sun"
    ask(door, BEN, "undo", True)
    assert door.desk.engine.twin.devices[0].name == "Lamp"


def test_a_client_learns_whose_edit_it_is(door: OpenDoor, attach: Callable[[OpenDoor], RemoteEngine]) -> None:
    remote = attach(door)
    ask(door, ANNA, "rename", lamp(door), "Sun")
    door.desk.until(lambda: remote.undo_authors() == ("Anna", ""))
    remote.bind(lamp(door), "room-Hall").result(60)
    door.desk.until(lambda: remote.undo_authors() == ("", ""))


def test_the_command_line_says_whose_edit_it_is_and_undoes_it_where_that_is_meant(
    door: OpenDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(door, ANNA, "rename", lamp(door), "Sun")
    assert main(["undo", str(door.desk.path), "--json"]) == 1
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert (problem["code"], "Anna" in problem["what"]) == ("edit.of_another", True)
    assert main(["undo", str(door.desk.path), "--others", "--json"]) == 0
    door.desk.engine.stop()  # without an engine it is the same
    with acting_for("Anna"):
        assert main(["bind", str(door.desk.path), "Lamp", "Hall"]) == 0
    assert main(["undo", str(door.desk.path)]) == 1
    assert main(["undo", str(door.desk.path), "--others"]) == 0


def test_tasks_act_for_whoever_began_them_and_threads_of_their_own_for_the_user() -> None:
    async def inner() -> str:
        await asyncio.sleep(0)
        return author()

    async def outer() -> tuple[str, str]:
        with acting_for("Anna"):
            begun = asyncio.get_running_loop().create_task(inner())
        return await begun, author()

    user = authors._user()
    assert asyncio.run(outer()) == ("Anna", user)
