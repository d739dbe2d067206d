"""In a shared building operators of other machines see presence in groups of rooms only; administrators see everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import pytest

from app.engine.clock import utc_ms
from app.server.network_engine import NetworkEngine
from tests.app.conftest import lamp
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far, failure
from tests.app.test_care_watch import sensor
from twin.model.definition import Definition, DefinitionKind
from twin.model.device import DeviceInfo
from twin.model.energy import EnergySpan
from twin.model.ids import PointId, RoomId
from twin.model.observation import Quality
from twin.model.privacy import HOUR_MS
from twin.model.room_comfort import ComfortAssumptions

pytestmark = pytest.mark.timeout(300)
HALL, KITCHEN = RoomId("room-Hall"), RoomId("room-Kitchen")
type Join = Callable[[str], NetworkEngine]


class Shared(Far):
    """A motion sensor in the hall that saw somebody, a lamp in the kitchen."""

    def __init__(self, door: OpenDoor) -> None:
        super().__init__(door)
        desk = door.desk
        desk.world.describe(lamp(), sensor("hall", "Hall sensor", "motion"))
        desk.until(lambda: desk.engine.twin.find_device("Hall sensor"), "a second device")
        for name, room in (("Lamp", KITCHEN), ("Hall sensor", HALL)):
            device = desk.engine.twin.find_device(name)
            assert device is not None
            desk.engine.bind(device.id, room).result(60)
        desk.world.report("motion", True, "hall")
        self.motion, self.lamp = PointId(desk.point("motion", "Hall sensor")), PointId(desk.point("t"))
        desk.until(lambda: desk.engine.session.state.index(self.motion) is not None, "motion")

    def more(self, devices: Mapping[DeviceInfo, RoomId]) -> None:
        """Further devices, in their rooms."""
        desk = self.door.desk
        desk.world.describe(lamp(), sensor("hall", "Hall sensor", "motion"), *devices)
        for one, room in devices.items():
            desk.until(lambda one=one: desk.engine.twin.find_device(one.name), one.name)
            device = desk.engine.twin.find_device(one.name)
            assert device is not None
            desk.engine.bind(device.id, room).result(60)
        desk.world.report("motion", True, "hall")

    def group(self, **places: int) -> None:
        chosen = {RoomId(f"room-{name}"): n for name, n in places.items()}
        self.engine.set_privacy(72, shared=True, grouped=True, places=chosen).result(60)


@pytest.fixture
def shared(door: OpenDoor) -> Shared:
    return Shared(door)


@pytest.fixture
def join(shared: Shared) -> Iterator[Join]:
    """Opens a window of another machine in a role."""
    opened = list[NetworkEngine]()

    def made(role: str) -> NetworkEngine:
        remote = NetworkEngine.at(shared.address(shared.grant(f"{role} {len(opened)}", role).token), utc_ms)
        remote.start().result(60)
        opened.append(remote)
        return remote

    yield made
    for remote in opened:
        remote.stop()


def seen(shared: Shared, remote: NetworkEngine) -> set[PointId]:
    """Points whose values a window has, after the temperature of the lamp."""
    found = set[PointId]()

    def lamp_there() -> bool:
        for batch in remote.inbox.drain()[0]:
            found.update(batch.table.points[row] for row in batch.row.tolist())
        return shared.lamp in found

    shared.door.desk.world.report("t", 20.5)
    shared.door.desk.until(lamp_there, "the lamp's value")
    return found


def charted(remote: NetworkEngine, point: PointId) -> int:
    return len(remote.columns([point], 0, utc_ms() * 2, 10).result(60)[0].time_ms)


def test_operators_and_viewers_do_not_see_a_single_sensor_and_installers_do(shared: Shared, join: Join) -> None:
    shared.group(Hall=2)
    assert [shared.motion in seen(shared, join(role)) for role in ("viewer", "operator", "installer")] == [
        False, False, True,
    ]  # fmt: skip


def test_charts_and_past_moments_of_it_are_unknown(shared: Shared, join: Join) -> None:
    remote = join("operator")
    before = charted(remote, shared.motion)
    shared.group(Hall=2)
    assert (before > 0, charted(remote, shared.motion)) == (True, 0)
    moment = remote.moments([utc_ms() * 2]).result(60)[0]
    at = moment.points.index(shared.motion)
    assert np.isnan(moment.value[at])
    assert moment.quality[at] == Quality.OFFLINE


def test_the_group_is_told_to_all(shared: Shared, join: Join) -> None:
    shared.group(Hall=6)
    (group,) = join("viewer").privacy().result(60).groups
    assert (group.rooms, group.places, group.present) == ((HALL,), 6, True)
    shared.group(Hall=2)
    (group,) = join("viewer").privacy().result(60).groups
    assert group.present is None


def test_a_room_for_many_is_shown_as_it_is(shared: Shared, join: Join) -> None:
    shared.group(Hall=6)
    assert shared.motion in seen(shared, join("viewer"))


def test_a_home_and_a_building_without_groups_hide_nothing(shared: Shared) -> None:
    assert shared.engine.withheld_points() == frozenset()
    shared.engine.set_privacy(72, shared=True).result(60)
    assert shared.engine.withheld_points() == frozenset()


def test_rules_made_to_tell_of_a_sensor_are_not_previewed(shared: Shared, join: Join) -> None:
    shared.group(Hall=2)
    rule = Definition(id="r", title="R", enabled=True, body="{}")
    remote = join("operator")
    assert failure(remote.preview_rule(DefinitionKind.AUTOMATION, rule, 0, 1)) == ["privacy.grouped"]
    assert failure(remote.why_not("r")) == ["privacy.grouped"]


def test_numbers_out_of_range_and_unknown_rooms_are_refused_and_change_nothing(shared: Shared) -> None:
    for places in ({HALL: -1}, {RoomId("none"): 3}):
        (code,) = failure(shared.engine.set_privacy(72, shared=True, grouped=True, places=places))
        assert code in ("privacy.places", "unknown.room")
    assert shared.engine.privacy().result(60).shared is False


def test_verbs_that_read_all_values_are_refused_and_others_answer(shared: Shared) -> None:
    shared.group(Hall=2)
    operator, installer = (shared.grant(role, role).token for role in ("operator", "installer"))

    def codes(token: str, *words: str) -> list[str]:
        _, said, refused = shared.ask(token, "POST", "/verb", {"words": words, "given": {}})
        return refused or [problem["code"] for problem in said["problems"]]

    for words in (
        ("get", "-", "Hall sensor/motion"),
        ("ask", "-", "who is there?"),
        ("history", "-", "Hall sensor/motion"),
        ("energy", "-", "day"),
    ):
        assert codes(operator, *words) == ["privacy.grouped"], words
    assert codes(installer, "get", "-", "Hall sensor/motion") == []
    assert codes(operator, "privacy", "-") == []


def test_a_window_that_is_open_already_forgets_what_becomes_hidden(shared: Shared, join: Join) -> None:
    remote = join("operator")
    assert shared.motion in seen(shared, remote)
    shared.group(Hall=2)
    told = dict[PointId, int]()

    def forgotten() -> bool:
        for batch in remote.inbox.drain()[0]:
            told.update((one.point, one.quality) for one in batch)
        return told.get(shared.motion) == Quality.OFFLINE

    shared.door.desk.world.report("on", False)
    shared.door.desk.until(forgotten, "that the value is not known any more")


def test_comfort_is_that_of_groups_and_the_evidence_of_a_single_room_is_refused(shared: Shared, join: Join) -> None:
    lamp_device = shared.engine.twin.find_device("Lamp")
    assert lamp_device is not None
    shared.engine.bind(lamp_device.id, HALL).result(60)  # it has a thermometer
    desk = shared.door.desk
    desk.world.report("t", 21.0)
    desk.until(lambda: desk.engine.session.state.index(PointId(desk.point("t"))) is not None, "a temperature")
    desk.now[0] += 3 * HOUR_MS
    shared.group(Hall=2)
    assumed, at_ms = ComfortAssumptions(), shared.engine.now_ms()
    assert failure(join("operator").comfort_evidence(HALL, at_ms, assumed)) == ["privacy.grouped"]
    rooms = {role: join(role).comfort(EnergySpan.DAY, at_ms, assumed).result(60).rooms for role in ("viewer", "admin")}
    assert [one.room for one in rooms["admin"]] == [HALL]
    assert rooms["viewer"] == (), "the hall is for too few"
    shared.group(Hall=6)
    (alone,) = join("viewer").comfort(EnergySpan.DAY, at_ms, assumed).result(60).rooms
    assert (alone.room, alone.joined) == (HALL, ())


def test_of_a_group_in_which_one_place_is_seen_no_number_is_told(shared: Shared, join: Join) -> None:
    desk = shared.door.desk
    shared.more({sensor("door", "Kitchen door", "contact"): KITCHEN})
    shared.group(Kitchen=4, Hall=1)
    desk.now[0] += 30 * HOUR_MS
    shared.group(Kitchen=4, Hall=1)  # looks now
    viewer = join("viewer")
    (group,) = viewer.privacy().result(60).groups
    assert (group.places, group.seen_places, group.present) == (5, 1, None)
    assert viewer.presence_hours(0, desk.now[0]).result(60).rows == ()
    shared.group(Kitchen=4, Hall=5)
    assert viewer.presence_hours(0, desk.now[0]).result(60).rows


def test_energy_is_that_of_groups_and_administrators_see_that_of_single_devices(shared: Shared, join: Join) -> None:
    desk = shared.door.desk
    used = replace(sensor("plug", "Plug", "power"), kind="plug")
    desk.world.describe(lamp(), sensor("hall", "Hall sensor", "motion"), used)
    desk.until(lambda: desk.engine.twin.find_device("Plug"), "a third device")
    plug = desk.engine.twin.find_device("Plug")
    assert plug is not None
    desk.engine.bind(plug.id, HALL).result(60)
    at_ms = shared.engine.now_ms()

    def told(role: str) -> list[tuple[str, str | None]]:
        media = join(role).energy(EnergySpan.DAY, at_ms).result(60).media
        return [(one.meter.title, one.meter.room) for medium in media for one in medium.meters]

    shared.group(Hall=2)
    assert {role: told(role) for role in ("viewer", "operator", "admin")} == {
        "viewer": [], "operator": [], "admin": [("Plug", HALL)],
    }  # fmt: skip
    shared.group(Hall=3, Kitchen=2)
    assert told("viewer") == [], "the kitchen has no meter"
    shared.group(Hall=6)
    assert told("viewer") == [("Plug", HALL)], "a room for many is told as it is"


def test_the_hours_of_a_group_are_published_rounded_and_stay_as_they_are(shared: Shared, join: Join) -> None:
    desk = shared.door.desk
    shared.group(Hall=6)
    begin_ms = desk.now[0]
    for _ in range(30):
        desk.now[0] += HOUR_MS
    shared.group(Hall=6)  # looks now
    found = join("viewer").presence_hours(0, desk.now[0]).result(60)
    (zone,) = found.zones
    assert (zone.rooms, zone.places, zone.storey) == ((HALL,), 6, None)
    hours = [hour for hour, _, _ in found.rows]
    assert hours == sorted(set(hours))
    assert len(hours) >= 28
    assert min(hours) > begin_ms - 2 * HOUR_MS
    assert {people for _, _, people in found.rows} <= {0, 5}
    shared.group(Hall=6)
    assert join("viewer").presence_hours(0, desk.now[0]).result(60).rows == found.rows, "drawn once"
    shared.group(Hall=2)
    assert len(shared.engine.presence_hours(0, desk.now[0]).result(60).rows) == len(hours), (
        "a group for too few adds none"
    )
    _, said, _ = shared.ask(
        shared.grant("vera", "viewer").token, "POST", "/verb",
        {"words": ["privacy", "-", "--presence", "2020-01-01"], "given": {}},
    )  # fmt: skip
    assert len(said["document"]["hours"]) == len(hours)
