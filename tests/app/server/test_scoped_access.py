"""An access that is limited to rooms: values, charts, history, alarms and commands of other rooms are not there."""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from app.api import EngineApi
from app.cli.framework.engine_verbs import SCOPED, verbs_of
from app.engine.clock import utc_ms
from app.engine.history_api import MOST_COLUMNS, MOST_POINTS, MOST_TIMES
from app.server import scoped_engine
from app.server.network_engine import NetworkEngine
from app.server.roles import NEED, Caller, Role
from app.server.scoped_engine import EMPTY, PASSED, ScopedEngine
from app.server.verb_client import VerbClient
from app.server.visible_part import WHOLE, visible_part, visible_radio
from tests.app.conftest import lamp, rooms_building
from tests.app.server.conftest import OpenDoor
from tests.app.server.test_network_door import Far, failure
from twin.model.change import AlarmsChanged, CommandUpdated, DeviceOnline, ProblemRaised, TwinChanged
from twin.model.checkout import DeviceCheckout
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.device import Orphan
from twin.model.energy import EnergySpan
from twin.model.grant import Grant
from twin.model.ids import DeviceId, DoorId, PointId, RoomId, StoreyId
from twin.model.mesh import Element, Mesh, MeshPart
from twin.model.observation import decode
from twin.model.problem import Problem, ProblemError
from twin.model.radio_map import Radio, RadioLink, RadioNode, RadioSurvey
from twin.model.space import Door
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition, Equals
from twin.rules.alarm_evaluation import Acknowledge
from twin.rules.definition_body import definition_of
from twin.store.project.kept_settings import RADIO_SURVEYS
from twin.store.project.radio_rows import KeptSurvey, survey_rows

pytestmark = pytest.mark.timeout(300)


class House(Far):
    """The lamp is in the hall, the stove in the kitchen; Olga operates the kitchen only."""

    def __init__(self, door: OpenDoor) -> None:
        super().__init__(door)
        desk = door.desk
        desk.world.describe(lamp(), lamp("stove", "Stove"))
        desk.until(lambda: desk.engine.twin.find_device("Stove"), "a second device")
        for name, room in (("Lamp", "Hall"), ("Stove", "Kitchen")):
            device = desk.engine.twin.find_device(name)
            assert device is not None
            desk.engine.bind(device.id, RoomId(f"room-{room}")).result(60)
        self.made = self.grant("Olga", "operator", "room-Kitchen")
        self.lamp, self.stove = PointId(desk.point("on")), PointId(desk.point("on", "Stove"))


@pytest.fixture
def house(door: OpenDoor) -> House:
    return House(door)


@pytest.fixture
def olga(house: House) -> Iterator[NetworkEngine]:
    """A window of another machine, limited to the kitchen."""
    remote = NetworkEngine.at(house.address(house.made.token), utc_ms)
    remote.start().result(60)
    yield remote
    remote.stop()


def test_each_method_is_filtered_empty_passed_or_refused() -> None:
    own = {name for name, _ in inspect.getmembers(ScopedEngine, inspect.isfunction) if not name.startswith("_")}
    filtered = (own & set(NEED)) | {"twin"}
    assert not filtered & (PASSED | EMPTY)
    assert set(NEED) >= PASSED | EMPTY
    unscoped = {name for name in NEED if NEED[name] > Role.OPERATOR}
    assert not (PASSED | EMPTY) & unscoped
    assert filtered & unscoped == {"discover"}, "it is stopped when a client leaves"
    for name in filtered - {"twin"}:
        ours, theirs = inspect.signature(getattr(ScopedEngine, name)), inspect.signature(getattr(EngineApi, name))
        assert [*ours.parameters] == [*theirs.parameters], name


def test_a_field_of_the_twin_is_shown_only_where_it_is_named() -> None:
    filtered = {
        "placeholders", "links", "devices", "meter_changes", "checkouts", "storeys", "rooms", "doors", "meshes",
    }  # fmt: skip
    hidden = {"orphans", "definitions", "persons"}
    assert not WHOLE & (filtered | hidden)
    assert {field.name for field in fields(Twin)} == WHOLE | filtered | hidden, (
        "decide what a limited access sees of it"
    )


def test_checkouts_are_those_of_the_room(house: House) -> None:
    whole = house.engine.twin
    marks = tuple(DeviceCheckout(id=device.id, note=device.name) for device in whole.devices)
    orphan = Orphan(DeviceId("lost"), RoomId("room-Attic"), "Attic", None)
    seen = visible_part(replace(whole, checkouts=marks, orphans=(orphan,)), house.made.grant)
    assert [one.note for one in seen.checkouts] == ["Stove"]
    assert (seen.orphans, seen.storeys) == ((), whole.storeys)
    assert visible_part(whole, replace(house.made.grant, rooms=(RoomId("gone"),))).storeys == ()


