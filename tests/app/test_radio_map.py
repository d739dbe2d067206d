"""The radio map of a running engine: asked on demand, kept with the project, cancelled, and honest about what is not known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.engine.device_ids import DeviceIds
from app.engine.radio_surveys import ACCESS_POINT, placed
from app.inbox import Inbox
from devices.protocols.simulated.blueprint import load_blueprint
from devices.protocols.simulated.radio_model import simulated_radio
from tests.app import conftest
from tests.app.conftest import Desk, World, lamp
from twin.model.change import Progress
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, device_id
from twin.model.problem import Problem, ProblemError
from twin.model.radio_map import JOB, Radio, RadioLink, RadioNode, RadioRole, RadioSurvey
from twin.model.twin import Twin

SURVEY = RadioSurvey(
    nodes=(
        RadioNode(key="hub", name="Hub", role=RadioRole.COORDINATOR),
        RadioNode(key="lamp", role=RadioRole.ROUTER),
        RadioNode(key="plug", role=RadioRole.ROUTER, answered=False),
    ),
    links=(
        RadioLink(radio=Radio.ZIGBEE, start="hub", end="lamp", heard_ms=7, lqi=83),
        RadioLink(radio=Radio.ZIGBEE, start="lamp", end="plug", heard_ms=7),
    ),
)


class Surveying:
    """What the gateway of these tests answers when it is asked for its radio links."""

    def __init__(self) -> None:
        self.answer: RadioSurvey | Exception | None = SURVEY
        self.asked = 0
        self.waits = False

    async def __call__(self, _: object, progress: Callable[[float], None]) -> RadioSurvey | None:
        self.asked += 1
        progress(0.5)
        if self.waits:
            await asyncio.Event().wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def surveying(monkeypatch: pytest.MonkeyPatch) -> Surveying:
    made = Surveying()
    monkeypatch.setattr(
        conftest.PlainSession, "survey_radio", lambda self, progress: made(self, progress), raising=False
    )
    return made


@pytest.fixture
def house(api: Desk, world: World, surveying: Surveying) -> Desk:
    world.devices = [lamp(), lamp("plug", "Plug")]
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == 2)
    return api


def test_before_the_first_survey_nothing_is_known_and_nothing_is_asked(house: Desk, surveying: Surveying) -> None:
    found = house.engine.radio_map().result(60)
    assert (found.links, found.asked_ms, found.can_ask, surveying.asked) == ((), None, True, 0)


def test_a_survey_names_devices_by_their_ids_and_stays_with_the_project(house: Desk) -> None:
    found = house.engine.survey_radio().result(60)
    lamp_id, plug_id = (device_id("pretend", uid) for uid in ("lamp", "plug"))
    nodes = {node.name: node for node in found.nodes}
    assert (nodes["Lamp"].device, nodes["Plug"].device, nodes["Hub"].device) == (lamp_id, plug_id, None)
    assert [node.name for node in found.nodes if not node.answered] == ["Plug"]
    assert [(one.lqi, one.strength) for one in found.links] == [(83, "fair"), (None, "unknown")]
    assert found.links[0].end == lamp_id
    assert (found.asked_ms, found.simulated, found.problems) == (house.now[0], False, ())
    path = house.path
    house.engine.open_project(str(path)).result(60)
    again = house.engine.radio_map().result(60)
    assert (again.links, again.asked_ms) == (found.links, found.asked_ms)


def test_a_link_that_is_removed_takes_its_radio_links_with_it(house: Desk) -> None:
    house.engine.survey_radio().result(60)
    (link,) = house.engine.twin.links
    house.engine.remove_link(link.id).result(60)
    assert house.engine.radio_map().result(60).links == ()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ProblemError(Problem(code="mqtt.map_refused")), "mqtt.map_refused"),
        (ConnectionError("gone"), "radio.no_answer"),
        (TimeoutError(), "radio.no_answer"),
    ],
)
def test_a_gateway_that_fails_is_a_problem_and_what_it_told_before_stays(
    house: Desk, surveying: Surveying, error: Exception, code: str
) -> None:
    before = house.engine.survey_radio().result(60)
    surveying.answer = error
    found = house.engine.survey_radio().result(60)
    assert [one.code for one in found.problems] == [code]
    assert found.links == before.links


def test_a_gateway_that_is_offline_is_a_problem_that_stays_until_the_next_survey(
    house: Desk, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(house.engine.context.adapter("pretend"), "surveys_radio", True, raising=False)
    before = house.engine.survey_radio().result(60)
    world.die()
    house.until(lambda: all(runner.session is None for runner in house.engine.session.links.running))
    found = house.engine.survey_radio().result(60)
    assert ([one.code for one in found.problems], found.links) == (["radio.offline"], before.links)
    assert house.engine.radio_map().result(60).problems == found.problems, "whoever looks later is told too"
    (link,) = house.engine.twin.links
    house.engine.remove_link(link.id).result(60)
    assert house.engine.radio_map().result(60).problems == ()


def test_nodes_belong_to_the_devices_of_the_link_that_was_asked() -> None:
    """Two gateways may report the same uid."""
    info, ids, twin = DeviceInfo(uid="0x1", name="Lamp", points=()), DeviceIds(), Twin()
    links = tuple(Link(id=LinkId(name), protocol="mqtt", address=f"mqtt://{name}", title=name) for name in "AB")
    for link in links:
        device = device_from_description(info, link, ids.of(link, twin, {one.id for one in links}, {}))
        twin = replace(twin, devices=(*twin.devices, device), links=links)
    survey = RadioSurvey(nodes=(RadioNode(key="0x1", role=RadioRole.ROUTER),))
    assert [placed(survey, link.id, twin).nodes[0].device for link in links] == [one.id for one in twin.devices]
    assert len(set(twin.devices)) == 2


def test_a_survey_that_is_cancelled_says_so_and_what_was_known_stays(house: Desk, surveying: Surveying) -> None:
    before = house.engine.survey_radio().result(60)
    surveying.waits = True
    work = house.engine.survey_radio()
    house.until(lambda: surveying.asked == 2)
    with pytest.raises(ProblemError) as busy:
        house.engine.survey_radio().result(60)
    assert busy.value.problems[0].code == "radio.running"
    house.engine.cancel(JOB)
    with pytest.raises(ProblemError) as refused:
        work.result(60)
    assert refused.value.problems[0].code == "radio.cancelled"
    assert house.engine.radio_map().result(60).links == before.links


def test_progress_is_told_and_ends(house: Desk) -> None:
    inbox = Inbox()
    house.engine.attach(inbox).result(60)
    house.engine.survey_radio().result(60)
    told = [one for one in inbox.drain()[1] if isinstance(one, Progress) and one.job == JOB]
    assert (told[0].fraction, told[-1].done) == (0.0, True)


def test_a_signal_strength_that_a_device_reports_is_a_link_to_its_access_point(
    house: Desk, world: World, surveying: Surveying, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter: Any = house.engine.context.adapter("pretend")
    point = PointInfo(key="rssi", capability="signal", unit="dBm")
    world.describe(DeviceInfo(uid="lamp", name="Lamp", points=(point,)), lamp("plug", "Plug"))
    house.until(lambda: house.engine.twin.find_point("Lamp/rssi"))
    world.report("rssi", -71)
    house.until(lambda: house.values.get(house.point("rssi")) is not None)
    assert house.engine.radio_map().result(60).links == ()  # which radio it is, nobody told
    monkeypatch.setattr(adapter, "signal_radio", Radio.WIFI, raising=False)
    (link,) = house.engine.radio_map().result(60).links
    assert (link.radio, link.start, link.rssi_dbm, link.strength) == (Radio.WIFI, ACCESS_POINT, -71, "fair")


def test_damaged_rows_of_a_survey_are_left_out(house: Desk) -> None:
    session = house.engine.session
    for damaged in ("text", {"x": 3}, {"x": {"taken_ms": 1, "nodes": [[1]], "links": []}}, [1]):
        session.project.set_setting("radio_surveys", damaged)
        assert house.engine.radio_map().result(60).links == ()


@pytest.mark.parametrize("name", ["home", "office"])
def test_the_simulated_homes_have_links_of_every_radio(name: str) -> None:
    blueprint = load_blueprint(name)
    found = simulated_radio(blueprint, 1_000_000)
    assert {link.radio for link in found.links} == set(Radio)
    keys = {node.key for node in found.nodes}
    assert {device.uid for device in blueprint.devices} <= keys
    assert {end for link in found.links for end in (link.start, link.end)} <= keys
    assert simulated_radio(blueprint, 1_000_000) == found
