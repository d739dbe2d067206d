"""A link to a Hue bridge in a process of its own, and what aiohue, which is not ours, sees of the same bridge."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from devices.contract import EndsPairing, ReportsSkipped, Secret, Service
from devices.link import LinkState
from devices.protocol_registry import adapters
from devices.protocols.hue import hue_pairing, hue_session, hue_stream, stream_keep_alive
from devices.protocols.hue.hue_keys import keys_of
from tests.devices.protocols.hue.bridge_peer import TCP_REPAIR, rid
from tests.devices.protocols.hue.virtual_bridge import (
    DOOR,
    KEY,
    LAMP,
    PLUG,
    REMOTE,
    ROOM,
    SENSOR,
    UID,
    VirtualBridge,
    virtual_bridge,
)
from tests.devices.protocols.link_under_test import LinkUnderTest, running, until
from twin.model.candidate import Need
from twin.model.command import CommandState
from twin.model.observation import Value
from twin.model.text import Text

pytestmark = pytest.mark.blocks  # the start of a process blocks briefly


@pytest.fixture(autouse=True)
async def pool() -> AsyncIterator[None]:
    """The loop's own worker threads end with the test."""
    yield
    await asyncio.get_running_loop().shutdown_default_executor()


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[VirtualBridge]:
    async with virtual_bridge(tmp_path / "bridge") as one:
        yield one


async def linked(bridge: VirtualBridge, folder: Path, **options: str) -> LinkUnderTest:
    return LinkUnderTest(folder / "mine", bridge.url, await bridge.secret(), **({"period": "600"} | options))


async def online(one: LinkUnderTest, uid: str = LAMP, key: str = "on_off") -> None:
    await until(lambda: one.ears.online.get(uid) is True and one.last(uid, key) is not None)