def test_the_mesh_and_the_doors_are_those_of_the_room_and_change_with_it(house: House, olga: NetworkEngine) -> None:
    def flat(x: float, name: str) -> MeshPart:
        positions = np.array([[x, 1, 0], [x + 0.3, 1, 0], [x, 1.3, 0]], np.float32)
        number = {"Oven": 0, "Sofa": 1}[name]
        return MeshPart(
            storey=StoreyId("s1"),
            category="furniture" if number else "fixture",
            positions=positions,
            triangles=np.array([[0, 1, 2]], np.uint32),
            colours=np.zeros((1, 4), np.uint8),
            elements=np.array([number], np.uint32),
        )

    mesh = Mesh(
        parts=(flat(1.0, "Oven"), flat(6.0, "Sofa")),
        elements=(Element(name="Oven", ifc_class="x"), Element(name="Sofa", ifc_class="x")),
    )
    door = Door(
        id=DoorId("d"), storey=StoreyId("s1"), name="Door", rooms=(RoomId("room-Hall"), RoomId("room-Kitchen")),
        position_m=(4, 1, 0),
    )  # fmt: skip
    building = replace(rooms_building("Kitchen", "Hall"), mesh=mesh, doors=(door,))
    session = house.engine.session
    house.engine.context.loop.submit(session.edits.edit(lambda one: one.set_building(building)), name="build").result(
        60
    )
    house.door.desk.until(lambda: olga.twin.doors != (), "the door")
    seen = olga.mesh().result(60)
    assert seen is not None
    assert [element.name for element in seen.elements] == ["Oven"]
    assert [one.rooms for one in olga.twin.doors] == [("room-Kitchen",)]
    whole = house.engine.mesh().result(60)
    assert whole is not None
    assert len(whole.elements) == 2
    assert olga.twin.meshes != house.engine.twin.meshes, "a mesh of the same name is another one"


def test_photos_are_those_of_devices_in_the_room(house: House, olga: NetworkEngine) -> None:
    picture = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    digest = hashlib.sha256(picture).hexdigest()
    ids = {device.name: device.id for device in house.engine.twin.devices}
    house.engine.check_out([DeviceCheckout(id=ids["Stove"], photo=digest)], {digest: picture}).result(60)
    house.door.desk.until(lambda: olga.twin.checkouts != (), "the checkout")
    assert olga.checkout_photo(digest).result(60) == picture
    house.engine.check_out([DeviceCheckout(id=ids["Lamp"], photo=digest), DeviceCheckout(id=ids["Stove"])]).result(60)
    house.door.desk.until(lambda: olga.twin.checkouts == (), "it is of another room now")
    assert failure(olga.checkout_photo(digest)) == ["door.outside"]


