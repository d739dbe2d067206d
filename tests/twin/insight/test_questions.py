"""Plain questions in English and Chinese are understood the same, and answered from what is known, never from nothing."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.insight.answering import Known, answer, points_of
from twin.insight.held_values import columns_wanted, held_values
from twin.insight.question import Period, Question, QuestionAnswer, Side, Statistic, Subject
from twin.insight.question_parser import parsed
from twin.insight.question_periods import taken_period
from twin.model.alarm import AlarmStatus
from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.history_series import ChartColumns
from twin.model.ids import DeviceId, LinkId, PointId, RoomId, StoreyId
from twin.model.problem import ProblemError
from twin.model.space import Room, Storey
from twin.model.text import Text
from twin.model.twin import Twin

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3_600_000
LINK = Link(id=LinkId("link"), protocol="mqtt", address="mqtt://[::1]")


def ms(*parts: int) -> int:
    year, month, day, hour, minute = (*parts, 0, 0)[:5]
    return int(datetime(year, month, day, hour, minute, tzinfo=BERLIN).timestamp() * 1000)


NOW = ms(2026, 11, 25, 14, 30)
"""A Wednesday."""


def device(name: str, kind: str, room: str, *capabilities: str) -> Device:
    from dataclasses import replace

    infos = tuple(PointInfo(key=one, capability=one) for one in capabilities)
    made = device_from_description(DeviceInfo(uid=name, name=name, points=infos, kind=kind), LINK)
    return replace(made, room=RoomId(room) if room else None)


def room(name: str, storey: str) -> Room:
    return Room(
        id=RoomId(name), storey=StoreyId(storey), name=name, outline=((0, 0), (1, 0), (1, 1), (0, 1)), floor_m=0.0,
        ceiling_m=2.5, area_m2=1.0, volume_m3=2.5,
    )  # fmt: skip


HOUSE = Twin(
    storeys=(
        Storey(id=StoreyId("g"), name="Ground floor", elevation_m=0.0, height_m=2.8),
        Storey(id=StoreyId("u"), name="Upper floor", elevation_m=2.8, height_m=2.8),
    ),
    rooms=(room("Kitchen", "g"), room("Hall", "g"), room("Bedroom", "u"), room("书房", "u")),
    links=(LINK,),
    devices=(
        device("Kitchen climate", "climate_sensor", "Kitchen", "temperature", "humidity"),
        device("Kitchen radiator", "radiator", "Kitchen", "temperature", "setpoint_heat"),
        device("Kitchen lamp", "light", "Kitchen", "on_off", "level"),
        device("Hall lamp", "light", "Hall", "on_off"),
        device("Front door", "contact_sensor", "Hall", "contact", "battery"),
        device("Front door lock", "lock", "Hall", "lock"),
        device("Hall window", "contact_sensor", "Hall", "contact"),
        device("Bedroom air", "air_sensor", "Bedroom", "temperature", "co2"),
        device("Study air", "air_sensor", "书房", "temperature"),
        device("Bedroom motion", "occupancy_sensor", "Bedroom", "occupancy"),
        device("Fridge", "plug", "Kitchen", "on_off", "power", "energy_import"),
    ),
)


def point(name: str, capability: str) -> PointId:
    found = HOUSE.find_point(f"{name}/{capability}")
    assert found is not None
    return found.id


def ask(text: str) -> Question:
    return parsed(text, HOUSE, NOW, BERLIN, {"湿度": "humidity"})


def answered(text: str, **known: object) -> QuestionAnswer:
    question = ask(text)
    return answer(question, Known(HOUSE, **known), [point("Fridge", "energy_import")])  # type: ignore[arg-type]


def names(found: QuestionAnswer) -> list[str]:
    return [row.name for row in found.rows]


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("which rooms on floor 2 were above 26° yesterday?", "昨天二楼哪些房间超过26度？"),
        ("lights left on?", "哪些灯开着"),
        ("which lights are off in the kitchen", "Kitchen的灯哪些关着"),
        ("which windows are open", "哪些窗户开着"),
        ("are the locks locked", "锁锁好了吗"),
        ("what is offline", "哪些设备离线"),
        ("how much energy did the Kitchen use last month?", "上个月Kitchen用了多少电"),
        ("average humidity in the bedroom last week", "上周Bedroom的平均湿度"),
        ("the warmest room", "最热的房间"),
        ("too cold?", "太冷的房间"),
        ("which rooms are occupied", "哪些房间有人"),
        ("active alarms", "现在有哪些报警"),
        ("batteries below 20 %", "电池低于20%"),
        ("co2 over 1000 ppm today", "今天二氧化碳大于1000ppm"),
        ("temperature in the hall yesterday at 3 pm", "昨天下午3点Hall温度"),
        ("lights on upstairs", "楼上的灯哪些开着"),
    ],
)
def test_a_question_means_the_same_in_both_languages(english: str, chinese: str) -> None:
    first, second = ask(english), ask(chinese)
    assert first == second
    assert first.ignored == ()


def test_a_storey_is_found_by_number_ordinal_name_and_place() -> None:
    upper, ground = frozenset({"u"}), frozenset({"g"})
    for words in ("floor 2", "on the upper floor", "upstairs", "top floor", "1st floor", "二层", "顶楼"):
        assert ask(f"temperature {words}").storeys == upper, words
    for words in ("on the ground floor", "downstairs", "一楼", "楼下"):
        assert ask(f"temperature {words}").storeys == ground, words
    with pytest.raises(ProblemError) as error:
        ask("rooms on floor 7 above 26°")
    assert error.value.problems[0].code == "ask.no_storey"


def test_a_number_keeps_its_unit_and_the_longest_name_wins() -> None:
    assert ask("rooms below 68 °F").limit == pytest.approx(20.0)
    assert ask("power over 1.5 kW").limit == 1500
    assert ask("is the front door locked").devices == {HOUSE.find_device("Front door lock").id}  # type: ignore[union-attr]
    assert ask("is the front door open").devices == {HOUSE.find_device("Front door").id}  # type: ignore[union-attr]
    kitchen = ask("how warm is the kitchen")
    assert (kitchen.rooms, kitchen.devices) == ({"Kitchen"}, frozenset())


def test_the_limit_of_too_warm_is_said_to_be_assumed() -> None:
    found = answered("which rooms are too warm", now={point("Bedroom air", "temperature"): 27.0})
    assert names(found) == ["Bedroom"]
    assert "ask.assumed" in [note.code for note in found.notes]


def test_what_was_not_understood_is_said_and_nonsense_is_refused() -> None:
    found = answered("purple temperature in the kitchen", now={point("Kitchen climate", "temperature"): 21.0})
    assert Text("ask.ignored", words=["purple"]) in found.notes
    for text in ("tell me a joke", "", "???", "26", "?" * 5000):
        with pytest.raises(ProblemError) as error:
            ask(text)
        assert error.value.problems[0].code == "ask.not_understood"


@given(st.text(max_size=400))
def test_whatever_is_typed_is_a_question_or_one_problem(text: str) -> None:
    problems: tuple[object, ...] = ()
    try:
        answer(ask(text), Known(HOUSE))
    except ProblemError as error:
        problems = error.problems
    assert len(problems) <= 1


def test_a_room_is_warm_by_its_sensor_and_not_by_its_radiator() -> None:
    now = {point("Kitchen climate", "temperature"): 21.0, point("Kitchen radiator", "temperature"): 45.0}
    found = answered("warmest room", now=now)
    assert [(row.name, row.value) for row in found.rows] == [("Kitchen", 21.0)]


def test_unknown_is_never_none() -> None:
    for text in ("which lights are on", "rooms above 26°", "what is offline", "which rooms are occupied"):
        assert answered(text).sentence.code == "ask.not_known", text
    partly = answered("which lights are on", now={point("Hall lamp", "on_off"): 0.0})
    assert any(note.code == "ask.unknown" for note in partly.notes)


def test_devices_are_found_in_their_state() -> None:
    now = {
        point("Hall lamp", "on_off"): 1.0, point("Kitchen lamp", "on_off"): 0.0,
        point("Front door", "contact"): 1.0, point("Hall window", "contact"): 1.0, point("Front door lock", "lock"): 0.0,
    }  # fmt: skip
    assert names(answered("lights left on", now=now)) == ["Hall lamp"]
    assert names(answered("which windows are open", now=now)) == ["Hall window"], "a door is no window"
    assert names(answered("which doors are open", now=now)) == ["Front door"]
    locked = answered("is the front door unlocked", now=now)
    assert locked.sentence == Text("ask.state", name="Front door lock", state="locked"), "its state, not a bare no"


def test_presence_and_alarms_are_those_of_the_place() -> None:
    lamp, window = (HOUSE.find_device(name) for name in ("Kitchen lamp", "Hall window"))
    assert lamp is not None
    assert window is not None
    online: dict[DeviceId, bool] = {one.id: one not in (lamp, window) for one in HOUSE.devices}
    assert names(answered("what is offline", online=online)) == ["Kitchen lamp", "Hall window"]
    assert names(answered("what is offline in the hall", online=online)) == ["Hall window"]
    smoke = AlarmStatus(id="smoke", title=Text("x"), phase="unack", room=RoomId("Kitchen"), priority=1)
    assert len(answered("alarms", alarms=(smoke,)).rows) == 1
    assert answered("alarms in the hall", alarms=(smoke,)).rows == ()


def columns(id: PointId, values: dict[int, float]) -> ChartColumns:
    times, numbers = np.array(list(values), np.int64), np.array(list(values.values()))
    return ChartColumns(id, times, numbers, numbers, numbers, numbers, np.ones(len(times), np.int64), 0, "raw")


def test_how_long_a_room_was_warm_counts_values_until_the_next_one() -> None:
    id, start = point("Bedroom air", "temperature"), ms(2026, 11, 24)
    seen = {start: 22.0, start + 10 * HOUR: 27.0, start + 13 * HOUR: 25.0}
    found = answered("which rooms were above 26° yesterday", columns={id: columns(id, seen)})
    assert [(row.name, row.value, row.duration_ms) for row in found.rows] == [("Bedroom", 27.0, 3 * HOUR)]
    none = answered("which rooms were above 30° yesterday", columns={id: columns(id, seen)})
    assert none.sentence.code == "ask.found_none.above"


def test_a_gap_is_not_an_answer() -> None:
    id, start = point("Bedroom air", "temperature"), ms(2026, 11, 24)
    found = answered(
        "average temperature in the bedroom yesterday", columns={id: columns(id, {start + 18 * HOUR: 20.0})}
    )
    assert found.rows[0].value == 20.0
    assert Text("ask.recorded", percent=25) in found.notes


def test_a_lamp_was_on_as_long_as_it_was_on() -> None:
    id, start = point("Hall lamp", "on_off"), ms(2026, 11, 24)
    seen = {start: 0.0, start + 6 * HOUR: 1.0, start + 8 * HOUR: 0.0}
    found = answered("how long was the hall lamp on yesterday", columns={id: columns(id, seen)})
    assert [row.duration_ms for row in found.rows] == [2 * HOUR]


def test_energy_is_that_of_the_meters_and_unknown_where_they_counted_nothing() -> None:
    fridge = point("Fridge", "energy_import")
    assert points_of(ask("how much energy did the kitchen use yesterday"), HOUSE) == (fridge,)
    used = answered("how much energy did the kitchen use yesterday", used_wh={fridge: 1200.0})
    assert used.sentence == Text("ask.used", n=1, kwh=1.2)
    assert answered("energy yesterday").sentence.code == "ask.not_known"
    assert answered("energy of the hall yesterday").sentence.code == "ask.none_measures"


@pytest.mark.parametrize(
    ("text", "first", "end"),
    [
        ("yesterday", (2026, 11, 24), (2026, 11, 25)),
        ("the day before yesterday", (2026, 11, 23), (2026, 11, 24)),
        ("last week", (2026, 11, 16), (2026, 11, 23)),
        ("last month", (2026, 10, 1), (2026, 11, 1)),
        ("last year", (2025, 1, 1), (2026, 1, 1)),
        ("on monday", (2026, 11, 23), (2026, 11, 24)),
        ("on wednesday", (2026, 11, 18), (2026, 11, 19)),
        ("上周五", (2026, 11, 20), (2026, 11, 21)),
        ("2026-10-25", (2026, 10, 25), (2026, 10, 26)),
        ("12月24日", (2025, 12, 24), (2025, 12, 25)),
        ("last night", (2026, 11, 24, 18), (2026, 11, 25, 6)),
        ("past 3 hours", (2026, 11, 25, 11, 30), (2026, 11, 25, 14, 30)),
        ("过去2天", (2026, 11, 23, 14, 30), (2026, 11, 25, 14, 30)),
        ("today", (2026, 11, 25), (2026, 11, 25, 14, 30)),
    ],
)
def test_a_time_is_one_of_the_site_s_calendar(text: str, first: tuple[int, ...], end: tuple[int, ...]) -> None:
    found, rest = taken_period(text.removeprefix("the "), NOW, BERLIN)
    assert found is not None
    assert (found.from_ms, found.to_ms) == (ms(*first), ms(*end))
    assert rest.strip() == ""


def test_a_day_on_which_clocks_change_has_25_hours() -> None:
    found, _ = taken_period("2026-10-25", NOW, BERLIN)
    assert found is not None
    assert found.to_ms - found.from_ms == 25 * HOUR
    assert columns_wanted(found) == 100


def test_a_moment_has_the_last_value_before_it() -> None:
    id = point("Bedroom air", "temperature")
    question = ask("temperature in the bedroom yesterday at 15:00")
    assert question.period is not None
    assert question.period.is_moment
    seen = {ms(2026, 11, 24, 14, 20): 21.5, ms(2026, 11, 24, 15, 30): 25.0}
    found = answer(
        question,
        Known(
            HOUSE, columns={id: columns(id, {at: value for at, value in seen.items() if at < question.period.to_ms})}
        ),
    )
    assert [(row.value, row.duration_ms) for row in found.rows] == [(21.5, None)]


@given(st.lists(st.tuples(st.integers(0, 47), st.floats(-40, 60)), max_size=30), st.floats(-40, 60))
def test_time_above_and_below_a_limit_are_the_time_that_is_known(seen: list[tuple[int, float]], limit: float) -> None:
    from twin.insight.held_values import beyond_ms, known_share

    period = Period(0, 48 * HOUR, Text("ask.today"))
    values = dict(sorted((at * HOUR, value) for at, value in seen if value != limit))
    held = held_values(period, float("nan"), columns(PointId("p"), values))
    parts = [
        beyond_ms(held, Question(subject=Subject.QUANTITY, capability="temperature", side=side, limit=limit))
        for side in Side
    ]
    assert sum(parts) == round(known_share(held) * held.whole_ms)


def test_statistics_are_of_the_whole_period() -> None:
    assert ask("highest co2 in the bedroom today").statistic is Statistic.HIGHEST
    assert ask("Bedroom 今天最低温度").statistic is Statistic.LOWEST
