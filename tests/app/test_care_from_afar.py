"""Care from other machines: who is answered, who records a consent, who sees the alarms of care."""

from __future__ import annotations

from typing import cast

import pytest

from app.author import acting_for
from app.inbox import Inbox
from app.server.calls import Host
from app.server.redacted_engine import redacted
from app.server.roles import NEED, Caller, Role
from tests.app.conftest import Desk
from tests.app.test_care_watch import agree, asked, look
from tests.app.test_care_watch import house as house
from twin.model.care import CareState
from twin.model.change import AlarmsChanged
from twin.model.energy import EnergySpan
from twin.model.grant import Grant
from twin.model.problem import ProblemError
from twin.rules.alarm_act import Acknowledge


def test_from_other_machines_only_the_person_and_administrators_are_answered(house: Desk) -> None:
    agree(house)

    def seen_by(name: str, role: str) -> CareState:
        caller = Caller.of(Grant(id=name, name=name, role=role), "192.168.1.9")
        with acting_for(caller.person, origin=caller.origin):
            return redacted(cast("Host", house.engine), caller).care().result(60).state

    assert (seen_by("Anna", "viewer"), seen_by("Boss", "admin")) == (CareState.WAITING, CareState.WAITING)
    for role in ("viewer", "operator", "installer"):
        with pytest.raises(ProblemError, match=r"care\.private"):
            seen_by("Vera", role)
    house.engine.withdraw_care().result(60)
    assert seen_by("Vera", "viewer") is CareState.OFF


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
            any(one.id.endswith(":care") for one in host.alarms().result(60)),
            any(one.id.endswith(":care") for one in host.twin.definitions.alarms),
            any(one.alarm.endswith(":care") for one in host.alarm_log(0, now).result(60)),
            any(id.endswith(":care") for id, _ in metrics.metrics.top_10),
            label is not None and "care" in str(label.args),
        ]

    assert seen_by("Vera", "installer") == [False] * 5
    assert seen_by("Anna", "operator") == [True] * 4 + [False]
    assert seen_by("Boss", "admin") == [True] * 4 + [False]
    assert far(house, "Vera", "operator").act_on_alarms(["care_asked:care"], Acknowledge()).result(60) == ()


def test_news_of_alarms_of_care_reach_no_other_person(house: Desk) -> None:
    boxes = {name: Inbox() for name in ("Vera", "Anna")}
    ends = [far(house, name, "operator").attach(box).result(60) for name, box in boxes.items()]
    asked(house)
    told = {name: [one for one in box.drain()[1] if isinstance(one, AlarmsChanged)] for name, box in boxes.items()}
    names = {name: {alarm.id for one in found for alarm in one.alarms} for name, found in told.items()}
    assert (names["Vera"], names["Anna"]) == (set(), {"care_asked:care"})
    for end in ends:
        end()
