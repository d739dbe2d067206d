"""What facility managers and homeowners say, in English and Chinese, is understood as the same question."""

from __future__ import annotations

import pytest

from tests.twin.insight.test_questions import HOUSE, ask
from twin.insight.question import Question, Side, Statistic, Subject
from twin.model.problem import ProblemError

TEMPERATURE, CO2 = "temperature", "co2"
SAID: tuple[tuple[str, str, str], ...] = (
    ("which rooms were above 22 yesterday", "昨天哪些房间高于22", "temperature > 22 yesterday"),
    ("rooms below 18 right now", "哪些房间现在低于18", "temperature < 18"),
    ("which rooms were warmer than 24 last week", "上周哪些房间高于24", "temperature > 24 last week"),
    ("is the Bedroom above 22", "Bedroom超过22了吗", "temperature > 22 Bedroom"),
    ("was it above 26 in the bedroom yesterday afternoon", "昨天下午Bedroom超过26了吗", "temperature > 26 Bedroom yesterday afternoon"),
    ("rooms below 19 this morning", "今天早上低于19的房间", "temperature < 19 this morning"),
    ("rooms over 60%", "高于60%的房间", "humidity > 60"),
    ("which rooms are above 1000", "哪些房间超过1000", "co2 > 1000"),
    ("where is it over 1000 ppm", "哪里超过1000ppm", "co2 > 1000"),
    ("temperature above 25 degrees on Monday", "周一超过25度的房间", "temperature > 25 Monday"),
    ("how warm is it in the kitchen", "Kitchen现在多少度", "temperature Kitchen"),
    ("what's the temperature upstairs", "楼上温度多少", "temperature u"),
    ("how cold did it get in the bedroom last night", "昨晚Bedroom有多冷", "temperature lowest Bedroom last night"),
    ("how hot did it get yesterday", "昨天有多热", "temperature highest yesterday"),
    ("what was the lowest temperature last night", "昨晚最低温度是多少", "temperature lowest last night"),
    ("average temperature this week", "本周平均温度", "temperature mean this week"),
    ("warmest room yesterday", "昨天最热的房间", "temperature warmest yesterday"),
    ("is it too warm anywhere", "有没有太热的房间", "temperature too high"),
    ("which rooms are too humid", "哪些房间太潮湿", "humidity too high"),
    ("show me rooms with bad air", "哪里空气不好", "co2 too high"),
    ("which rooms had high CO2 today", "今天哪些房间二氧化碳高", "co2 too high today"),
    ("batteries that need replacing", "哪些电池快没电了", "battery too low"),
    ("which batteries should be changed", "哪些电池该换了", "battery too low"),
    ("how much power is the fridge using", "Fridge现在功率多少", "power Fridge"),
    ("which device uses the most power", "哪个设备功率最大", "power highest"),
    ("what used the most energy yesterday", "昨天什么最耗电", "use yesterday"),
    ("how much electricity did we use today", "今天用了多少电", "use today"),
    ("how much did the fridge use yesterday", "昨天Fridge用了多少电", "use Fridge yesterday"),
    ("energy this week", "本周用电量", "use this week"),
    ("is anyone home", "家里有人吗", "occupied"),
    ("which rooms are empty", "哪些房间没人", "empty"),
    ("did I leave the lights on", "我忘了关灯吗", "lights on"),
    ("which lights are on on the ground floor", "一楼哪些灯亮着", "lights on g"),
    ("how long was the kitchen lamp on yesterday", "昨天Kitchen lamp开了多久", "on Kitchen lamp yesterday"),
    ("are all windows closed", "窗户都关好了吗", "windows closed"),
    ("which windows are still open", "还有哪些窗户没关", "windows open"),
    ("how many windows are open", "开着几扇窗", "windows open counted"),
    ("is the front door locked", "Front door锁了吗", "locked"),
    ("was the front door opened last night", "昨晚Front door开过吗", "on Front door last night"),
    ("any leaks", "有漏水吗", "leaks"),
    ("open alarms", "未处理的报警", "alarms"),
    ("which devices are offline", "哪些设备掉线了", "offline"),
)  # fmt: skip
"""English, Chinese, and what both mean."""


def meaning(question: Question) -> tuple[object, ...]:
    return (
        question.subject, question.capability, question.side, question.limit, question.value, question.statistic,
        question.kinds, question.rooms, question.devices, question.storeys, question.counts,
        None if question.period is None else (question.period.from_ms, question.period.to_ms),
    )  # fmt: skip


@pytest.mark.parametrize(("english", "chinese", "what"), SAID)
def test_both_languages_ask_the_same(english: str, chinese: str, what: str) -> None:
    first, second = ask(english), ask(chinese)
    assert meaning(first) == meaning(second)
    words = set(what.replace("Kitchen lamp", "lamp_of").replace("Front door", "door_of").split())
    assert {"yesterday", "today", "last", "this", "Monday"}.isdisjoint(words) == (first.period is None)
    assert (first.limit is not None) == ("too" in words or bool({"<", ">"} & words))
    if first.subject is Subject.QUANTITY:
        assert what.startswith(first.capability)
    named = {HOUSE.room_of[id].name for id in first.rooms} | {HOUSE.device_of[id].name for id in first.devices}
    assert all(name in what or name == "Front door lock" for name in named)
    assert (first.statistic is None) == words.isdisjoint({"lowest", "highest", "mean"})


@pytest.mark.parametrize(
    ("text", "capability", "side", "limit"),
    [
        ("which rooms were above 22 yesterday", TEMPERATURE, Side.ABOVE, 22.0),
        ("昨天哪些房间高于22", TEMPERATURE, Side.ABOVE, 22.0), ("rooms below -5", TEMPERATURE, Side.BELOW, -5.0),
        ("rooms over 1000", CO2, Side.ABOVE, 1000.0), ("rooms over 60%", "humidity", Side.ABOVE, 60.0),
        ("超过800的房间", CO2, Side.ABOVE, 800.0),
    ],
)  # fmt: skip
def test_a_number_without_a_unit_has_the_natural_one(text: str, capability: str, side: Side, limit: float) -> None:
    found = ask(text)
    assert (found.capability, found.side, found.limit) == (capability, side, limit)


@pytest.mark.parametrize("text", ["rooms above 200", "哪些房间高于200", "lights below 50", "lights below 50%"])
def test_a_number_that_may_be_of_several_things_or_of_another_one_is_not_guessed(text: str) -> None:
    with pytest.raises(ProblemError):
        ask(text)


def test_how_cold_it_is_now_is_no_lowest_value() -> None:
    assert ask("how cold is it in the kitchen").statistic is None
    assert ask("how cold was it in the kitchen last night").statistic is Statistic.LOWEST
