"""Care from other machines: who is answered, who records a consent, who sees the alarms of care."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from threading import Event
from types import SimpleNamespace
from typing import cast

import pytest

from app.api import EngineApi
from app.author import acting_for
from app.engine.report_delivery import source_of
from app.engine.reports.alarm_document import alarm_document
from app.inbox import Inbox
from app.server.calls import Host
from app.server.hidden_care import HiddenCare
from app.server.later_answers import answered
from app.server.redacted_engine import redacted
from app.server.roles import NEED, Caller, Role
from tests.app.conftest import Desk
from tests.app.test_care_watch import agree, asked, look
from tests.app.test_care_watch import house as house
from twin.model.care import CareState
from twin.model.change import AlarmsChanged
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.energy import EnergySpan
from twin.model.grant import Grant
from twin.model.problem import ProblemError
from twin.model.rule_status import RunLogEntry
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.alarm_act import Acknowledge
from twin.rules.automation import Alarmed, Automation, Wait
from twin.rules.care_alarms import asked_alarm, is_of_care
from twin.rules.definition_body import definition_of
from twin.rules.notification import ChannelKind, ChannelUse, NotificationChannel, Recipient
from twin.rules.work_order import OriginKind, WorkOrder, WorkOrigin

ASKED = asked_alarm("key1")


def test_from_other_machines_only_the_person_and_administrators_are_answered(house: Desk) -> None:
    agree(house)

    def seen_by(name: str, role: str) -> list[CareState]:
        caller = Caller.of(Grant(id=name, name=name, role=role), "192.168.1.9")
        with acting_for(caller.person, origin=caller.origin):
            return [one.state for one in redacted(cast("Host", house.engine), caller).care().result(60)]

    assert (seen_by("Anna", "viewer"), seen_by("Boss", "admin")) == ([CareState.WAITING],) * 2
    for role in ("viewer", "operator", "installer"):
        with pytest.raises(ProblemError, match=r"care\.private"):
            seen_by("Vera", role)
    house.engine.withdraw_care().result(60)
    assert seen_by("Vera", "viewer") == []


def far(house: Desk, name: str, role: str) -> Host:
    return redacted(cast("Host", house.engine), Caller.of(Grant(id=name, name=name, role=role), "192.168.1.9"))


def test_from_afar_only_installers_record_a_consent_and_delete_recordings(house: Desk) -> None:
    assert NEED["agree_to_care"] is Role.INSTALLER
    agree(house)
    with acting_for("Anna", origin="192.168.1.9"):
        with pytest.raises(ProblemError, match=r"door\.role"):
            far(house, "Anna", "operator").withdraw_care(recordings=True).result(60)
        assert look(house).consent is not None
        far(house, "Anna", "viewer").withdraw_care().result(60)
    assert look(house).consent is None


def test_alarms_of_care_are_shown_to_the_person_and_to_administrators_alone(house: Desk) -> None:
    asked(house)
    house.now[0] += 1000
    now = house.now[0] + 1

    def seen_by(name: str, role: str) -> list[bool]:
        host = far(house, name, role)
        label = host.undo_labels()[0]
        metrics = host.alarm_metrics(EnergySpan.DAY, now).result(60)
        return [
            any(is_of_care(one.id) for one in host.alarms().result(60)),
            any(is_of_care(one.id) for one in host.twin.definitions.alarms),
            any(is_of_care(one.alarm) for one in host.alarm_log(0, now).result(60)),
            any(is_of_care(id) for id, _ in metrics.metrics.top_10),
            label is not None and "care" in str(label.args),
        ]

    assert seen_by("Vera", "installer") == [False] * 5
    assert seen_by("Anna", "operator") == [True] * 4 + [False]
    assert seen_by("Boss", "admin") == [True] * 4 + [False]
    assert far(house, "Vera", "operator").act_on_alarms(["care_asked:care:key1"], Acknowledge()).result(60) == ()


def test_news_of_alarms_of_care_reach_no_other_person(house: Desk) -> None:
    boxes = {name: Inbox() for name in ("Vera", "Anna")}
    ends = [far(house, name, "operator").attach(box).result(60) for name, box in boxes.items()]
    asked(house)
    told = {name: [one for one in box.drain()[1] if isinstance(one, AlarmsChanged)] for name, box in boxes.items()}
    names = {name: {alarm.id for one in found for alarm in one.alarms} for name, found in told.items()}
    assert (names["Vera"], names["Anna"]) == (set(), {"care_asked:care:key1"})
    for end in ends:
        end()


def eventful(house: Desk) -> None:
    """Anna's alarm stands; a delivery of it waits, a rule has run by it, and a work order was made from it."""
    address = "http://127.0.0.1:9/nobody"
    values = (
        (DefinitionKind.CHANNEL, NotificationChannel(id="way", kind=ChannelKind.WEBHOOK, address=address)),
        (DefinitionKind.RECIPIENT, Recipient(id="eva", title="Eva", uses=(ChannelUse(channel="way"),))),
        (
            DefinitionKind.AUTOMATION,
            Automation(
                id="blink", title="Blink", triggers=(Alarmed(alarm=ASKED),), actions=(Wait(for_ms=1),),
            ),
        ),
        (
            DefinitionKind.WORK_ORDER,
            WorkOrder(id="visit", title="Pay a visit", origin=WorkOrigin(kind=OriginKind.ALARM, id=ASKED, text="Are you well?")),
        ),
    )  # fmt: skip
    edits = [DefinitionEdit(kind, one.id, definition_of(one)) for kind, one in values]
    house.engine.change_definitions(edits).result(60)
    asked(house)
    house.until(lambda: bool(house.engine.run_log(0, 1 << 60, 200, "blink").result(60)))
    house.until(lambda: bool(house.engine.run_log(0, 1 << 60, 200, "notify").result(60)))
    house.now[0] += 1000


