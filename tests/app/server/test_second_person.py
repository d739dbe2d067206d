"""A device may ask that another person approves each command to it."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from app.__main__ import main
from app.author import acting_for, author
from app.cli.framework.beside_engine import BESIDE, MORE, need_of
from app.engine.command_approvals import SETTING
from app.engine.grant_book import GrantBook
from app.server.network_engine import NetworkEngine
from app.server.remote_engine import RemoteEngine
from app.server.roles import NEED
from devices.command_tracker import WITHDRAWN
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_audit import rows
from tests.app.server.test_network_door import Far, attach, failure  # noqa: F401 - a fixture
from tests.app.server.test_scoped_access import House
from tests.app.test_rules_at_work import automation, define
from twin.model.change import ApprovalsChanged
from twin.model.command import CommandResult, CommandState
from twin.model.command_approval import CommandApproval
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.grant import Grant
from twin.model.ids import PointId
from twin.rules.definition_body import definition_of
from twin.store.project.kept_settings import DEFINITION_AUTHORS

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def house(door: OpenDoor) -> House:
    """The stove in the kitchen asks for a second person; the lamp in the hall does not."""
    found = House(door)
    stove = found.engine.twin.find_device("Stove")
    assert stove is not None
    found.engine.require_approval(stove.id, True).result(60)
    return found


def asked(house: House, who: str = "Ada") -> tuple[Future[CommandResult], CommandApproval]:
    """A command of a person that waits."""
    with acting_for(who):
        future = house.engine.command(house.stove, "on")
    approvals = house.engine.session.approvals
    house.door.desk.until(lambda: approvals.status.waiting != (), "it waits")
    return future, approvals.status.waiting[-1]


def sent(house: House) -> list[Any]:
    return [event for event in house.door.desk.world.sent if event[0] == "stove"]


def steps(house: House) -> list[tuple[str, str]]:
    return [(row.who, body["what"]) for row, body in rows(house.door.desk, "confirmation")]


def test_a_command_is_sent_once_another_person_approves_it(house: House) -> None:
    future, waits = asked(house)
    assert (waits.asked_by, sent(house), future.done()) == ("Ada", [], False)
    with acting_for("Ben", "", "192.0.2.7"):
        house.engine.decide_command(waits.id, True).result(60)
    assert future.result(60).state is CommandState.CONFIRMED
    assert len(sent(house)) == 1
    assert steps(house) == [(author(), "required"), ("Ada", "asked"), ("Ben", "approved")]
    assert house.engine.command(house.lamp, "on").result(60).state is CommandState.CONFIRMED, "others do not wait"


def test_nobody_approves_an_own_command_but_may_take_it_back(house: House) -> None:
    future, waits = asked(house)
    with acting_for("ADA"):
        assert failure(house.engine.decide_command(waits.id, True)) == ["approval.same_person"]
        house.engine.decide_command(waits.id, False).result(60)
    result = future.result(60)
    assert (result.state, result.reason and result.reason.code) == (CommandState.FAILED, "reason.approval_refused")
    assert sent(house) == []
    assert failure(house.engine.decide_command(waits.id, True)) == ["approval.missing"]
    assert [body["result"] for _, body in rows(house.door.desk, "refused")] == ["approval.same_person"]


def test_a_command_lapses_and_says_so(house: House) -> None:
    future, waits = asked(house)
    house.engine.context.loop.call(house.engine.session.approvals.lapse, waits.id)
    reason = future.result(60).reason
    assert (reason and reason.code, reason and reason.args) == ("reason.approval_lapsed", {"minutes": 5})
    assert steps(house)[-1] == ("oikos", "lapsed")


def test_an_engine_that_ends_fails_what_waits_and_writes_it_down(house: House) -> None:
    future, _ = asked(house)
    history = house.engine.session.history
    house.engine.stop()
    reason = future.result(60).reason
    assert reason is not None
    assert reason.code == "reason.approval_closed"
    assert history.events.unwritten == 0
    assert sent(house) == []


def test_who_is_let_in_for_a_room_approves_there_only(house: House) -> None:
    hall = house.grant("Hal", "operator", "room-Hall").token
    viewer = house.grant("Vera", "viewer").token
    future, waits = asked(house)
    assert house.ask(hall, "POST", "/api/decide_command", [waits.id, True])[::2] == (403, ["door.outside"])
    assert house.ask(hall, "POST", "/api/approvals", [])[1] == {"waiting": [], "devices": [], "person": "Hal"}
    words: dict[str, object] = {"words": ["confirm", str(house.door.desk.path), str(waits.id)], "given": {}}
    said = house.ask(hall, "POST", "/verb", words)[1]
    assert [one["code"] for one in said["problems"]] == ["approval.missing"]
    assert house.ask(viewer, "POST", "/api/decide_command", [waits.id, True])[::2] == (403, ["door.role"])
    assert not future.done()
    said = house.ask(house.made.token, "POST", "/verb", words)[1]
    assert (said["problems"], said["document"]["asked_by"]) == ([], "Ada")
    assert future.result(60).state is CommandState.CONFIRMED


def test_a_window_hears_what_waits_when_it_attaches_and_when_it_changes(
    house: House,
    attach: Callable[[Far, str], NetworkEngine],  # noqa: F811
) -> None:
    future, waits = asked(house)
    remote: RemoteEngine = attach(house, house.grant("Ben", "operator").token)
    told: list[ApprovalsChanged] = []

    def heard(count: int) -> bool:
        told.extend(one for one in remote.inbox.drain()[1] if isinstance(one, ApprovalsChanged))
        return bool(told) and len(told[-1].approvals.waiting) == count

    house.door.desk.until(lambda: heard(1), "it waits")
    remote.decide_command(waits.id, True).result(60)
    house.door.desk.until(lambda: heard(0), "it is decided")
    assert future.result(60).state is CommandState.CONFIRMED


def test_commands_of_rules_wait_as_well(house: House) -> None:
    future = house.engine.command(house.stove, "on", sender="automation")
    approvals = house.engine.session.approvals
    house.door.desk.until(lambda: approvals.status.waiting != (), "it waits")
    assert approvals.status.waiting[0].asked_by == "automation"
    house.engine.decide_command(approvals.status.waiting[0].id, True).result(60)
    assert future.result(60).state is CommandState.CONFIRMED


def test_the_verb_lists_and_sets_the_switch(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(house.door.desk.path)

    def said(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        code = main(["confirm", path, *words, "--json"])
        return code, json.loads(capsys.readouterr().out)

    future, waits = asked(house)
    code, found = said()
    assert (code, [row["number"] for row in found["waiting"]], len(found["devices"])) == (0, [waits.id], 1)
    assert said(str(waits.id), "--no")[0] == 0
    assert future.result(60).state is CommandState.FAILED
    assert said(str(waits.id))[1]["problems"][0]["code"] == "approval.missing"
    assert said("--lift", "Stove")[0] == 0
    assert house.engine.session.project.setting(SETTING) == []
    assert house.engine.command(PointId(house.stove), "on").result(60).state is CommandState.CONFIRMED


def test_commands_that_wait_leave_turns_to_the_verb_that_approves_them(house: House) -> None:
    ada, ben = (house.grant(name, "operator").token for name in ("Ada", "Ben"))
    path, approvals = str(house.door.desk.path), house.engine.session.approvals

    def verb(token: str, *words: str) -> None:
        with suppress(json.JSONDecodeError):  # a verb that waits answers in several documents
            house.ask(token, "POST", "/verb", {"words": list(words), "given": {}})

    with ThreadPoolExecutor(6) as pool:
        commands = [pool.submit(verb, ada, "set", path, str(house.stove), "on") for _ in range(6)]
        for _ in commands:
            house.door.desk.until(lambda: approvals.status.waiting != (), "one waits")
            verb(ben, "confirm", path, str(approvals.status.waiting[0].id), "--no")
    assert all(one.exception(60) is None for one in commands)
    assert sent(house) == []
    assert [step for _, step in steps(house)].count("refused") == len(commands)


def test_who_may_only_approve_does_not_set_the_switch(house: House) -> None:
    otto = house.grant("Otto", "operator").token
    path = str(house.door.desk.path)
    for token in (otto, house.made.token):
        for words in (
            ["--lift", "Stove"],
            ["1", "--lift", "Stove"],
            ["--require", "Lamp"],
            ["--no", "--lift", "Stove"],
        ):
            body: dict[str, object] = {"words": ["confirm", path, *words], "given": {}}
            said = house.ask(token, "POST", "/verb", body)[1]
            assert "usage" in said or [one["code"] for one in said["problems"]] == ["door.role"], words
    stove = house.engine.twin.find_device("Stove")
    assert house.engine.approvals().result(60).devices == ((stove.id,) if stove else ())


def asked_as(house: House, who: str, origin: str) -> Future[CommandResult]:
    """A command of a person at another machine that waits."""
    with acting_for(who, "", origin):
        future = house.engine.command(house.stove, "on", sender=who)
    house.door.desk.until(lambda: house.engine.session.approvals.status.waiting != (), "it waits")
    return future


@pytest.mark.parametrize("ends", ["revoked", "expired"])
def test_a_command_of_whoever_has_no_access_any_more_is_withdrawn(house: House, ends: str) -> None:
    now = house.door.desk.now
    made = house.engine.add_grant("Ada", "operator", expires_ms=now[0] + 60_000).result(60)
    future = asked_as(house, "Ada", "192.0.2.7")
    waits = house.engine.session.approvals.status.waiting[-1]
    if ends == "revoked":
        house.engine.revoke_grant(made.grant.id).result(60)
    else:
        now[0] += 60_000
        with acting_for("Ben"):
            assert failure(house.engine.decide_command(waits.id, True)) == ["approval.missing"]
    reason = future.result(60).reason
    assert (reason and reason.code, sent(house)) == ("reason.approval_withdrawn", [])
    assert steps(house)[-1] == ("oikos", "withdrawn")


def test_who_starts_an_automation_by_hand_does_not_approve_its_commands(house: House) -> None:
    rule = automation(house.door.desk)
    define(house.door.desk, rule)
    lamp = house.engine.twin.find_device("Lamp")
    assert lamp is not None
    house.engine.require_approval(lamp.id, True).result(60)
    approvals = house.engine.session.approvals
    with acting_for("Otto", "", "192.0.2.7"):
        house.engine.run_rule(rule.id, sender="Otto").result(60)
    house.door.desk.until(lambda: approvals.status.waiting != (), "it waits")
    waits = approvals.status.waiting[0]
    assert (waits.asked_by, waits.person) == ("automation", "Otto")
    with acting_for("Otto"):
        assert failure(house.engine.decide_command(waits.id, True)) == ["approval.same_person"]
    with acting_for("Ben"):
        house.engine.decide_command(waits.id, True).result(60)


def needs_two(house: House, name: str) -> None:
    device = house.engine.twin.find_device(name)
    assert device is not None
    house.engine.require_approval(device.id, True).result(60)


def waiting(house: House) -> CommandApproval:
    approvals = house.engine.session.approvals
    house.door.desk.until(lambda: approvals.status.waiting != (), "it waits")
    return approvals.status.waiting[0]


def test_who_wrote_an_automation_does_not_approve_its_commands(house: House) -> None:
    """Nor who undid a change of it; who only renamed it does."""
    rule, desk = automation(house.door.desk), house.door.desk
    written = definition_of(rule)
    with acting_for("Ida"):
        define(desk, rule)
    with acting_for("Ben"):
        edit = DefinitionEdit(DefinitionKind.AUTOMATION, rule.id, replace(written, title="Renamed"))
        house.engine.change_definitions([edit]).result(60)
    needs_two(house, "Lamp")
    with acting_for("Otto", "", "192.0.2.7"):
        house.engine.run_rule(rule.id, sender="Otto").result(60)
    waits = waiting(house)
    assert waits.authors == ("Ida",)
    for own in ("ida", "Otto"):
        with acting_for(own):
            assert failure(house.engine.decide_command(waits.id, True)) == ["approval.same_person"]
    with acting_for("Ben"):
        house.engine.decide_command(waits.id, True).result(60)
    with acting_for("Uwe"):
        house.engine.undo(others=True).result(60)
        house.engine.undo(others=True).result(60)
        house.engine.redo().result(60)
    house.engine.run_rule(rule.id).result(60)
    assert waiting(house).authors == ("Ida", "Uwe")


def test_who_wrote_a_scene_does_not_approve_the_commands_that_another_person_gives_by_it(house: House) -> None:
    assert house.engine.command(house.lamp, "on").result(60).state is CommandState.CONFIRMED
    with acting_for("Ida"):
        scene = house.engine.capture_scene(None, "Evening").result(60)
        edit = DefinitionEdit(DefinitionKind.SCENE, scene.id, scene)
        house.engine.change_definitions([edit]).result(60)
    needs_two(house, "Lamp")
    with acting_for("Otto"):
        house.engine.set_scene(scene.id, sender="Otto")
    waits = waiting(house)
    assert (waits.asked_by, waits.authors) == ("Otto", ("Ida",))
    with acting_for("Ida"):
        assert failure(house.engine.decide_command(waits.id, True)) == ["approval.same_person"]


def test_a_rule_that_is_older_than_the_list_of_authors_is_approved_by_an_operator_only(house: House) -> None:
    """Whoever may write rules may have written it; an edit of it does not tell who wrote the rest."""
    rule, desk = automation(house.door.desk), house.door.desk
    with acting_for("Ida"):
        define(desk, rule)
    desk.engine.session.project.set_setting(DEFINITION_AUTHORS, {})  # as in a project of before
    for name, role in (("Ben", "operator"), ("Ines", "installer")):
        house.grant(name, role)
    needs_two(house, "Lamp")
    desk.engine.run_rule(rule.id).result(60)
    waits = waiting(house)
    assert (waits.authors, waits.author_unknown) == ((), True)
    for name, origin in (("Ines", "192.0.2.7"), ("Ida", ""), ("gone", "192.0.2.7")):
        with acting_for(name, "", origin):
            assert failure(house.engine.decide_command(waits.id, True)) == ["approval.author_unknown"]
    with acting_for("Ines", "", "192.0.2.7"):
        house.engine.decide_command(waits.id, False).result(60)
        written = definition_of(rule)
        edit = DefinitionEdit(DefinitionKind.AUTOMATION, rule.id, replace(written, body=written.body + " "))
        house.engine.change_definitions([edit]).result(60)
    desk.engine.run_rule(rule.id).result(60)
    waits = waiting(house)
    assert (waits.authors, waits.author_unknown) == (("Ines",), True)
    with acting_for("Ben", "", "192.0.2.8"):
        house.engine.decide_command(waits.id, True).result(60)


def test_a_rule_that_is_deleted_and_made_again_has_its_maker_as_author_until_an_undo(house: House) -> None:
    rule, desk = automation(house.door.desk), house.door.desk
    with acting_for("Ida"):
        define(desk, rule)
    desk.engine.session.project.set_setting(DEFINITION_AUTHORS, {})  # as in a project of before
    needs_two(house, "Lamp")
    written, gone = definition_of(rule), DefinitionEdit(DefinitionKind.AUTOMATION, rule.id, None)

    def authors() -> tuple[tuple[str, ...], bool]:
        desk.engine.run_rule(rule.id).result(60)
        waits = waiting(house)
        house.engine.decide_command(waits.id, False).result(60)
        return waits.authors, waits.author_unknown

    with acting_for("Ines"):
        changed = replace(written, body=written.body + " ")
        house.engine.change_definitions([DefinitionEdit(DefinitionKind.AUTOMATION, rule.id, changed)]).result(60)
        assert authors() == (("Ines",), True)
        house.engine.change_definitions([gone]).result(60)
        house.engine.change_definitions([DefinitionEdit(DefinitionKind.AUTOMATION, rule.id, written)]).result(60)
    assert authors() == (("Ines",), False)
    with acting_for("Ines"):
        house.engine.undo().result(60)
        house.engine.undo().result(60)
    assert authors() == (("Ines",), True), "what is back was written by somebody before"


def test_of_several_standing_grants_of_a_name_the_highest_role_counts(house: House) -> None:
    """Names need not be unique, and an access that has ended gives no role."""
    grants, now_ms = GrantBook(house.door.desk.engine.session.project), 1000
    given = (("viewer", None), ("installer", 3000), ("admin", 2000))
    rows = {role: Grant(id=role, name="Ann", role=role, expires_ms=ends_ms) for role, ends_ms in given}
    grants._by_digest = rows  # as in a project that another program has written
    assert [grants.role_of("Ann", ms) for ms in (now_ms, 2500, 3500)] == ["admin", "installer", "viewer"]
    assert grants.role_of("nobody", now_ms) == ""


def test_who_replaces_a_device_is_no_author_of_the_rules_that_name_it(house: House) -> None:
    rule, desk = automation(house.door.desk), house.door.desk
    with acting_for("Ida"):
        define(desk, rule)
    twin = desk.engine.twin
    lamp, stove = twin.find_device("Lamp"), twin.find_device("Stove")
    assert lamp is not None
    assert stove is not None

    def stored() -> tuple[object, str]:
        project = desk.engine.session.project
        return project.setting(DEFINITION_AUTHORS), project.twin().definitions.automations[0].body

    before = stored()
    with acting_for("Rita"):
        desk.engine.replace_device(lamp.id, stove.id).result(60)
        replaced = stored()
        desk.engine.undo(others=True).result(60)
        assert stored() == before
        desk.engine.redo().result(60)
    assert [stored()[0], replaced[0]] == [before[0], before[0]]
    assert before[0] == {f"automation {rule.id}": ["Ida"]}


def test_a_job_of_many_commands_that_is_cancelled_takes_back_those_that_wait(house: House) -> None:
    needs_two(house, "Lamp")
    orders = [(PointId(house.stove), "on", None), (PointId(house.lamp), "on", None)]
    future = house.engine.command_many(orders)
    approvals = house.engine.session.approvals
    house.door.desk.until(lambda: len(approvals.status.waiting) == 2, "they wait")
    (job,) = house.engine.jobs._asked
    with acting_for("Ines"):
        house.engine.cancel(job)
    assert [one.reason for one in future.result(60)] == [WITHDRAWN, WITHDRAWN]
    rows = [one for one in house.engine.session.history.events.rows(0, 1 << 60) if '"withdrawn"' in one.body]
    assert [one.who for one in rows] == ["Ines", "Ines"], "whoever cancelled it"
    assert (approvals.status.waiting, sent(house)) == ((), [])


@pytest.mark.parametrize("verb", sorted(MORE))
def test_a_verb_needs_the_role_of_all_its_arguments(verb: str) -> None:
    methods = MORE[verb]
    for one in methods:
        for other in methods:
            needed = NEED[need_of(verb, Namespace(**{one: "x", other: "x"}))]
            assert needed == max(NEED[methods[one]], NEED[methods[other]], NEED[BESIDE[verb]]), (one, other)


def test_a_command_line_without_an_engine_tells_that_it_needs_one(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.engine.stop()
    capsys.readouterr()
    assert main(["set", str(house.door.desk.path), "Stove/on", "on", "--json", "--wait", "0.1"]) == 1
    assert sent(house) == []
