"""Accessories as devices, from the attribute database as JSON, whatever is in it."""

from __future__ import annotations

import math
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.contract import RefusedError, Service
from devices.protocols.homekit.accessory_database import Accessory, accessories_of, short_type, values_in
from devices.protocols.homekit.accessory_points import AccessoryPoint, described, points_of
from devices.protocols.homekit.adapter import ADAPTER
from devices.protocols.homekit.characteristics import KINDS as KINDS_OF_SERVICES
from devices.protocols.homekit.characteristics import ROWS
from devices.protocols.homekit.codecs import CODECS
from twin.model.capability import CAPABILITIES
from twin.model.kind import KINDS
from twin.model.observation import Value
from twin.model.problem import ProblemError

FULL = "-0000-1000-8000-0026BB765291"


def characteristic(iid: int, type: str, value: object = None, **more: object) -> dict[str, object]:
    perms = ["pr", "pw", "ev"] if more.pop("written", True) else ["pr", "ev"]
    return {"iid": iid, "type": type, "perms": perms, "format": "float", "value": value, **more}


def points(*characteristics: dict[str, object], service: str = "43", name: str = "") -> dict[str, AccessoryPoint]:
    document = {
        "accessories": [
            {"aid": 1, "services": [{"iid": 8, "type": service, "characteristics": list(characteristics)}]},
        ]
    }
    (accessory,) = accessories_of(document)
    return {one.info.capability: one for one in points_of(accessory, lambda _type: name)}


def test_every_row_names_a_capability_a_codec_and_every_service_a_kind() -> None:
    for row in ROWS.values():
        assert row.capability in CAPABILITIES
        assert row.codec in CODECS
    assert set(KINDS_OF_SERVICES.values()) <= KINDS.keys()


@pytest.mark.parametrize("type", ["25", "00000025" + FULL, "00000025-0000-1000-8000-0026bb765291"])
def test_a_type_is_the_same_short_or_whole(type: str) -> None:
    assert short_type(type) == "25"


@pytest.mark.parametrize(
    ("type", "raw", "said", "verb", "value", "written"),
    [
        ("25", True, True, "off", None, False),
        ("25", 1, True, "toggle", None, False),
        ("B0", 1, True, "off", None, 0),
        ("8", 40, 40.0, "step", 30.0, 70.0),
        ("CE", 250, 4000.0, "set", 5000.0, 200),
        ("1D", 1, "locked", "unlock", None, 0),
        ("E", 1, 0.0, "open", None, 0),
        ("6C", -90, 0.0, "set", 100.0, 90),
        ("33", 2, "cool", "set", "auto", 3),
        ("66", 3, "disarmed", "set", "night", 2),
        ("11A", False, False, "set", True, True),
    ],
)
def test_values_are_read_and_written_in_the_accessory_s_own_numbers(
    type: str, raw: Any, said: Value, verb: str, value: Value, written: Any
) -> None:
    row = ROWS[type]
    others = [characteristic(20, row.target)] if row.target else []
    point = points(characteristic(9, type, raw), *others)[row.capability]
    assert point.decoded({9: raw}) == said
    assert point.encoded(verb, value, said) == [(20 if row.target else 9, written)]


@pytest.mark.parametrize("raw", [2, 3, 4])
def test_a_garage_door_on_its_way_is_nowhere_that_anybody_knows(raw: int) -> None:
    assert points(characteristic(9, "E", raw), characteristic(20, "32"))["position"].decoded({9: raw}) is None


@pytest.mark.parametrize(("type", "verb", "value"), [("E", "set", 40.0), ("33", "set", "dry"), ("25", "melt", None)])
def test_what_an_accessory_cannot_do_is_refused_before_it_is_sent(type: str, verb: str, value: Value) -> None:
    row = ROWS[type]
    others = [characteristic(20, row.target)] if row.target else []
    with pytest.raises(RefusedError):
        points(characteristic(9, type, 1), *others)[row.capability].encoded(verb, value, None)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("type", ["CE", "6C", "8", "12"])
def test_a_number_that_is_none_is_refused(type: str, value: float) -> None:
    others = [characteristic(20, ROWS[type].target)] if ROWS[type].target else []
    with pytest.raises(RefusedError):
        points(characteristic(9, type, 1), *others)[ROWS[type].capability].encoded("set", value, None)


def test_a_colour_that_is_none_is_refused() -> None:
    point = points(characteristic(9, "13", 1), characteristic(10, "2F", 1))["color"]
    with pytest.raises(RefusedError):
        point.encoded("set", (math.nan, 0.3), None)


