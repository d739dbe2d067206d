import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.model.device import DeviceInfo, Link, PointInfo, refreshed, take_in
from twin.model.ident import LinkId, clean_name
from twin.model.observation import Words, decode, encode, pack_xy, unpack_xy

LINK = Link(id=LinkId("l"), protocol="test", address="test:")


def point(capability, **more):
    info = DeviceInfo(uid="u", name="n", points=(PointInfo(key=capability, capability=capability, **more),))
    return take_in(info, LINK).points[0]


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_colour_survives_packing_within_one_step_of_16_bits(x, y):
    back = unpack_xy(pack_xy(x, y))
    assert back == pytest.approx((x, y), abs=1 / 65535)


@given(st.lists(st.text(max_size=20), max_size=30))
def test_words_give_each_text_one_number_for_ever(texts):
    words = Words()
    codes = [words.code(text) for text in texts]
    assert [words.text(code) for code in codes] == texts
    assert Words(words.texts).texts == words.texts


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
    assert encode(point(capability), said, Words()) == kept


def test_a_word_that_the_table_does_not_have_is_kept_word_for_word():
    words, effect = Words(), point("effect", options=("calm", "party"))
    assert decode(effect, encode(effect, "party", words), words) == "party"
    assert decode(effect, encode(effect, "fire", words), words) == "fire"


def test_no_value_reads_as_nothing():
    assert decode(point("temperature"), math.nan, Words()) is None


@given(st.text(max_size=400))
def test_a_name_from_outside_is_bounded_and_has_nothing_that_moves_or_hides_text(text):
    name = clean_name(text)
    assert len(name) <= 64
    assert all(ch.isprintable() for ch in name)
    assert not set(name) & set("\u202e\u202d\u2066\u200f\x00\x1b\n")


def test_a_device_described_again_keeps_its_id_and_the_users_name():
    first = take_in(DeviceInfo(uid="u", name="Lamp", points=()), LINK)
    from dataclasses import replace

    named = replace(first, name="Sofa lamp")
    again = refreshed(named, take_in(DeviceInfo(uid="u", name="Lamp", firmware="2", points=()), LINK))
    assert (again.id, again.name, again.firmware) == (first.id, "Sofa lamp", "2")
