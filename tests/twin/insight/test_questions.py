"""Plain questions in English and Chinese are understood the same, and answered from what is known, never from nothing."""

from __future__ import annotations

from dataclasses import replace
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
        device("Bedroom radiator", "radiator", "Bedroom", "valve"),
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
        ("which lights are not on", "哪些灯没有开"),
        ("which windows aren't closed", "哪些窗户没关"),
        ("which devices are not online", "不在线的设备"),
        ("rooms not above 20°", "不高于20度的房间"),
        ("temperature at least 21 °C", "温度不低于21度"),
        ("batteries below 50%", "电池电量低于50%"),
        ("energy last month", "上个月用了多少度电"),
        ("was there smoke yesterday", "昨天有烟雾吗"),
        ("are the blinds open", "窗帘开着吗"),
        ("temperature 3 hours ago", "三小时前的温度"),
        ("temperature last night at 10 pm", "昨晚10点的温度"),
        ("highest temperature last 3 days", "最近 3 天的最高温度"),
        ("temperature on november 20", "十一月二十日的温度"),
        ("temperature yesterday afternoon", "昨天下午的温度"),
        ("rooms below 26°", "低于二十六度的房间"),
        ("which rooms are between 20 and 22 degrees", "哪些房间在20到22度之间"),
        ("co2 between 600 and 1,200 ppm yesterday", "昨天二氧化碳在600至1,200ppm之间"),
        ("humidity between 60% and 40%", "湿度介于40%和60%之间"),
        ("is heating on", "暖气开着吗"),
        ("is the heating off in the bedroom", "Bedroom的暖气关着吗"),
        ("how much did we use last week", "我们上周用了多少"),
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
    with pytest.raises(ProblemError) as error:
        ask("temperature in the basement")
    assert error.value.problems[0].code == "ask.no_storey"


@pytest.mark.parametrize(
    ("words", "limit", "capability"),
    [
        ("rooms above 75", 23.889, "temperature"), ("rooms above 75 degrees", 23.889, "temperature"),
        ("temperature above 75", 23.889, "temperature"), ("rooms above 24 °C", 24.0, "temperature"),
        ("co2 above 1000", 1000.0, "co2"), ("rooms above 1000", 1000.0, "co2"), ("humidity above 60", 60.0, "humidity"),
    ],
)  # fmt: skip
def test_where_temperatures_are_shown_in_fahrenheit_one_without_a_scale_is_meant_so(
    words: str, limit: float, capability: str
) -> None:
    found = parsed(words, HOUSE, NOW, BERLIN, in_fahrenheit=True)
    assert (found.capability, found.limit) == (capability, pytest.approx(limit, abs=0.001))


@pytest.mark.parametrize(
    "words", ["which alarms are open", "open alarms", "alarms that are still open", "alarms active", "哪些报警未处理"]
)
def test_alarms_that_are_open_are_asked_for_in_either_order(words: str) -> None:
    assert ask(words).subject is Subject.ALARMS


def test_a_number_keeps_its_unit_and_the_longest_name_wins() -> None:
    assert ask("rooms below 68 °F").limit == pytest.approx(20.0)
    assert ask("power over 1.5 kW").limit == 1500
    assert ask("is the front door locked").devices == {HOUSE.find_device("Front door lock").id}  # type: ignore[union-attr]
    assert ask("is the front door open").devices == {HOUSE.find_device("Front door").id}  # type: ignore[union-attr]
    kitchen = ask("how warm is the kitchen")
    assert (kitchen.rooms, kitchen.devices) == ({"Kitchen"}, frozenset())


def test_a_room_is_known_without_its_number_where_only_one_is_called_so() -> None:
    rooms = (room("Server room 003", "g"), room("Office 101", "u"), room("Office 102", "u"), room("2.07 Lobby", "g"))
    office = replace(HOUSE, rooms=rooms)
    for words, name in (("how warm is the server room", "Server room 003"), ("how warm is the lobby", "2.07 Lobby")):
        assert parsed(words, office, NOW, BERLIN).rooms == {name}
    with pytest.raises(ProblemError):
        parsed("how warm is office 7", office, NOW, BERLIN)


def test_a_title_of_a_state_or_a_counter_asks_no_mean_of_it() -> None:
    smoke = ask("was there smoke yesterday")
    assert (smoke.subject, smoke.capability, smoke.value) == (Subject.STATE, "smoke", 1.0)
    titled = parsed("昨天活动", HOUSE, NOW, BERLIN, {"活动": "motion"})
    assert (titled.subject, titled.value) == (Subject.STATE, 1.0)
    used = ask("energy used yesterday")
    assert (used.subject, used.capability) == (Subject.USE, "energy_import")
    assert ask("energy exported yesterday").capability == "energy_export"


