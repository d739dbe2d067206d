"""Clients read and write the settings of windows only; the others belong to the engine's own parts."""

from __future__ import annotations

import pytest

from app.author import acting_for
from app.engine.audit_log import MINUTE_MS
from app.engine.command_approvals import SETTING
from app.engine.removed_devices import REMOVED, REPLACED
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_audit import rows
from tests.app.server.test_network_door import failure
from tests.app.server.test_scoped_access import House
from twin.model.change import ProblemRaised
from twin.store.project.kept_settings import AUDIT_END, ENDED_GRANTS

pytestmark = pytest.mark.timeout(300)

OF_THE_ENGINE = (SETTING, ENDED_GRANTS, AUDIT_END, REMOVED, REPLACED, "pairing_queue", "energy", "anything")


@pytest.fixture
def house(door: OpenDoor) -> House:
    return House(door)


def test_no_client_reads_or_writes_a_setting_of_the_engine(house: House) -> None:
    project = house.engine.session.project
    project.set_setting(SETTING, ["stove"])
    admin = house.grant("Mia", "admin").token
    for name in OF_THE_ENGINE:
        for token in (admin, house.made.token):
            assert house.ask(token, "POST", "/api/setting", [name])[::2] == (403, ["door.setting"]), name
        assert house.ask(admin, "POST", "/api/keep_setting", [name, None])[::2] == (403, ["door.setting"]), name
        assert failure(house.engine.keep_setting(name, None)) == ["door.setting"], name
    assert project.setting(SETTING) == ["stove"]
    assert "door.setting" in [body["result"] for _, body in rows(house.door.desk, "refused")]


def test_windows_keep_their_own_settings_and_a_row_names_who_did(house: House) -> None:
    ingo = house.grant("Ingo", "installer").token
    assert house.ask(ingo, "POST", "/api/keep_setting", ["viewpoints", [1]])[0] == 200
    assert house.ask(house.grant("Vera", "viewer").token, "POST", "/api/setting", ["viewpoints"])[:2] == (200, [1])
    assert house.ask(house.made.token, "POST", "/api/setting", ["viewpoints"])[:2] == (200, None), "of all rooms"
    assert house.ask(house.made.token, "POST", "/api/keep_setting", ["viewpoints", None])[::2] == (403, ["door.role"])
    kept = [(row.who, body["name"]) for row, body in rows(house.door.desk, "request") if body["what"] == "keep_setting"]
    assert kept == [("Ingo", "viewpoints")]


def test_a_moving_camera_is_a_row_of_each_person_once_a_minute(house: House) -> None:
    def saved(who: str) -> None:
        with acting_for(who):
            house.engine.keep_setting("last_view", {}).result(60)

    for who in ("Ada", "Ada", "Ben", "Ada"):
        saved(who)
    house.door.desk.now[0] += MINUTE_MS
    saved("Ada")
    assert [row.who for row, _ in rows(house.door.desk, "request")] == ["Ada", "Ben", "Ada"]


@pytest.mark.parametrize("value", [5, [5, "a"], {"a": 1}, "text", [[]], True])
def test_a_setting_that_cannot_be_read_keeps_no_project_from_opening(house: House, value: object) -> None:
    project, desk = house.engine.session.project, house.door.desk
    for name in OF_THE_ENGINE:
        project.set_setting(name, value)
    house.engine.open_project(str(desk.path)).result(60)
    assert house.engine.session.project is not project

    def reported() -> bool:
        return "approval.damaged" in [one.problem.code for one in desk.seen(ProblemRaised)]

    desk.until(reported, "whose commands need a second person is not known")
    house.engine.require_approval(house.engine.twin.devices[0].id, True).result(60)
