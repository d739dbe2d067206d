import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.capability import CAPABILITIES
from twin.model.device import DeviceInfo, Link, PointInfo, device_from_description, merged_description
from twin.model.ids import LinkId, clean_name
from twin.model.observation import StringTable, decode, encode, pack_xy, unpack_xy

LINK = Link(id=LinkId("l"), protocol="test", address="test:")


def point(capability, **more):
    info = DeviceInfo(uid="u", name="n", points=(PointInfo(key=capability, capability=capability, **more),))
    return device_from_description(info, LINK).points[0]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_colour_survives_packing_within_one_step_of_16_bits(x, y):
    back = unpack_xy(pack_xy(x, y))
    assert back == pytest.approx((x, y), abs=1 / 65535)


@given(st.lists(st.text(max_size=20), max_size=30))
def test_words_give_each_text_one_number_for_ever(texts):
    strings = StringTable()
    codes = [strings.code(text) for text in texts]
    assert [strings.text(code) for code in codes] == texts
    assert StringTable(strings.texts).texts == strings.texts


@pytest.mark.parametrize(
    ("capability", "said", "kept"),
    [
        ("on_off", True, 1.0),
        ("on_off", "off", 0.0),
        ("contact", "open", 1.0),
        ("contact", "closed", 0.0),
        ("temperature", 21.5, 21.5),
        ("lock", "unlocked", 1.0),
        ("button", "double", 1.0),
        ("temperature", "warm", None),
        ("temperature", math.inf, None),
        ("temperature", True, 1.0),
        ("on_off", None, None),
    ],
)
def test_a_value_is_kept_as_one_number_or_refused(capability, said, kept):
    assert encode(point(capability), said, StringTable()) == kept


def test_a_word_that_the_table_does_not_have_is_kept_word_for_word():
    strings, effect = StringTable(), point("effect", options=("calm", "party"))
    assert decode(effect, encode(effect, "party", strings), strings) == "party"
    assert decode(effect, encode(effect, "fire", strings), strings) == "fire"


def test_no_value_reads_as_nothing():
    assert decode(point("temperature"), math.nan, StringTable()) is None


@given(st.text(max_size=400))
def test_a_name_from_outside_is_bounded_and_has_nothing_that_moves_or_hides_text(text):
    name = clean_name(text)
    assert len(name) <= 64
    assert all(ch.isprintable() for ch in name)
    assert not set(name) & set("\u202e\u202d\u2066\u200f\x00\x1b\n")


def test_a_device_described_again_keeps_its_id_and_the_users_name():
    first = device_from_description(DeviceInfo(uid="u", name="Lamp", points=()), LINK)
    named = replace(first, name="Sofa lamp")
    again = merged_description(
        named, device_from_description(DeviceInfo(uid="u", name="Lamp", firmware="2", points=()), LINK)
    )
    assert (again.id, again.name, again.firmware) == (first.id, "Sofa lamp", "2")


def test_a_point_keyed_anew_keeps_the_id_under_which_it_was_recorded() -> None:
    before = device_from_description(
        DeviceInfo(uid="u", name="Meter", points=(PointInfo(key="sensor.power", capability="power"),)), LINK
    )
    infos = [PointInfo(key=f"sensor.l{n}", alias="sensor.power", capability="power", label=f"L{n}") for n in (1, 2, 3)]
    was = replace(before, points=tuple(replace(p, info=replace(p.info, label="L2")) for p in before.points))
    fresh = device_from_description(DeviceInfo(uid="u", name="Meter", points=tuple(infos)), LINK)
    again = merged_description(was, fresh)
    assert again.points[1].id == before.points[0].id, "the one that is described as it was"
    assert len({point.id for point in again.points}) == 3
    assert merged_description(again, fresh) == again
    alien = PointInfo(key="sensor.power", capability="power", alias="sensor.x")
    more = merged_description(
        again, device_from_description(DeviceInfo(uid="u", name="Meter", points=(*infos, alien)), LINK)
    )
    assert len({point.id for point in more.points}) == 4
    assert more.points[:3] == again.points


def test_a_name_changed_at_the_source_arrives_unless_the_user_gave_one() -> None:
    first = device_from_description(DeviceInfo(uid="u", name="0x00a7", points=()), LINK)
    new = device_from_description(DeviceInfo(uid="u", name="Shed hatch", points=()), LINK)
    assert merged_description(first, new).name == "Shed hatch"
    named = merged_description(replace(first, name="My hatch"), new)
    assert (named.name, merged_description(named, first).name) == ("My hatch", "My hatch")
    assert merged_description(replace(first, reported_name=""), new).name == "0x00a7", (
        "an old project does not say who gave it"
    )


def test_a_kind_follows_what_the_device_turns_out_to_be_unless_the_user_chose_one() -> None:
    points = (PointInfo(key="on", capability="on_off"), PointInfo(key="power", capability="power"))
    first = device_from_description(DeviceInfo(uid="u", name="Plug", points=points[:1]), LINK)
    whole = device_from_description(DeviceInfo(uid="u", name="Plug", points=points), LINK)
    assert (first.kind, merged_description(first, whole).kind) == ("switch", "plug")
    chosen = merged_description(replace(first, kind="lamp"), whole)
    assert (chosen.kind, merged_description(chosen, first).kind) == ("lamp", "lamp")
    told = device_from_description(DeviceInfo(uid="u", name="Gate", points=points, kind="garage_door"), LINK)
    assert merged_description(first, told).kind == "garage_door"


def test_a_raw_number_has_the_unit_and_the_step_of_its_device_wherever_it_is_shown() -> None:
    infos = (
        PointInfo(key="a", capability="raw_number", unit="kvarh"),
        PointInfo(key="b", capability="raw_number", unit="Watt", step=0.001),
        PointInfo(key="c", capability="raw_number"),
        PointInfo(key="d", capability="power", unit="kW"),
    )
    rows = [
        point.capability
        for point in device_from_description(DeviceInfo(uid="u", name="Meter", points=infos), LINK).points
    ]
    assert [row.unit for row in rows] == ["kvarh", "W", "", "W"]
    assert rows[1].resolution == 0.001
    assert rows[2] is CAPABILITIES["raw_number"]
