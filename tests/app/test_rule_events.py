"""Automations that events start: a pressed button, an alarm that is acknowledged, every few minutes."""

from __future__ import annotations

from tests.app.conftest import Desk
from tests.app.test_rules_at_work import define, english, freezing, house, passes, runs, says
from twin.model.definition import DefinitionKind
from twin.model.device import DeviceInfo, PointInfo
from twin.model.text import Text
from twin.rules.alarm_act import Acknowledge
from twin.rules.alarm_definition import MINUTE_MS
from twin.rules.automation import Alarmed, Automation, Do, Every, Pressed
from twin.rules.definition_body import definition_of
from twin.rules.selector import of_point

__all__ = ("english", "house")


def started(api: Desk, rule: str) -> int:
    return runs(api, rule).count("run.started")


def lamp_on(api: Desk) -> tuple[Do, ...]:
    return (Do(selector=of_point(api.point("on")), verb="on"),)


def test_each_press_of_a_button_starts_a_rule_in_its_own_way(house: Desk) -> None:
    button = DeviceInfo(uid="button", name="Button", points=(PointInfo(key="b", capability="button"),))
    house.world.describe(*house.world.devices, button)
    house.until(lambda: len(house.engine.twin.devices) == 2, "described")
    selector = of_point(house.point("b", "Button"))
    define(house, Automation(id="double", triggers=(Pressed(selector=selector, word=1.0),), actions=lamp_on(house)))
    for number, word in enumerate(("press", "double", "double", "long")):
        before = house.engine.session.ingest.counts.observations
        house.world.report("b", word, uid="button")
        house.until(lambda before=before: house.engine.session.ingest.counts.observations > before, f"press {number}")
    house.until(lambda: started(house, "double") == 2, "two runs")
    (why,) = [one for one in house.engine.why_not("double").result(60) if one.code == "why.not_pressed"]
    assert why.args["word"] == "double"


def test_a_rule_starts_once_an_alarm_is_acknowledged(house: Desk) -> None:
    trigger = Alarmed(alarm="frost:t", acknowledged=True)
    freezing(house, off_ms=0)
    define(house, Automation(id="seen", triggers=(trigger,), actions=lamp_on(house)))
    passes(house, MINUTE_MS)
    assert started(house, "seen") == 0
    house.engine.act_on_alarms(["frost:t"], Acknowledge()).result(60)
    house.until(lambda: started(house, "seen") == 1, "started")
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    passes(house, 15 * MINUTE_MS)
    house.engine.act_on_alarms(["frost:t"], Acknowledge()).result(60)
    house.until(lambda: started(house, "seen") == 2, "started again")
    rule = definition_of(Automation(id="tried", triggers=(trigger,), actions=lamp_on(house)))
    preview = house.engine.preview_rule(DefinitionKind.AUTOMATION, rule, 0, house.now[0] + MINUTE_MS).result(60)
    assert len([one for one in preview.steps if one.reason.code == "run.started"]) == 2


def test_a_rule_of_every_few_minutes_starts_at_each_of_them(house: Desk) -> None:
    define(house, Automation(id="often", triggers=(Every(minutes=10),), actions=lamp_on(house)))
    for _ in range(6):
        passes(house, 5 * MINUTE_MS)
        house.until(lambda: not any(one.running for one in house.engine.rules().result(60)), "at rest")
    assert started(house, "often") == 3
    assert isinstance(house.engine.why_not("often").result(60)[0], Text)