def test_a_negation_is_never_answered_with_its_contrary() -> None:
    assert ask("which devices are not online").value == 0.0
    assert ask("which rooms are not occupied").value == 0.0
    assert ask("which rooms are unoccupied").value == 0.0
    assert ask("which doors are not locked").value == 1.0
    below = ask("which rooms are not above 20°")
    assert (below.side, below.limit, below.is_inclusive) == (Side.BELOW, 20.0, True)
    assert ask("which doors weren't locked last night").value == 1.0
    assert ask("窗户关了没有").value == 0.0, "it asks and denies nothing"
    assert ask("昨天有没有人在家").value == 1.0


def test_nothing_there_is_told_from_none_in_that_state() -> None:
    assert answered("is the tv on").sentence.code == "ask.none_there"
    assert answered("who is in the kitchen").sentence.code == "ask.none_measures"
    found = answered("is the fridge on", now={point("Fridge", "on_off"): 1.0})
    assert found.sentence == Text("ask.state", name="Fridge", state="on")


def test_a_number_was_neither_on_nor_off() -> None:
    (id,) = points_of(ask("is the kitchen radiator on"), HOUSE)
    start = ms(2026, 11, 24)
    asked = {"columns": {id: columns(id, {start: 40.0})}, "now": {id: 40.0}}
    assert answered("was the kitchen radiator on yesterday", **asked).sentence.code == "ask.not_known"
    now = answered("is the kitchen radiator on", **asked).sentence
    assert (now.code, now.args["value"]) == ("ask.value", 40.0)


def test_the_lowest_is_first_and_thousands_are_read_as_they_are_written() -> None:
    now = {point("Kitchen climate", "temperature"): 21.0, point("Bedroom air", "temperature"): 18.0}
    assert names(answered("lowest temperature", now=now)) == ["Bedroom", "Kitchen"]
    assert ask("co2 over 1,000 ppm").limit == 1000.0
    assert ask("co2 over 1,000.5 ppm").limit == 1000.5
    assert ask("temperature above 21,5").limit == 21.5
    low = ask("low battery below 50%")
    assert (low.limit, low.is_assumed) == (50.0, False)


def test_the_limit_of_too_warm_is_said_to_be_assumed() -> None:
    found = answered("which rooms are too warm", now={point("Bedroom air", "temperature"): 27.0})
    assert names(found) == ["Bedroom"]
    assert "ask.assumed" in [note.code for note in found.notes]


def test_what_was_not_understood_is_said_and_nonsense_is_refused() -> None:
    found = answered("purple temperature in the kitchen", now={point("Kitchen climate", "temperature"): 21.0})
    assert Text("ask.ignored", words=["purple"]) in found.notes
    for text in ("tell me a joke", "", "???", "26", "?" * 5000, "energy over 5 kWh", "temperature above 20 %"):
        with pytest.raises(ProblemError) as error:
            ask(text)
        assert error.value.problems[0].code == "ask.not_understood"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("temperature in the garage", "garage"),
        ("is the window in the garage open", "garage"),
        ("garage temperature", "garage"),
        ("temperature outside", "outside"),
        ("厨房现在多少度", "厨房"),
        ("前门锁了吗", "前"),
        ("energy used by the washing machine yesterday", "washing"),
        ("heating energy last month", "heating"),
        ("electricity cost yesterday", "cost"),
        ("is the toaster offline", "toaster"),
        ("which rooms were never occupied yesterday", "never"),
        ("rooms that are not too warm", "not"),
        ("which rooms did not exceed 20 degrees yesterday", "not"),
        ("temperature on the weekend", "weekend"),
        ("when was the front door last opened", "when"),
        ("temperature today and yesterday", "today"),
        ("temperature at 20 degrees", "20"),
        ("temperature at 25 o'clock", "25"),
        ("temperature 昨晚15点", "15点"),
        ("power over 1.000 W", "1.000"),
        ("radiator temperature in the bedroom", "radiator"),
        ("turn off the lights", "turn"),
    ],
)
def test_a_word_that_changes_the_question_is_refused(text: str, word: str) -> None:
    with pytest.raises(ProblemError) as error:
        ask(text)
    problem = error.value.problems[0]
    assert problem.code == "ask.left_over"
    assert word in problem.args["words"]


