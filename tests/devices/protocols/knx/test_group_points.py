"""Group addresses as devices, and values of telegrams."""

from __future__ import annotations

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xknx.dpt import DPTArray, DPTBinary
from xknx.io import ConnectionConfig, ConnectionType
from xknx.io.gateway_scanner import GatewayDescriptor
from xknx.telegram import IndividualAddress

from devices.contract import RefusedError
from devices.protocols.knx.datapoint_codec import decoded, encoded, is_known
from devices.protocols.knx.group_points import SENSORS, GroupPoint, devices_of
from devices.protocols.knx.group_table import GroupAddress
from devices.protocols.knx.knx_connection import KnxConnection
from devices.protocols.knx.knx_search import found_in, search_request
from twin.model.capability import CAPABILITIES
from twin.model.observation import Value
from twin.model.quantity import Quantity, to_canonical

DPTS = [(main, sub) for main in range(1, 30) for sub in range(120) if is_known((main, sub))]
payloads = st.one_of(st.integers(0, 63).map(DPTBinary), st.binary(max_size=16).map(lambda data: DPTArray(tuple(data))))


def points(*rows: tuple[str, tuple[int, int]], role: str = "") -> dict[str, GroupPoint]:
    """The points of all devices by key."""
    table = [GroupAddress(number=n, name=name, dpt=dpt, role=role) for n, (name, dpt) in enumerate(rows, 1)]
    return {point.info.key: point for point in devices_of(table, "me", "me")[1]}


@given(st.sampled_from(DPTS), payloads)
def test_a_telegram_of_any_size_is_a_finite_value_or_does_not_fit(
    dpt: tuple[int, int], payload: DPTBinary | DPTArray
) -> None:
    try:
        value = decoded(dpt, payload)
    except ValueError:
        return
    assert value is None or isinstance(value, bool | str) or (isinstance(value, float) and math.isfinite(value))


@given(st.sampled_from(DPTS), st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=4)))
def test_a_value_is_written_so_that_it_reads_back_or_is_refused(dpt: tuple[int, int], value: Value) -> None:
    try:
        payload = encoded(dpt, value)
    except ValueError:
        return
    back = decoded(dpt, payload)
    if isinstance(value, float):
        assert isinstance(back, float)
        assert math.isclose(back, value, rel_tol=0.01, abs_tol=1.0) or abs(value) > 1e6
    elif dpt[0] != 16:
        assert back == value


@pytest.mark.parametrize("dpt", SENSORS)
def test_what_a_datapoint_type_measures_has_a_unit_of_that_quantity(dpt: tuple[int, int]) -> None:
    (point,) = points(("Somewhere", dpt)).values()
    row = CAPABILITIES[point.info.capability]
    assert is_known(dpt)
    if row.type == "number" and row.quantity is not Quantity.NONE:
        assert to_canonical(1.0, point.info.unit, row.quantity) is not None, point.info


@pytest.mark.parametrize(
    ("names", "device"),
    [
        (("Kitchen light switch", "Kitchen light status"), "Kitchen light"),
        (("Küche Licht Schalten", "Küche Licht Rückmeldung"), "Küche Licht"),
        (("厨房灯开关", "厨房灯状态"), "厨房灯"),
        (("Hall - switch", "Hall - feedback"), "Hall"),
    ],
)
def test_command_and_status_of_one_name_are_one_point(names: tuple[str, str], device: str) -> None:
    table = [GroupAddress(number=n, name=name, dpt=(1, 1)) for n, name in enumerate(names, 1)]
    (info,), (point,), _ = devices_of(table, "me", "me")
    assert info.name == device
    assert (point.write, point.status, point.info.writable, point.info.optimistic) == (1, 2, True, False)


def test_a_function_is_a_device_in_its_room_and_roles_tell_the_status() -> None:
    rows = [
        GroupAddress(number=1, name="Schalten", dpt=(1, 1), function="Lamp", room="Hall", role="SwitchOnOff"),
        GroupAddress(number=2, name="x", dpt=(1, 1), function="Lamp", room="Hall", role="InfoOnOff"),
    ]
    (info,), (point,), _ = devices_of(rows, "me", "me")
    assert (info.name, info.area, info.uid, info.kind) == ("Lamp", "Hall", "me/0/0/1", "light")
    assert (point.write, point.status) == (1, 2)


def test_two_of_a_kind_in_a_device_are_two_points() -> None:
    rows = [GroupAddress(number=n, name=f"part {n}", dpt=(1, 1), function="Double", room="") for n in (1, 2)]
    assert [point.info.key for point in devices_of(rows, "me", "me")[1]] == ["on_off", "on_off.0/0/2"]