async def test_a_bridge_says_what_is_behind_it(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        found = {info.uid: info for info in one.ears.devices}
        assert {uid: info.name for uid, info in found.items()} == {
            UID: "Bridge", LAMP: "Sofa lamp", PLUG: "Heater", SENSOR: "Hall sensor", DOOR: "Front door",
            REMOTE: "Remote", ROOM: "Living room",
        }  # fmt: skip
        lamp = found[LAMP]
        assert (lamp.kind, lamp.area, lamp.via, lamp.firmware) == ("light", "Living room", UID, "1.104.2")
        assert (found[UID].kind, found[UID].serial, found[PLUG].kind) == ("bridge", UID, "plug")
        assert {point.capability: point.writable for point in lamp.points} == {
            "on_off": True, "level": True, "color_temperature": True, "color": True, "effect": True,
            "raw_bool": False, "identify": True,
        }  # fmt: skip
        assert one.last(LAMP, "level") == 0.0, "it is off"
        assert one.last(LAMP, "color_temperature") == pytest.approx(1e6 / 366)
        assert [one.last(SENSOR, name) for name in ("motion", "temperature", "battery", "battery_low")] == [
            False, 21.5, 88.0, False,
        ]  # fmt: skip
        assert one.last(SENSOR, "illuminance") == pytest.approx(100.0)
        assert (one.last(DOOR, "contact"), one.last(DOOR, "tamper")) == (False, False)
        session = one.runner.session
        assert isinstance(session, ReportsSkipped)
        assert [skipped.where for skipped in session.skipped] == ["Remote: relative rotary"]
        assert one.ears.problems == []


@pytest.mark.parametrize(
    ("uid", "key", "verb", "value", "said"),
    [
        (LAMP, "on_off", "on", None, True),
        (LAMP, "level", "set", 42.0, 42.0),
        (LAMP, "color_temperature", "set", 2500.0, 2500.0),
        (LAMP, "color", "set", (0.3, 0.4), (0.3, 0.4)),
        (LAMP, "effect", "set", "candle", "candle"),
        (PLUG, "on_off", "toggle", None, True),
        (ROOM, "on_off", "on", None, True),
        (ROOM, "scene", "activate", "Read", "Read"),
    ],
)
async def test_a_command_is_confirmed_by_the_event_that_follows(
    bridge: VirtualBridge, tmp_path: Path, uid: str, key: str, verb: str, value: Value, said: Value
) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        result = await one.command(uid, key, verb, value)
        assert result.state is CommandState.CONFIRMED, result.reason
        assert one.last(uid, key) == pytest.approx(said)


async def test_a_level_of_0_switches_off_and_a_level_of_its_own_is_kept(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        for level in (70.0, 0.0):
            assert (await one.command(LAMP, "level", "set", level)).state is CommandState.CONFIRMED
        assert one.last(LAMP, "on_off") is False
        assert (await one.command(LAMP, "on_off", "on")).state is CommandState.CONFIRMED
        await until(lambda: one.last(LAMP, "level") == 70.0)


async def test_a_device_without_reports_blinks(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        assert (await one.command(LAMP, "identify", "identify")).state is CommandState.SENT


async def test_where_no_event_follows_the_device_is_read(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(mute=True)
        assert (await one.command(PLUG, "on_off", "on")).state is CommandState.CONFIRMED
        assert (await one.command(ROOM, "scene", "activate", "Relax")).state is CommandState.CONFIRMED


async def test_buttons_tell_each_press(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        for event in ("initial_press", "repeat", "repeat", "long_release", "initial_press", "short_release"):
            report = {"updated": "2026-11-29T18:00:01Z", "event": event}
            await bridge.order(update={rid(52): {"button": {"button_report": report, "last_event": event}}})
        await until(lambda: len([r for r in one.ears.reports if r.uid == REMOTE and r.key == "button.2"]) == 4)
        pressed = [r.value for r in one.ears.reports if r.uid == REMOTE]
        assert pressed == ["press", "release", "press", "release"]


async def test_a_device_without_radio_is_offline_alone(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(update={rid(12): {"status": "connectivity_issue"}})
        await until(lambda: one.ears.online[LAMP] is False)
        assert one.ears.online[PLUG] is True
        refused = await one.command(LAMP, "on_off", "on")
        assert (refused.state, "communication issues" in str(refused.reason)) == (CommandState.FAILED, True)
        await bridge.order(update={rid(12): {"status": "connected"}})
        await until(lambda: one.ears.online[LAMP] is True)


async def test_of_a_device_that_the_bridge_does_not_reach_no_value_is_reported_as_measured_now(
    bridge: VirtualBridge, tmp_path: Path
) -> None:
    await bridge.order(update={rid(12): {"status": "connectivity_issue"}, rid(11): {"on": {"on": True}}})
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one, PLUG)
        assert one.ears.online[LAMP] is False
        assert (one.last(LAMP, "on_off"), one.last(LAMP, "level")) == (None, None), "the bridge only remembers them"
        await bridge.order(update={rid(11): {"dimming": {"brightness": 30.0}}, rid(21): {"on": {"on": True}}})
        await until(lambda: one.last(PLUG, "on_off") is True)
        assert one.last(LAMP, "level") is None
        await bridge.order(update={rid(12): {"status": "connected"}})
        await until(lambda: one.ears.online[LAMP] is True and one.last(LAMP, "on_off") is True)
        assert one.last(LAMP, "level") == 30.0


async def test_devices_that_come_go_or_are_renamed_are_described_anew(bridge: VirtualBridge, tmp_path: Path) -> None:
    def names(one: LinkUnderTest) -> set[str]:
        return {info.name for info in one.ears.devices}

    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(update={rid(10): {"metadata": {"name": "Reading lamp"}}})
        await until(lambda: "Reading lamp" in names(one))
        await bridge.order(delete=[rid(20), rid(21), rid(22)])
        await until(lambda: "Heater" not in names(one))
        await bridge.order(
            add=[
                {"id": rid(80), "type": "device", "metadata": {"name": "New"}, "product_data": {},
                 "services": [{"rid": rid(81), "rtype": "light"}]},
                {"id": rid(81), "type": "light", "on": {"on": True}, "metadata": {}},
            ]
        )  # fmt: skip
        await until(lambda: one.last(f"{UID}/{rid(80)}", "on_off") is True)
        assert one.ears.words.count("online") == 1


async def test_a_stream_that_the_bridge_ends_is_opened_again_and_what_was_missed_is_read(
    bridge: VirtualBridge, tmp_path: Path
) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(mute=True, update={rid(41): {"contact_report": {"state": "no_contact"}}})
        await bridge.order(mute=False, drop=True)
        await until(lambda: one.last(DOOR, "contact") is True)
        assert one.ears.words.count("online") == 1


async def test_a_stream_that_no_longer_reports_is_found_by_the_next_reading_and_opened_anew(
    bridge: VirtualBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hue_session, "REREAD_S", 2.0)
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(deafen=True, update={rid(41): {"contact_report": {"state": "no_contact"}}})
        await until(lambda: one.last(DOOR, "contact") is True)
        monkeypatch.setattr(hue_session, "REREAD_S", 3600.0)

        async def press() -> bool:  # no reading tells of a press: only a stream that reports
            await bridge.order(update={rid(52): {"button": {"button_report": {"event": "initial_press"}}}})
            return any(report.uid == REMOTE for report in one.ears.reports)

        async with asyncio.timeout(60):
            while not await press():  # noqa: ASYNC110
                await asyncio.sleep(0.1)
        assert one.ears.words.count("online") == 1


async def test_a_command_that_is_read_back_and_was_not_reported_opens_the_stream_anew(
    bridge: VirtualBridge, tmp_path: Path
) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(deafen=True)
        assert (await one.command(PLUG, "on_off", "on")).state is CommandState.CONFIRMED
        await bridge.order(update={rid(41): {"contact_report": {"state": "no_contact"}}})
        await until(lambda: one.last(DOOR, "contact") is True)
        assert one.ears.words.count("online") == 1


async def test_a_stream_whose_bridge_lost_power_without_a_word_is_noticed_and_opened_again(
    bridge: VirtualBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = socket.socket()
    try:
        probe.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    except OSError as error:
        pytest.skip(f"a connection cannot be ended without a word here: {error}")
    finally:
        probe.close()
    monkeypatch.setattr(stream_keep_alive, "IDLE_S", 1)
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(vanish=True)
        await bridge.order(update={rid(41): {"contact_report": {"state": "no_contact"}}})
        await until(lambda: one.last(DOOR, "contact") is True)
        assert one.ears.words.count("online") == 1


@pytest.mark.parametrize("status", [429, 503])
async def test_a_bridge_that_has_no_time_stays_online_and_is_asked_ever_more_seldom(
    bridge: VirtualBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setattr(hue_session, "BUSY_S", 0.2)
    monkeypatch.setattr(hue_stream, "BUSY_S", 0.2)
    async with running(await linked(bridge, tmp_path, period="0.2")) as one:
        await online(one)
        await bridge.order(busy=status, update={rid(41): {"contact_report": {"state": "no_contact"}}})
        asked_s = asyncio.get_running_loop().time()
        while bridge.asked < 4:
            await bridge.order()
            await asyncio.sleep(0.02)
        waited_s = asyncio.get_running_loop().time() - asked_s
        assert waited_s >= 0.2 + 0.4 + 0.8, "a period of 0.2 s, and each time twice as long"
        await bridge.order(drop=True)
        await bridge.order(mute=True, update={rid(21): {"on": {"on": True}}})
        await bridge.order(busy=0, mute=False)
        await until(lambda: one.last(PLUG, "on_off") is True)
        assert one.last(DOOR, "contact") is True
        assert one.ears.words == ["connecting", "online"]


async def test_a_lamp_that_is_deleted_while_its_command_is_read_back_is_described_away(
    bridge: VirtualBridge, tmp_path: Path
) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(mute=True)
        command = asyncio.create_task(one.command(PLUG, "on_off", "on", deadline_s=5.0))
        while not bridge.commands:
            await bridge.order()
            await asyncio.sleep(0)
        await bridge.order(delete=[rid(20), rid(21), rid(22)])
        await until(lambda: "Heater" not in {info.name for info in one.ears.devices})
        await command
        assert one.ears.words.count("online") == 1


async def test_what_is_no_event_on_the_stream_changes_nothing(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        known = one.ears.devices
        for text in (
            "data: {\n\n",
            "data: []\n\n",
            'data: [{"type":"update","data":[{"id":7},3,null]}]\n\n',
            "x" * 9_000,
        ):
            await bridge.order(raw=text)
        nested = "[" * 3000 + "]" * 3000
        await bridge.order(raw=f"\n\ndata: {nested}\n\n")
        await bridge.order(raw=f'data: [{{"type":"update","data":[{{"id":"{rid(11)}","on":7,"color":[]}}]}}]\n\n')
        await until(lambda: one.last(LAMP, "on_off") is None)
        assert one.ears.devices == known
        assert one.runner.state is LinkState.ONLINE
        assert one.ears.problems == []


async def test_a_bridge_that_has_no_time_refuses_with_a_reason(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await bridge.order(status=429)
        assert (await one.command(PLUG, "on_off", "on")).reason == Text("hue.busy")


async def test_lights_get_ten_commands_a_second_and_groups_one(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        await asyncio.gather(
            *(one.command(uid, "on_off", verb) for uid in (LAMP, PLUG) for verb in ("on", "off") * 2),
            *(one.command(ROOM, "on_off", verb) for verb in ("on", "off", "on")),
        )
        await bridge.order(status=0)
        times = bridge.commands
        for type, gap_s in (("light", 0.08), ("grouped_light", 0.9)):  # what the system adds and takes on the way
            sent = [at for kind, at in times if kind == type]
            assert len(sent) >= 3
            assert (sent[-1] - sent[0]) / (len(sent) - 1) >= gap_s
            assert all(later >= earlier for earlier, later in itertools.pairwise(sent))


async def test_a_redirection_is_not_followed(bridge: VirtualBridge, tmp_path: Path) -> None:
    one = await linked(bridge, tmp_path)
    await bridge.order(redirect=True)
    async with running(one):
        await until(lambda: one.runner.state is LinkState.WAITING)
        assert one.runner.reason == Text("hue.http", status=302)


async def test_pressing_the_button_pairs_and_the_keys_are_kept(bridge: VirtualBridge, tmp_path: Path) -> None:
    one = LinkUnderTest(tmp_path / "mine", bridge.url, None)
    async with running(one):
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert one.runner.reason == Text("hue.button_needed")
        one.runner.ask()
        await until(lambda: one.runner.state is LinkState.CONNECTING)
        await bridge.order(press=True)
        await online(one)
        keys = keys_of((tmp_path / "mine" / "keys").read_text())
        assert keys is not None
        assert (keys.uid, keys.app_key) == (UID, bridge.keys[-1])
        assert keys.app_key not in repr(keys)
    async with running(LinkUnderTest(tmp_path / "mine", bridge.url, None)) as again:
        await online(again)


async def test_a_button_that_nobody_presses_is_one_problem_and_the_link_asks_no_more(
    bridge: VirtualBridge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hue_pairing, "BUTTON_S", 0.3)
    monkeypatch.setattr(hue_pairing, "ASK_S", 0.1)
    one = LinkUnderTest(tmp_path / "mine", bridge.url, None)
    async with running(one):
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        one.runner.ask()
        await until(lambda: one.runner.login_problem is not None)
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert [problem.code for problem in one.ears.problems] == ["hue.button"]
        assert bridge.keys == [KEY]


async def test_another_certificate_is_one_problem_until_the_user_pairs_again(
    bridge: VirtualBridge, tmp_path: Path
) -> None:
    one = await linked(bridge, tmp_path)
    await bridge.kill()
    bridge.renew_certificate()
    await bridge.start()
    async with running(one):
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert [problem.code for problem in one.ears.problems] == ["hue.other_certificate"]
        assert one.ears.words == ["connecting", "needs login"]
        await bridge.order(press=True)
        one.runner.ask()
        await online(one)


async def test_a_bridge_whose_certificate_names_another_is_not_paired_with(tmp_path: Path) -> None:
    async with virtual_bridge(tmp_path / "bridge", name="ecb5fafffe000000") as bridge:
        await bridge.order(press=True)
        one = LinkUnderTest(tmp_path / "mine", bridge.url, None)
        async with running(one):
            await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
            one.runner.ask()
            await until(lambda: one.ears.problems)
            assert one.ears.problems[0].code == "hue.certificate"
            assert bridge.keys == [KEY]


async def test_another_bridge_at_the_address_is_not_paired_with(bridge: VirtualBridge, tmp_path: Path) -> None:
    await bridge.order(press=True)
    one = LinkUnderTest(tmp_path / "mine", bridge.url.replace(UID, "ecb5fafffe000000"), None)
    async with running(one):
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        one.runner.ask()
        await until(lambda: one.runner.state is LinkState.WAITING)
        assert one.runner.reason == Text("reason.other_device")
        assert bridge.keys == [KEY]


async def test_a_bridge_that_was_reset_asks_for_its_button(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path, period="10")) as one:
        await online(one)
        await bridge.order(reset=True, drop=True)
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert one.runner.reason == Text("hue.forgotten")


async def test_removing_the_link_makes_the_bridge_forget_the_key(bridge: VirtualBridge, tmp_path: Path) -> None:
    async with running(await linked(bridge, tmp_path)) as one:
        await online(one)
        session = one.runner.session
        assert isinstance(session, EndsPairing)
        assert await session.end_pairing() is None
        assert bridge.keys == []


async def test_aiohue_reads_and_commands_the_bridge_of_these_tests(bridge: VirtualBridge) -> None:
    v2 = pytest.importorskip("aiohue.v2")

    async with v2.HueBridgeV2(f"127.0.0.1:{bridge.port}", KEY) as theirs:
        await until(lambda: theirs.events.connected)
        assert theirs.bridge_id == UID
        assert {device.metadata.name for device in theirs.devices} >= {"Sofa lamp", "Hall sensor"}
        lamp = theirs.lights[rid(11)]
        assert (lamp.on.on, lamp.color_temperature.mirek) == (False, 366)
        await theirs.lights.set_state(rid(11), on=True, brightness=30.0)
        await until(lambda: theirs.lights[rid(11)].on.on and theirs.lights[rid(11)].dimming.brightness == 30.0)
        assert theirs.sensors.contact[rid(41)].contact_report.state.value == "contact"


def test_a_bridge_that_announces_itself_is_claimed_by_its_id() -> None:
    service = Service(
        type="_hue._tcp", name="Hue Bridge - 123456", host="001788123456.local.", port=443, addresses=("10.0.0.9",),
        txt={"bridgeid": UID.upper(), "modelid": "BSB002"},
    )  # fmt: skip
    found = adapters()["hue"].claim(service)
    assert found is not None
    assert (found.key, found.needs, found.model) == (f"hue:{UID}", Need.BUTTON, "BSB002")
    assert adapters()["hue"].link(found).address == f"hue://10.0.0.9:443/{UID}"
    assert adapters()["hue"].claim(replace(service, type="_http._tcp")) is None


async def test_a_link_without_keys_never_pairs_by_itself(bridge: VirtualBridge, tmp_path: Path) -> None:
    await bridge.order(press=True)
    async with running(LinkUnderTest(tmp_path / "mine", bridge.url, Secret())) as one:
        await until(lambda: one.runner.state is LinkState.NEEDS_LOGIN)
        assert bridge.keys == [KEY]
