"""When a person's care ends nothing of it is sent or kept, also where a message waits or the disk is full meanwhile."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from app.engine.care_ending import end_care, rename_care
from app.engine.rule_saving import OUTBOX
from tests.app.conftest import Desk
from tests.app.test_care_name import NAME, change, eventful, tells
from tests.app.test_care_watch import agree, look
from tests.app.test_care_watch import house as house
from tests.twin.store import old_files
from twin.model.definition import DefinitionKind
from twin.model.problem import ProblemError
from twin.rules.automation import Alarmed, Automation, Notify
from twin.rules.care_alarms import asked_alarm, care_key, is_of_care
from twin.rules.notification import ChannelUse, Delivery, Message, MessageKind, Outbox
from twin.rules.work_order import OriginKind, WorkOrder, WorkOrigin
from twin.store import database
from twin.store.file_names import history_file
from twin.store.history import History
from twin.store.history.rule_records import RuleRecord
from twin.store.project import Project
from twin.store.project.kept_settings import CARE_ENDED, CARE_RENAMED


def waiting(house: Desk) -> list[str]:
    return [one.title for one in house.engine.notifications().result(60).waiting]


def test_no_message_of_her_care_waits_after_she_withdraws_and_no_byte_of_one_is_left(house: Desk) -> None:
    rule = Automation(
        id="says",
        title=f"{NAME} is asked",
        triggers=(Alarmed(alarm=asked_alarm("key1")),),
        actions=(Notify(text="Call"),),
    )
    change(house, (DefinitionKind.AUTOMATION, rule))
    eventful(house)
    assert len(waiting(house)) >= 2
    house.engine.withdraw_care(NAME).result(60)
    assert waiting(house) == []
    rules, history = house.engine.session.history.rules, history_file(house.engine.session.project.path)
    house.engine.session.history.flush()
    assert not [row for row in rules.run_log(0, 1 << 60, 999) if "care_" in row.body]
    assert rules.memory()[OUTBOX] == msgspec.json.encode(Outbox(), order="deterministic").decode()
    house.engine.stop()
    assert not tells(history)


def test_what_is_noted_on_a_work_order_of_her_care_names_her_nowhere(house: Desk) -> None:
    eventful(house)
    order = WorkOrder(
        id="more", title=f"Ring at {NAME.upper()}", description=f"{NAME.lower()} has the key", assignee=NAME,
        created_by=NAME, origin=WorkOrigin(kind=OriginKind.ALARM, id=asked_alarm("key1"), text=f"请{NAME}回答"),
    )  # fmt: skip
    change(house, (DefinitionKind.WORK_ORDER, order))
    house.engine.withdraw_care(NAME).result(60)
    (found,) = [one for one in house.engine.twin.definitions.work_orders if one.id == "more"]
    body = json.loads(found.body)
    assert [found.title, body["description"], body["assignee"], body["created_by"], body["origin"]["text"]] == [
        "Ring at …", "… has the key", "…", "…", "请…回答",
    ]  # fmt: skip


@pytest.mark.parametrize("failing", ["rewrite", "forget"])
def test_where_the_disk_is_full_all_else_is_deleted_and_the_next_opening_deletes_the_rest(
    house: Desk, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    key = eventful(house)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        if failing == "rewrite":
            patch.setattr(database, "rewrite", full)
        else:
            patch.setattr("twin.store.project.redaction.PersonRedaction.redact_log", full)
        with pytest.raises(ProblemError):
            house.engine.withdraw_care(NAME).result(60)
    path, session = Path(house.engine.session.project.path), house.engine.session
    assert look(house).consent is None
    if failing == "rewrite":
        session.history.flush()
        assert not [one for one in session.twin.definitions.alarms if is_of_care(one.id)]
        assert f"care:{key}" not in session.history.rules.memory()
        assert waiting(house) == []
    house.engine.open_project(str(path)).result(60)
    assert house.engine.session.project.setting(CARE_ENDED) is None
    assert not [one for one in house.engine.twin.definitions.alarms if is_of_care(one.id)]
    assert (waiting(house), f"care:{key}" in house.engine.session.history.rules.memory()) == ([], False)
    house.engine.stop()
    assert [tells(one) for one in (path, history_file(path))] == [False, False]


def test_another_person_can_withdraw_after_the_disk_was_full(house: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    agree(house)
    with monkeypatch.context() as patch:
        patch.setattr(database, "rewrite", lambda _: (_ for _ in ()).throw(sqlite3.OperationalError("disk is full")))
        with pytest.raises(ProblemError):
            house.engine.withdraw_care("Anna").result(60)
    agree(house)
    house.engine.withdraw_care("Anna").result(60)
    assert house.engine.session.project.setting(CARE_ENDED) is None


def test_messages_of_an_older_project_lose_the_name_and_those_of_ended_care_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "old.oikos"
    old_files.load("project_v24.sql", path)
    consent = {"setup": {"person": "Anna", "sources": []}, "given_ms": 5, "recorded_by": "", "key": "Anna"}
    said = "care_asked:care:Anna"
    alarm = [said, 9, "", 1, json.dumps({"id": said, "key": f"told:{said}"})]
    with closing(sqlite3.connect(path)) as db:
        db.execute("insert into setting values('care', ?)", (json.dumps([consent]),))
        db.execute("insert into alarm_definition(id, pos, title, enabled, body) values(?, ?, ?, ?, ?)", alarm)
        db.execute("delete from row_check")
        db.commit()

    def waits(id: str, person: str, title: str, kind: MessageKind = MessageKind.ALARM) -> Delivery:
        message = Message(id=id, kind=kind, time_ms=1, title=title, alarm=f"care_asked:care:{person}")
        return Delivery(id=id, message=message, recipient="eva", use=ChannelUse(channel="way"), due_ms=1)

    before = (
        waits("a", "Anna", "Anna: Are you well?"),
        waits("b", "Anna", "Over: Anna: Are you well?", MessageKind.RETURNED),
        waits("c", "Benedikta", "Benedikta: Are you well?"),
    )
    kept = msgspec.json.encode(Outbox(deliveries=before)).decode()
    with Project.open(path) as project, History.open(history_file(path)) as history:
        ((key, _),) = project.twin().persons
        history.rules.keep(RuleRecord(memory={OUTBOX: kept})).result(60)
        rename_care(project, history)
        end_care(project, history)
        outbox = msgspec.json.decode(history.rules.memory()[OUTBOX], type=Outbox)
        assert (project.setting(CARE_RENAMED), project.setting(CARE_ENDED)) == (None, None)
    assert [care_key(one.message.alarm) for one in outbox.deliveries] == [key, key]
    titles = [one.message.title for one in outbox.deliveries]
    assert titles[0] == "Are you well?"
    assert "Are you well?" in titles[1]
    assert not [name for name in ("Anna", "Benedikta") if tells(history_file(path), name)]