def test_a_blind_counts_percent_closed_and_moves_by_its_own_addresses() -> None:
    found = points(
        ("Blind up/down", (1, 8)), ("Blind stop", (1, 10)), ("Blind position", (5, 1)), ("Blind slats", (5, 1)),
        ("Blind position status", (5, 1)),
    )  # fmt: skip
    blind = found["position"]
    assert blind.telegram("open", None, None) == (1, DPTBinary(0))
    assert blind.telegram("close", None, None) == (1, DPTBinary(1))
    assert blind.telegram("stop", None, None) == (2, DPTBinary(0))
    assert blind.telegram("set", 100.0, None) == (3, DPTArray(0))
    assert (blind.source, blind.shown(100.0)) == (5, 0.0)
    assert found["tilt"].write == 4


def test_a_blind_without_position_only_moves() -> None:
    (blind,) = points(("Blind up/down", (1, 8)), ("Blind stop", (1, 7))).values()
    assert (blind.info.capability, blind.info.writable, blind.source) == ("position", True, 0)
    with pytest.raises(RefusedError):
        blind.telegram("set", 50.0, None)


def test_a_direction_that_is_no_command_of_the_blind_is_read_as_the_bit_it_is() -> None:
    rows = [
        GroupAddress(number=n, name=name, dpt=(1, 8), function="Blinds")
        for n, name in enumerate(("Up/down left", "Up/down right", "Direction status"), 1)
    ]
    _, found, _ = devices_of(rows, "me", "me")
    assert [(one.move, one.source, one.dpt) for one in found] == [(1, 0, (5, 1)), (2, 0, (5, 1)), (0, 3, (1, 8))]
    assert found[2].shown(decoded(found[2].dpt, DPTBinary(1))) is True


def test_a_status_that_may_belong_to_either_of_two_commands_belongs_to_neither() -> None:
    rows = (("Light switch", (1, 1)), ("Light switch", (1, 1)), ("Light status", (1, 1)))
    found = points(*rows)
    assert {key: (one.write, one.status, one.info.writable) for key, one in found.items()} == {
        "on_off": (1, 0, True),
        "on_off.0/0/2": (2, 0, True),
        "on_off.0/0/3": (0, 3, False),
    }
    assert [one.info.label for one in found.values()] == ["Light switch 0/0/1", "Light switch 0/0/2", "Light status"]
    assert [one.info.optimistic for one in found.values()] == [True, True, False]


def test_a_status_of_another_type_is_a_point_of_its_own() -> None:
    found = points(("Hall setpoint", (9, 1)), ("Hall setpoint status", (9, 27)))
    assert {one.info.key: one.source for one in found.values()} == {"setpoint_heat": 1, "setpoint_heat.0/0/2": 2}


def test_two_blinds_of_one_name_stop_and_report_only_where_that_is_plain() -> None:
    blind = (("Blind up/down", (1, 8)), ("Blind stop", (1, 7)), ("Blind position", (5, 1)))
    found = points(*blind, *blind)
    covers = [one for one in found.values() if one.info.capability == "position"]
    assert [(one.move, one.stop, one.write) for one in covers] == [(1, 0, 0), (4, 0, 0), (0, 0, 3), (0, 0, 6)]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["Lamp switch", "Lamp status", "Lamp up/down", "Lamp stop", "Lamp value", "Lamp value status"]),
        st.sampled_from([(1, 1), (1, 7), (1, 8), (1, 9), (5, 1), (9, 1), (9, 27), (17, 1), (18, 1)]),
    ),
    max_size=8,
)


@given(ROWS)
def test_every_address_is_one_point_s_and_no_status_is_shared_out_by_guess(
    rows: list[tuple[str, tuple[int, int]]],
) -> None:
    table = [GroupAddress(number=n, name=name, dpt=dpt, function="Thing") for n, (name, dpt) in enumerate(rows, 1)]
    found = devices_of(table, "me", "me")[1]
    used = [number for one in found for number in (one.write, one.status, one.move, one.stop) if number]
    assert sorted(used) == [row.number for row in table]
    assert len({one.info.key for one in found}) == len(found)
    for one in found:
        rivals = [other for other in found if other.info.capability == one.info.capability and other is not one]
        assert not rivals or not one.status or not (one.write or one.move)


@pytest.mark.parametrize("name", ["Sollwertverschiebung", "Einspeisung", "Water", "Ventil", "Presence"])
def test_a_word_in_the_name_makes_no_quantity_of_a_unit_that_it_is_not_measured_in(name: str) -> None:
    for dpt in DPTS:
        for point in points((name, dpt)).values():
            row = CAPABILITIES[point.info.capability]
            if row.type == "number" and row.quantity is not Quantity.NONE:
                assert to_canonical(1.0, point.info.unit, row.quantity) is not None, point.info


def test_a_shift_of_a_setpoint_is_a_number_that_is_only_read() -> None:
    rows = (
        ("Hall Sollwert", (9, 1), "setpoint_heat", True), ("Office Soll Verschiebung", (9, 2), "raw_number", False),
        ("Pressure setpoint", (9, 6), "pressure", False), ("Feed meter", (13, 13), "energy_export", False),
        ("Feed hours", (13, 100), "raw_number", False),
    )  # fmt: skip
    for name, dpt, capability, writable in rows:
        (point,) = points((name, dpt)).values()
        assert (point.info.capability, point.info.writable) == (capability, writable), name