def test_a_step_from_a_value_that_is_not_known_is_refused() -> None:
    point = points(characteristic(9, "8", None))["level"]
    with pytest.raises(RefusedError):
        point.encoded("step", 10.0, None)


def test_the_work_for_an_accessory_grows_with_its_points_and_not_with_their_square() -> None:
    def calls(count: int) -> int:
        made = [characteristic(n, f"{n:08X}-1111-1111-1111-111111111111", 1, description=f"{n}") for n in range(count)]
        rows = [{"iid": 8, "type": "43", "characteristics": made}]
        (accessory,) = accessories_of({"accessories": [{"aid": 1, "services": rows}]})
        seen = [0]
        before = sys.getprofile()
        sys.setprofile(lambda _frame, event, _arg: seen.__setitem__(0, seen[0] + (event == "call")))
        try:
            assert len(points_of(accessory, lambda _type: "")) == count
        finally:
            sys.setprofile(before)
        return seen[0]

    assert calls(80) < 2.5 * calls(40)


def test_no_more_services_and_characteristics_are_taken_than_the_specification_allows() -> None:
    made = [characteristic(n, "25", 1) for n in range(150)]
    rows = [{"iid": n, "type": "43", "characteristics": made} for n in range(150)]
    (accessory,) = accessories_of({"accessories": [{"aid": 1, "services": rows}]})
    assert {len(service.characteristics) for service in accessory.services} == {100}
    assert len(accessory.services) == 100


def test_what_is_no_number_in_an_announcement_is_passed_over() -> None:
    service = Service(
        type="_hap._tcp",
        name="Lamp",
        host="lamp.local.",
        addresses=("192.0.2.7",),
        port=80,
        txt={"id": "A1:B2:C3:D4:E5:F6", "sf": "\N{SUPERSCRIPT TWO}"},
    )
    candidate = ADAPTER.claim(service)
    assert candidate is not None
    assert "sf=0 (paired with somebody)" in candidate.evidence


def test_limits_are_in_canonical_units_and_never_wider_than_the_capability() -> None:
    warm = points(characteristic(9, "CE", 250, minValue=50, maxValue=500))["color_temperature"].info
    assert (warm.minimum, warm.maximum) == (2000.0, 10000.0)
    heat = points(characteristic(9, "12", 20, unit="celsius", minValue=10, maxValue=99))["setpoint_heat"].info
    assert (heat.minimum, heat.maximum, heat.unit) == (10, 50, "°C")


def test_modes_that_the_accessory_lacks_are_not_offered_and_keep_their_numbers() -> None:
    point = points(characteristic(9, "33", 1, **{"valid-values": [0, 1]}))["hvac_mode"]
    assert point.info.options == ("off", "heat")
    assert point.decoded({9: 3}) == "auto"


def test_what_nobody_named_keeps_the_accessory_s_own_word_and_unit() -> None:
    own = "E863F132-079E-48FF-8F27-9C2605A29F52"
    info = points(characteristic(9, own, 3, description="Rain today", unit="mm"))["raw_number"].info
    assert (info.label, info.unit, info.writable) == ("Rain today", "mm", True)
    assert not points(characteristic(9, own, "AAAA", format="tlv8", description="Setup"))


def test_two_outlets_of_one_strip_are_told_apart_by_the_names_of_their_services() -> None:
    strip = {
        "accessories": [
            {
                "aid": 1,
                "services": [
                    {"iid": n, "type": "47", "characteristics": [characteristic(n + 1, "25", 1)]} for n in (10, 20)
                ],
            }
        ]
    }
    (accessory,) = accessories_of(strip)
    found = points_of(accessory, lambda _type: "")
    assert len({one.info.key for one in found}) == 2
    info = described(accessory, found, {}, uid="u", via="", address="a")
    assert (info.name, info.kind) == ("HomeKit", "plug")


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["accessories", "services", "characteristics", "aid", "iid", "type", "perms"]), inner
        )
    ),
    max_leaves=30,
)


@given(json)
def test_whatever_an_accessory_says_becomes_devices_or_one_problem(document: object) -> None:
    found: tuple[Accessory, ...] = ()
    with suppress(ProblemError):
        found = accessories_of(document)
    for accessory in found:
        made = points_of(accessory, lambda _type: "")
        described(accessory, made, {}, uid="u", via="", address="a")
        for point in made:
            for raw in (None, "text", 1e300, [], -1):
                point.decoded(dict.fromkeys(point.reads, raw))
    values_in(document)