def refused(ask: Callable[[], object]) -> bool:
    """Whether the answer is refused as private."""
    try:
        found = ask()
        if isinstance(found, Future):
            found.result(60)
    except ProblemError as error:
        return error.problems[0].code in ("care.private", "unknown.work_order")
    return False


def told_by(host: Host, house: Desk) -> dict[str, bool]:
    """By what is asked for, whether it tells of the alarm of care."""
    now, answers = house.now[0] + 1, dict[str, bool]()
    automation = next(one for one in house.engine.twin.definitions.automations if one.id == "blink")
    metrics, digest = host.alarm_metrics(EnergySpan.DAY, now).result(60), host.digest().result(60)
    preview = host.preview_rule
    answers["alarms"] = any(is_of_care(one.id) for one in host.alarms().result(60))
    answers["alarm_log"] = any(is_of_care(one.alarm) for one in host.alarm_log(0, now).result(60))
    answers["alarm_metrics"] = bool(metrics.metrics.annunciated or metrics.standing or metrics.titles)
    answers["digest"] = bool(sum(digest.alarms))
    answers["notifications"] = bool(host.notifications().result(60).waiting)
    answers["run_log of deliveries"] = bool(host.run_log(0, now, 200, "notify").result(60))
    answers["run_log of rules"] = bool(host.run_log(0, now, 200, "blink").result(60))
    answers["definitions"] = any(is_of_care(one.id) for one in host.twin.definitions.alarms)
    answers["work orders"] = bool(host.twin.definitions.work_orders)
    answers["why_not"] = not refused(lambda: host.why_not("blink"))
    answers["preview_rule"] = not refused(lambda: preview(DefinitionKind.AUTOMATION, automation, 0, now))
    out = house.path.with_name("orders.pdf")
    answers["write_work_orders"] = not refused(lambda: host.write_work_orders(("visit",), str(out)))
    return answers


@pytest.mark.parametrize(
    ("name", "role", "sees"),
    [
        ("Vera", "viewer", False),
        ("Vera", "operator", False),
        ("Vera", "installer", False),
        ("Anna", "viewer", True),
        ("Anna", "operator", True),
        ("Boss", "admin", True),
    ],
)
def test_no_answer_tells_of_the_care_of_others(house: Desk, name: str, role: str, sees: bool) -> None:
    eventful(house)
    answers = told_by(far(house, name, role), house)
    assert answers == dict.fromkeys(answers, sees)


def test_every_method_that_tells_of_alarms_is_asked_or_known_to_be_without_them() -> None:
    told = {"AlarmStatus", "AlarmLogEntry", "AlarmMetricsReport", "SiteDigest", "NotificationStatus", "RunLogEntry", "RulePreview", "Text", "ReportFile"}  # fmt: skip
    methods = {
        name for name in NEED if told & set(re.findall(r"\w+", str(inspect.signature(getattr(EngineApi, name)).return_annotation)))
    }  # fmt: skip
    own = {name for name in vars(HiddenCare) if not name.startswith("_")}
    without = {
        "undo_labels",  # edits of alarms of care have no titles
        "write_report", "copy_report", "write_comfort_evidence",  # no report has alarms of care

    }  # fmt: skip
    assert methods - own == without & methods, "hides the care of others, or is named here with the reason"


def test_a_report_of_alarms_leaves_care_out(house: Desk) -> None:
    eventful(house)
    now, session = house.now[0], house.engine.session
    source = source_of(session, EnergySpan.DAY, now, Event())
    document = alarm_document(source)
    assert "well?" not in str(document)
    assert "Alarms of the care of persons are left out" in str(document)


def test_a_delivery_of_an_older_program_has_no_title() -> None:
    old = RunLogEntry(
        time_ms=1, rule="notify", run=0, reason=Text("notify.delivered", who="Eva", title="Are you well?")
    )
    new = replace(old, reason=Text("notify.delivered", who="Eva", title="A leak", alarm="A leak", alarm_id="water:k"))
    host = SimpleNamespace(run_log=lambda *_: answered((old, new)), care_persons=dict, twin=Twin())
    rows = HiddenCare(cast("Host", host), "Vera", frozenset).run_log(0, 9).result(60)
    assert [row.reason.args["title"] for row in rows] == ["…", "A leak"]