@pytest.mark.parametrize(
    "text",
    ["temperature tomorrow", "明天的温度", "temperature next week", "temperature today at 23:00", "今晚8点的温度"],
)
def test_the_future_is_refused(text: str) -> None:
    with pytest.raises(ProblemError) as error:
        ask(text)
    assert error.value.problems[0].code == "ask.future"


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
    for text in ("which lights are on", "rooms above 26°", "which rooms are occupied", "energy last year"):
        assert answered(text).sentence.code == "ask.not_known", text
    assert answered("what is offline").sentence.code == "ask.presence_unknown"
    partly = answered("which lights are on", now={point("Hall lamp", "on_off"): 0.0})
    assert any(note.code == "ask.unknown" for note in partly.notes)


def test_between_has_both_ends_and_what_is_outside_is_left_out() -> None:
    now = {point("Kitchen climate", "temperature"): 20.0, point("Bedroom air", "temperature"): 22.1}
    now[point("Study air", "temperature")] = 22.0
    found = answered("which rooms are between 22 and 20 degrees", now=now)
    assert names(found) == ["书房", "Kitchen"], "the warmest first"
    assert found.sentence == Text("ask.found.between", n=2, title="Temperature", limit=20.0, unit="°C", upper=22.0)
    assert parsed("between 68 and 72", HOUSE, NOW, BERLIN, in_fahrenheit=True).upper == pytest.approx(22.2, abs=0.03)
    with pytest.raises(ProblemError, match="left_over"):
        ask("rooms not between 20 and 22 degrees")


def test_heating_is_on_where_the_valve_of_a_radiator_is_open() -> None:
    valve = point("Bedroom radiator", "valve")
    assert names(answered("is the heating on?", now={valve: 3.0})) == ["Bedroom radiator"]
    assert names(answered("暖气开着吗？", now={valve: 0.0})) == []
    assert any(note.code == "ask.unknown" for note in answered("which radiators are on", now={}).notes)


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


def test_short_times_are_counted_to_the_millisecond() -> None:
    id, start = point("Hall lamp", "on_off"), ms(2026, 11, 24)
    seen = {start + at * HOUR + minute * 60_000: float(minute == 5) for at in range(20) for minute in (5, 6)}
    found = answered("how long was the hall lamp on yesterday", columns={id: columns(id, seen)})
    assert [row.duration_ms for row in found.rows] == [20 * 60_000]


def test_nothing_is_held_over_a_gap_or_longer_than_a_day() -> None:
    id, start = point("Hall lamp", "on_off"), ms(2026, 11, 24)
    gone = {start: 1.0, start + HOUR: float("nan")}
    found = answered("how long was the hall lamp on yesterday", columns={id: columns(id, gone)})
    assert [row.duration_ms for row in found.rows] == [HOUR]
    assert Text("ask.recorded", percent=4) in found.notes
    long = Period(0, 100 * HOUR, Text("ask.today"))
    assert held_values(long, float("nan"), columns(id, {0: 1.0})).width_ms.tolist() == [26 * HOUR]
    moment = Period(0, 6 * HOUR, Text("ask.today"), is_moment=True)
    for seen, value in (({HOUR: 1.0, 2 * HOUR: float("nan")}, None), ({HOUR: 0.0, 6 * HOUR - 300_000: 1.0}, 1.0)):
        mean = held_values(moment, float("nan"), columns(id, seen)).mean
        assert [None if np.isnan(one) else one for one in mean] == [value]


def test_wider_columns_count_what_they_hold_and_stand_to_the_end_only_while_they_are_present() -> None:
    from dataclasses import replace

    period = Period(0, 8 * HOUR, Text("ask.today"))
    nan = float("nan")
    made = columns(PointId("p"), {0: 0.5, HOUR: 1.0, 2 * HOUR: nan, 3 * HOUR: nan})
    made = replace(made, width_ms=HOUR, last=np.array([1.0, 1.0, nan, nan]))
    for now, known in ((nan, 2), (1.0, 4), (0.0, 2)):
        assert held_values(period, now, made).width_ms.sum() == known * HOUR, now


def test_a_lamp_was_on_as_long_as_it_was_on() -> None:
    id, start = point("Hall lamp", "on_off"), ms(2026, 11, 24)
    seen = {start: 0.0, start + 6 * HOUR: 1.0, start + 8 * HOUR: 0.0}
    found = answered("how long was the hall lamp on yesterday", columns={id: columns(id, seen)})
    assert [row.duration_ms for row in found.rows] == [2 * HOUR]