def test_a_flow_is_counted_in_ten_thousandths_of_a_cubic_metre_per_hour() -> None:
    (flow,) = points(("Water flow", (13, 2))).values()
    shown = flow.shown(decoded(flow.dpt, DPTArray((0, 0, 0x27, 0x10))))
    assert (shown, flow.info.unit, flow.info.writable) == (pytest.approx(1.0), "m³/h", False)


def test_a_dimmer_steps_from_what_it_was_within_its_range() -> None:
    level = points(("Lamp switch", (1, 1)), ("Lamp value", (5, 1)))["level"]
    assert level.telegram("step", 10.0, 30.0) == level.telegram("set", 40.0, None)
    assert level.telegram("step", -50.0, 30.0) == level.telegram("set", 0.0, None)
    assert level.telegram("step", 90, 30.0) == level.telegram("set", 100.0, None)
    with pytest.raises(RefusedError, match="nothing_to_step"):
        level.telegram("step", 10.0, None)
    warmth = points(("Lamp colour", (7, 600)))["color_temperature"]
    assert warmth.telegram("step", 200.0, 2700.0) == warmth.telegram("set", 2900.0, None)


TUNNEL = ConnectionConfig(connection_type=ConnectionType.TUNNELING, gateway_ip="127.0.0.1", gateway_port=3671)


async def test_a_description_that_was_lost_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = KnxConnection(TUNNEL)
    about = GatewayDescriptor("127.0.0.1", 3671, individual_address=IndividualAddress("1.1.1"))
    answers: list[GatewayDescriptor | None] = [about, None, None]

    async def answer(_: object) -> GatewayDescriptor | None:
        return answers.pop()

    monkeypatch.setattr(type(connection._xknx.knxip_interface), "gateway_info", answer)
    assert await connection.description() is about
    answers[:] = [None, None, None]
    with pytest.raises(TimeoutError):
        await connection.description()


def test_what_is_only_measured_cannot_be_commanded() -> None:
    found = points(("Hall temperature", (9, 1)), ("Porch motion", (1, 2)), ("Meter", (13, 10)), ("Bits", (5, 10)))
    assert not any(point.info.writable for point in found.values())
    assert {"temperature", "motion", "energy_import", "raw_number"} <= {one.info.capability for one in found.values()}


@pytest.mark.parametrize(
    ("verb", "value"), [("melt", None), ("set", None), ("set", "x"), ("set", math.nan), ("toggle", None)]
)
def test_what_has_no_telegram_is_refused(verb: str, value: Value) -> None:
    for point in points(("Lamp switch", (1, 1)), ("Lamp value", (5, 1))).values():
        with pytest.raises(RefusedError):
            point.telegram(verb, value, None)


def test_every_point_of_every_type_is_in_the_vocabulary() -> None:
    for dpt in DPTS:
        for point in points(("Thing", dpt)).values():
            row = CAPABILITIES[point.info.capability]
            assert not point.info.writable or row.writable or row.group == "raw"


@given(st.lists(st.binary(max_size=40), max_size=20))
def test_no_frame_from_the_bus_ends_the_tunnel(frames: list[bytes]) -> None:
    async def survives() -> None:
        connection = KnxConnection(TUNNEL)
        for frame in frames:
            connection._xknx.knxip_interface.cemi_received(frame)
            connection._xknx.knxip_interface.cemi_received(bytes.fromhex("2900bce011010901") + frame)
        valid = bytes.fromhex("2900bce0110119010300800c1a")
        connection._xknx.knxip_interface.cemi_received(valid)
        assert (await connection.telegrams(1.0))[-1] == (0x1901, DPTArray((0x0C, 0x1A)))

    asyncio.run(survives())


@given(st.binary(max_size=120))
def test_no_answer_to_a_search_breaks_it(data: bytes) -> None:
    found_in(data, "192.168.1.2")
    found_in(b"\x06\x10\x02\x02\0\0\x08\x01" + data, "192.168.1.2")


def test_an_answer_to_a_search_names_the_interface() -> None:
    device = bytes.fromhex("3601020011010000") + bytes.fromhex("00c501026d77e000170c0002b3040506")
    answer = bytes.fromhex("0610020200000801c0a8010a0e57") + (device + b"Router\0").ljust(54, b"\0")
    found = found_in(answer + bytes.fromhex("0802020103010401"), "192.168.1.2")
    assert found is not None
    assert (found.host, found.port, found.name) == ("192.168.1.10", 3671, "Router")
    assert (found.serial, found.address, found.tunnelling) == ("00c501026d77", "1.1.1", True)
    assert search_request("192.168.1.2", 3671).hex() == "06100201000e0801c0a801020e57"