def test_a_request_for_more_than_an_answer_holds_is_refused_or_made_coarser(
    house: House, olga: NetworkEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = house.door.desk.engine.now_ms()
    assert failure(olga.moments([now] * (MOST_TIMES + 1))) == ["history.too_much"]
    assert failure(olga.columns([house.stove] * (MOST_POINTS + 1), 0, now, 1)) == ["history.too_much"]
    assert failure(olga.consumption([house.stove] * (MOST_POINTS + 1), 0, now, 1)) == ["history.too_much"]
    history, asked = house.door.desk.engine.session.history, list[int]()
    monkeypatch.setattr(history, "consumption", lambda point, at: asked.append(len(at)))
    monkeypatch.setattr(history, "columns", lambda points, from_ms, to_ms, columns: asked.append(columns) or [])
    for points in ([house.stove], [house.stove] * 1000):
        olga.consumption(points, 0, now, 10**12).result(60)
        olga.columns(points, 0, now, 10**12).result(60)
        assert max(asked) * len(points) <= 2 * MOST_COLUMNS
        asked.clear()


def test_past_values_are_filtered_off_the_loop(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, where = house.door.desk.engine.context.loop, list[bool]()
    visible = scoped_engine._visible

    def noted(*args: Any) -> Any:
        where.append(loop.here())
        return visible(*args)

    monkeypatch.setattr(scoped_engine, "_visible", noted)
    status = house.ask(house.made.token, "POST", "/api/moments", [[1, 2, 3]])[0]
    assert (status, where) == (200, [False])


def test_the_twin_has_only_what_is_in_the_room(house: House, olga: NetworkEngine) -> None:
    assert [device.name for device in olga.twin.devices] == ["Stove"]
    assert [room.name for room in olga.twin.rooms] == ["Kitchen"]
    assert [link.address for link in olga.twin.links] == [""]
    assert olga.undo_labels() == (None, None)
    stove = olga.twin.devices[0].id
    house.engine.bind(stove, RoomId("room-Hall")).result(60)
    house.door.desk.until(lambda: olga.twin.devices == (), "it left the room")


def test_commands_go_to_the_room_only(house: House, olga: NetworkEngine) -> None:
    assert olga.command(house.stove, "on").result(60).state == "confirmed"
    assert failure(olga.command(house.lamp, "on")) == ["door.outside"]
    assert failure(olga.command_many([(house.stove, "on", None), (house.lamp, "on", None)])) == ["door.outside"]
    assert ("lamp", "on", "on", None) not in house.door.desk.world.sent
    assert failure(olga.act_on_alarms(["anything"], Acknowledge())) == ["door.outside"]
    for refused in (olga.run_rule("r"), olga.set_scene("s"), olga.drawing(), olga.release_points([house.lamp])):
        assert failure(refused) == ["door.scope"]
    assert failure(olga.undo()) == ["door.role"]
    assert olga.rules().result(60) == () == olga.links().result(60)


def test_charts_and_past_values_are_those_of_the_room(house: House, olga: NetworkEngine) -> None:
    desk = house.door.desk
    desk.world.report("t", 20.0)
    desk.world.report("t", 30.0, "stove")
    hot, cold = PointId(desk.point("t", "Stove")), PointId(desk.point("t"))
    desk.until(lambda: {hot, cold} <= set(desk.values), "both temperatures")
    desk.engine.session.history.flush()
    now = desk.engine.now_ms()
    (found,) = olga.columns([hot], now - 60_000, now + 60_000, 10).result(60)
    assert np.nanmax(found.last) == 30.0
    assert failure(olga.columns([hot, cold], now - 60_000, now + 60_000, 10)) == ["door.outside"]
    assert failure(olga.consumption([cold], now - 60_000, now, 10)) == ["door.outside"]
    (moment,) = olga.moments([now + 1000]).result(60)
    assert set(moment.points) == {point.id for point in olga.twin.points}
    assert len(moment.value) == len(moment.points) == len(moment.quality)


def test_live_values_and_texts_are_those_of_the_room(house: House, olga: NetworkEngine) -> None:
    desk = house.door.desk
    desk.world.report("say", "secret of the hall")
    desk.world.report("say", "soup", "stove")
    said, hidden = PointId(desk.point("say", "Stove")), PointId(desk.point("say"))
    seen: dict[str, float] = {}

    def heard() -> bool:
        for batch in olga.inbox.drain()[0]:
            seen.update({one.point: one.value for one in batch})
        return said in seen

    desk.until(lambda: hidden in desk.values and heard(), "the stove's text")
    desk.until(lambda: decode(olga.twin.point_of[said], seen[said], olga.strings()) == "soup", "its words")
    assert set(seen) <= {point.id for point in olga.twin.points}
    assert "secret of the hall" not in olga.strings().texts
    status, texts, _ = house.ask(house.made.token, "GET", "/api/strings")
    assert (status, "secret" in json.dumps(texts), len(texts)) == (200, False, len(desk.engine.strings()))


def test_news_of_other_rooms_do_not_come(house: House, olga: NetworkEngine) -> None:
    desk = house.door.desk
    desk.until(lambda: olga.inbox.drain() == ([], []), "what was there")
    house.engine.context.raise_problem(Problem(code="store.full", where="the hall"))
    assert house.engine.command(house.lamp, "on").result(60).state == "confirmed"
    assert house.engine.command(house.stove, "on").result(60).state == "confirmed"
    seen: list[Any] = []

    def there() -> bool:
        seen.extend(olga.inbox.drain()[1])
        return any(isinstance(one, CommandUpdated) and one.result.state == "confirmed" for one in seen)

    desk.until(there, "the command in the room")
    points = {one.result.command.point for one in seen if isinstance(one, CommandUpdated)}
    assert points == {house.stove}
    assert not [one for one in seen if isinstance(one, ProblemRaised)]
    assert {one.device for one in seen if isinstance(one, DeviceOnline)} <= {olga.twin.devices[0].id}
    assert all(one.label is None for one in seen if isinstance(one, TwinChanged))
    assert all(not one.alarms for one in seen if isinstance(one, AlarmsChanged))


def codes_of(house: House, words: list[str], grant: Grant) -> tuple[list[str], Any]:
    """The problems and the document of a verb for this grant."""

    async def work() -> list[Any]:
        asked = [words[0], str(house.door.desk.path), *words[1:]]
        return [line async for line in verbs_of(house.engine)(asked, {}, VerbClient(Caller.of(grant, "192.0.2.7")))]

    last = house.engine.context.loop.submit(work(), name="verb").result(60)[-1]
    return [problem.code for problem in last.get("problems", ())], last.get("document")


def test_verbs_see_the_room_only_or_are_refused(house: House) -> None:
    grant = house.made.grant
    codes, said = codes_of(house, ["get"], grant)
    assert codes == []
    assert {row["device"] for row in said["points"]} == {house.engine.twin.find_device("Stove").id}
    assert codes_of(house, ["get", "Lamp"], grant)[0] == ["unknown.device_or_point"]
    assert codes_of(house, ["set", "Lamp/on", "on"], grant)[0] == ["unknown.point"]
    assert codes_of(house, ["set", "Stove/on", "on"], grant)[1]["state"] == "confirmed"
    assert {"confirm", "get", "set"} == SCOPED
    for verb in ("alarms", "links", "rules", "scene", "info", "history"):
        words = [verb, "Lamp/t"] if verb == "history" else [verb]
        assert codes_of(house, words, grant)[0] == ["door.scope"], verb


def test_a_zone_is_the_rooms_that_the_building_has_in_it(house: House) -> None:
    from dataclasses import replace

    twin = house.engine.twin
    zoned = replace(
        twin, rooms=tuple(replace(room, zones=("East",)) if room.name == "Hall" else room for room in twin.rooms)
    )
    grant = Grant(id="g", name="Z", role="viewer", zones=("East",))
    assert grant.rooms_in(zoned) == {"room-Hall"}
    assert grant.rooms_in(twin) == frozenset()


def test_the_figures_of_alarms_are_those_of_the_room(house: House, olga: NetworkEngine) -> None:
    desk = house.door.desk
    made = [
        AlarmDefinition(id=name, key=desk.point("on", device), condition=Equals(1.0))
        for name, device in (("lit", "Lamp"), ("hot", "Stove"))
    ]
    edits = [DefinitionEdit(DefinitionKind.ALARM, one.id, definition_of(one)) for one in made]
    house.engine.change_definitions(edits).result(60)
    for point in (house.lamp, house.stove):
        assert house.engine.command(point, "on").result(60).state == "confirmed"
    desk.until(lambda: sum(one.standing for one in house.engine.alarms().result(60)) == 2, "both alarms")
    desk.now[0] += 60_000
    whole, seen = (one.alarm_metrics(EnergySpan.DAY, house.engine.now_ms()).result(60) for one in (house.engine, olga))
    assert (whole.standing, whole.unacked, whole.metrics.annunciated) == (2, 2, 2)
    assert (seen.standing, seen.unacked, seen.metrics.annunciated) == (1, 1, 1)
    assert [id for id, _ in seen.metrics.top_10] == [*seen.titles] == ["hot"]


def test_radio_links_are_those_between_devices_of_the_room(house: House, olga: NetworkEngine) -> None:
    lamp, stove = (house.engine.twin.find_device(name) for name in ("Lamp", "Stove"))
    assert lamp is not None
    assert stove is not None
    survey = RadioSurvey(
        nodes=(RadioNode(key="hub"), RadioNode(key=lamp.uid, name="secret"), RadioNode(key=stove.uid)),
        links=(
            RadioLink(radio=Radio.ZIGBEE, start="hub", end=stove.uid, heard_ms=1, lqi=10),
            RadioLink(radio=Radio.ZIGBEE, start=lamp.uid, end=stove.uid, heard_ms=1, lqi=20),
        ),
    )
    session = house.engine.session
    rows = survey_rows({stove.link: KeptSurvey(1, survey)})
    house.engine.context.loop.submit(session.edits.remember(RADIO_SURVEYS, rows), name="survey").result(60)
    whole, seen = (one.radio_map().result(60) for one in (house.engine, olga))
    assert (len(whole.nodes), len(whole.links)) == (3, 2)
    assert {node.device for node in seen.nodes} == {stove.id}
    assert (seen.links, seen.problems, seen.can_ask) == ((), (), False)
    both = visible_radio(whole, {lamp.id, stove.id})
    assert [(one.start, one.end) for one in both.links] == [(lamp.id, stove.id)]
    with pytest.raises(ProblemError):
        olga.survey_radio().result(60)