def test_energy_is_that_of_the_meters_and_unknown_where_they_counted_nothing() -> None:
    fridge, start = point("Fridge", "energy_import"), ms(2026, 11, 24)
    assert points_of(ask("how much energy did the kitchen use yesterday"), HOUSE) == (fridge,)
    whole = {fridge: columns(fridge, {start: 5.0, start + 12 * HOUR: 605.0, start + 23 * HOUR: 1205.0})}
    used = answered("how much energy did the fridge use yesterday", used_wh={fridge: 1200.0}, columns=whole)
    assert (used.sentence, used.notes) == (Text("ask.used", n=1, kwh=1.2), ())
    assert answered("energy yesterday").sentence.code == "ask.not_known"
    assert answered("energy of the hall yesterday").sentence.code == "ask.none_measures"


def test_energy_of_a_time_that_was_not_recorded_is_not_zero() -> None:
    fridge, start = point("Fridge", "energy_import"), ms(2026, 11, 24)
    before = answered("energy last year", used_wh={fridge: 0.0}, columns={fridge: columns(fridge, {})})
    assert before.sentence.code == "ask.not_known"
    half = {fridge: columns(fridge, {start + at * HOUR: float(at) for at in range(12, 24)})}
    partly = answered("energy yesterday", used_wh={fridge: 600.0}, columns=half)
    assert partly.sentence == Text("ask.used", n=1, kwh=0.6)
    assert Text("ask.recorded", percent=50) in partly.notes


def test_the_meter_of_the_building_is_none_of_its_room() -> None:
    main = point("Fridge", "energy_import")
    assert points_of(ask("energy of the kitchen yesterday"), HOUSE, [main]) == ()
    assert points_of(ask("energy of the fridge yesterday"), HOUSE, [main]) == (main,)


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
        ("last 30 minutes", (2026, 11, 25, 14), (2026, 11, 25, 14, 30)),
        ("over the last 3 months", (2026, 8, 25), (2026, 11, 25, 14, 30)),
        ("过去三天", (2026, 11, 22, 14, 30), (2026, 11, 25, 14, 30)),
        ("最近半小时", (2026, 11, 25, 14), (2026, 11, 25, 14, 30)),
        ("two days ago", (2026, 11, 23), (2026, 11, 24)),
        ("28.10.2026", (2026, 10, 28), (2026, 10, 29)),
        ("28th of november", (2025, 11, 28), (2025, 11, 29)),
        ("in october", (2026, 10, 1), (2026, 11, 1)),
        ("in 2025", (2025, 1, 1), (2026, 1, 1)),
        ("本周一", (2026, 11, 23), (2026, 11, 24)),
        ("上周一", (2026, 11, 16), (2026, 11, 17)),
    ],
)
def test_a_time_is_one_of_the_site_s_calendar(text: str, first: tuple[int, ...], end: tuple[int, ...]) -> None:
    found, rest = taken_period(text.removeprefix("the "), NOW, BERLIN)
    assert found is not None
    assert (found.from_ms, found.to_ms) == (ms(*first), ms(*end))
    assert rest.strip(" ·") == ""


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-10-25 at 3 pm", (2026, 10, 25, 15)),
        ("2026-03-29 at 3 pm", (2026, 3, 29, 15)),
        ("last night at 10", (2026, 11, 24, 22)),
        ("昨晚10点", (2026, 11, 24, 22)),
        ("昨晚1点", (2026, 11, 25, 1)),
        ("last night at 12", (2026, 11, 25, 0)),
        ("last night at 23:30", (2026, 11, 24, 23, 30)),
        ("昨天晚上12点", (2026, 11, 25, 0)),
        ("at 16:00", (2026, 11, 24, 16)),
        ("at 9", (2026, 11, 25, 9)),
        ("两小时前", (2026, 11, 25, 12, 30)),
        ("昨天下午三点半", (2026, 11, 24, 15, 30)),
    ],
)
def test_a_moment_is_a_wall_time_of_the_site(text: str, moment: tuple[int, ...]) -> None:
    period = ask(f"temperature {text}").period
    assert period is not None
    assert period.is_moment
    assert period.to_ms == ms(*moment) + 60_000


def test_the_night_before_the_clocks_change_ends_at_six() -> None:
    found, _ = taken_period("last night", ms(2026, 10, 25, 12), BERLIN)
    assert found is not None
    assert (found.from_ms, found.to_ms) == (ms(2026, 10, 24, 18), ms(2026, 10, 25, 6))


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
