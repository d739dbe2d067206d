"""The name of a person in care stands with her consent alone: after she withdraws nothing tells it any more, not the undo
history, a log, what the rules remember, the bytes of the files, or a backup."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.engine.care_ending import end_care, rename_care
from tests.app.conftest import Desk
from tests.app.test_care_watch import house as house
from tests.app.test_care_watch import look, moves
from tests.twin.store import old_files
from twin.insight.care_sources import proposed_sources
from twin.model.care import CareKind, CareSetup, CareState
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.ids import PointId
from twin.model.text import Text
from twin.rules.automation import Alarmed, Automation, Wait
from twin.rules.care_alarms import asked_alarm, care_alarms, is_of_care
from twin.rules.definition_body import definition_of
from twin.rules.notification import ChannelKind, ChannelUse, NotificationChannel, Recipient
from twin.rules.work_order import OriginKind, WorkOrder, WorkOrigin
from twin.store.file_names import history_file
from twin.store.history import History, event_log
from twin.store.history.rule_records import LogRow, RuleRecord
from twin.store.project import Project
from twin.store.project.kept_settings import CARE_RENAMED

NAME = "Annegret Müller-Wüst"


def tells(path: Path, name: str = NAME) -> bool:
    """Whether a file or its write-ahead log has the name anywhere, used or not."""
    parts = [path, path.with_name(f"{path.name}-wal")]
    written = [name.encode(), json.dumps(name)[1:-1].encode(), name.encode("utf-16-le")]
    return any(one in part.read_bytes() for part in parts if part.exists() for one in written)


def eventful(house: Desk) -> str:
    """She agrees, is asked and does not answer; a delivery waits, an alarm was changed by hand, a rule and a work order were
    made from it. The key of her consent."""
    address = "http://127.0.0.1:9/nobody"
    channel = NotificationChannel(id="way", kind=ChannelKind.WEBHOOK, address=address)
    eva = Recipient(id="eva", title="Eva", uses=(ChannelUse(channel="way"),))
    change(house, (DefinitionKind.CHANNEL, channel), (DefinitionKind.RECIPIENT, eva))
    sources, lamp_point = proposed_sources(house.engine.twin), PointId(house.point("on"))
    for _ in range(3):  # consents, pauses and looks write the file again and again
        setup = CareSetup(person=NAME, sources=sources, kinds=(CareKind.SILENCE,), lamp=lamp_point)
        house.engine.agree_to_care(setup).result(60)
        house.engine.pause_care(house.now[0] + 60_000, NAME).result(60)
        house.engine.pause_care(0, NAME).result(60)
    (key,) = house.engine.care_persons()
    moves(house)
    assert look(house, 12 * 60 + 2).state is CareState.ASKING
    asked = asked_alarm(key)
    (alarm,) = [one for one in house.engine.alarms().result(60) if one.id == asked]
    assert alarm.title.args["person"] == NAME
    order = WorkOrder(
        id="visit", title=f"Visit {NAME}", origin=WorkOrigin(kind=OriginKind.ALARM, id=asked, text=f"{NAME}: well?")
    )
    edited = care_alarms((), key, ("eva",))[0]
    rule = Automation(id="looks", title=f"{NAME} is asked", triggers=(Alarmed(alarm=asked),), actions=(Wait(for_ms=1),))
    change(house, (DefinitionKind.ALARM, edited))
    change(house, (DefinitionKind.WORK_ORDER, order))
    change(house, (DefinitionKind.AUTOMATION, rule))
    assert look(house, 16).state is CareState.ALARM
    return key


def change(house: Desk, *values: tuple[DefinitionKind, object]) -> None:
    edits = [DefinitionEdit(kind, one.id, definition_of(one)) for kind, one in values]  # type: ignore[attr-defined]
    house.engine.change_definitions(edits).result(60)


def test_after_she_withdraws_no_file_tells_her_name_and_undo_brings_nothing_back(house: Desk, tmp_path: Path) -> None:
    eventful(house)
    device = house.engine.twin.devices[0]
    house.engine.rename(device.id, "Reading light").result(60)
    project, history = Path(house.engine.session.project.path), history_file(house.engine.session.project.path)
    assert tells(project), "before, the consent does"
    house.engine.withdraw_care(NAME, recordings=True).result(60)
    definitions = house.engine.twin.definitions
    assert [one.title for one in (*definitions.work_orders, *definitions.automations)] == ["Visit …", "… is asked"]
    assert house.engine.twin.persons == ()
    undone = 0
    while house.engine.undo(others=True).result(60) is not None:
        undone += 1
        assert not [one for one in house.engine.twin.definitions.alarms if is_of_care(one.id)]
    assert undone > 3, "other steps can be undone still"
    while house.engine.redo().result(60) is not None:
        assert not [one for one in house.engine.twin.definitions.alarms if is_of_care(one.id)]
    assert house.engine.twin.device_of[device.id].name == "Reading light"
    assert house.engine.session.project.check() == []
    house.engine.session.project.backup(tmp_path / "safe.oikos")
    house.engine.session.history.backup(tmp_path / "safe.oikos-history")
    house.engine.session.history.flush()
    house.engine.stop()
    files = (project, history, tmp_path / "safe.oikos", tmp_path / "safe.oikos-history")
    assert [path.name for path in files if tells(path)] == []
    with closing(sqlite3.connect(history)) as db:
        assert event_log.check(db).broken is None


def test_while_she_is_in_care_her_name_is_in_no_record_of_the_history_and_no_definition_of_ours(house: Desk) -> None:
    key = eventful(house)
    history = house.engine.session.history
    history.flush()
    rules = history.rules
    assert f"care:{key}" in rules.memory()
    every = [*rules.memory().values(), *rules.alarm_states().values()]
    every += [row.of + row.body for row in (*rules.alarm_log(0, 1 << 60, 999), *rules.run_log(0, 1 << 60, 999))]
    assert [one for one in every if NAME in one] == []
    assert not [one for one in house.engine.twin.definitions.alarms if NAME in one.id + one.title + one.body]
    waiting = house.engine.notifications().result(60).waiting
    assert {one.title.partition(": ")[0] for one in waiting} == {NAME}, "whoever is told reads it"
    (told,) = [one for one in look(house).events if one.text.code == "care.agreed"][:1]
    assert told.text.args["person"] == NAME


@pytest.mark.parametrize(("old", "kept"), [("Anna", "Anna"), ('Anna "Nan"', 'Anna "Nan"'), ("", "Anna")])
def test_a_project_whose_keys_were_names_gets_others_and_its_history_follows(
    tmp_path: Path, old: str, kept: str
) -> None:
    path, said = tmp_path / "old.oikos", f"care_asked:care:{old}" if old else "care_asked:care"
    old_files.load("project_v24.sql", path)
    consent = {"setup": {"person": kept, "sources": []}, "given_ms": 5, "recorded_by": ""} | (
        {"key": old} if old else {}
    )
    gone = "care_silence:care:Benedikta"
    alarm = [said, 9, "", 1, json.dumps({"id": said, "key": f"told:{said}"}, ensure_ascii=False)]
    rule = ["looks", 9, "", 1, json.dumps({"triggers": [{"type": "Alarmed", "alarm": said}]}, ensure_ascii=False)]
    names = ("id", "pos", "title", "enabled", "body")
    steps = [["alarm_definition", gone, dict(zip(names, [gone, *alarm[1:]], strict=True))]]
    both = [*steps, ["automation", "looks", dict(zip(names, rule, strict=True))]]
    with closing(sqlite3.connect(path)) as db:
        db.execute("insert into setting values('care', ?)", (json.dumps([consent] if old else consent),))
        db.execute(f"insert into alarm_definition({', '.join(names)}) values(?, ?, ?, ?, ?)", alarm)
        db.execute(f"insert into automation({', '.join(names)}) values(?, ?, ?, ?, ?)", rule)
        db.execute("delete from row_check")
        for patch in (steps, both):
            written = json.dumps(patch, ensure_ascii=False)
            db.execute(
                "insert into edit(label, args, forward, backward) values('edit.care', '{}', ?, ?)", (written, "[]")
            )
        db.commit()
    record = RuleRecord(
        alarms={said: json.dumps({"of": said})}, alarm_log=(LogRow(1, said, "{}"), LogRow(2, gone, "{}")),
        memory={f"care:{old}" if old else "care": '{"answered_ms": 7}', "care:Benedikta": "{}"},
    )  # fmt: skip
    with Project.open(path) as project, History.open(history_file(path)) as history:
        ((key, name),) = project.twin().persons
        assert (name, len(key), kept in key) == (kept, 16, False)
        history.rules.keep(record).result(60)
        rename_care(project, history)
        end_care(project, history)
        assert project.setting(CARE_RENAMED) is None
        asked, definitions = asked_alarm(key), project.twin().definitions
        assert [asked in one.body for one in (definitions.alarms[-1], definitions.automations[-1])] == [True, True]
        assert definitions.alarms[-1].id == asked
        assert history.rules.alarm_states() == {asked: json.dumps({"of": asked})}
        assert [row.of for row in history.rules.alarm_log(0, 9, 9)] == [asked], "what another left is deleted"
        assert history.rules.memory() == {f"care:{key}": '{"answered_ms": 7}'}
        assert project.check() == []
        assert project.undo() == Text("edit.care")
        assert "edit.care" not in str(project.undo_labels()[0]), "the step of an alarm of care alone is gone"
        assert not [one for one in project.twin().definitions.alarms if "silence" in one.id]
    assert not tells(path, "Benedikta")
    assert not tells(history_file(path), "Benedikta")
