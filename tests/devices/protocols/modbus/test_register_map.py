"""Registers to values and back, and which registers are read together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocols.modbus.register_map import (
    ReadBlock,
    RegisterMap,
    RegisterPoint,
    RegisterSpace,
    RegisterType,
    decoded,
    encoded,
    split_block,
    text_of,
)
from twin.model.device import PointInfo

WHOLE = (RegisterType.U16, RegisterType.S16, RegisterType.U32, RegisterType.S32, RegisterType.U64, RegisterType.S64)


def point(address: int = 10, type: RegisterType = RegisterType.U16, **more: object) -> RegisterPoint:
    info = PointInfo(key=str(more.pop("key", "power")), capability=str(more.pop("capability", "raw_number")))
    return RegisterPoint(info=info, address=address, type=type, **more)  # pyright: ignore[reportArgumentType]


def span(type: RegisterType) -> tuple[int, int]:
    bits = 16 * type.size
    return (0, 2**bits - 1) if type.value[0] == "u" else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


@given(st.sampled_from(WHOLE), st.booleans(), st.integers(-3, 0), st.data())
def test_what_is_written_is_what_is_read(type: RegisterType, swapped: bool, power: int, data: st.DataObject) -> None:
    low, high = span(type)
    raw = data.draw(st.integers(max(low, -(2**50)), min(high, 2**50)))
    one = point(10, type, low_word_first=swapped, scale_address=9)
    scale = {9: power & 0xFFFF}
    cells = scale | dict(enumerate(encoded(one, raw * 10.0**power, scale), 10))
    assert decoded(one, cells) == pytest.approx(raw * 10.0**power, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("type", "words", "value"),
    [
        (RegisterType.U16, (0xFFFE,), 65534), (RegisterType.S16, (0xFFFE,), -2), (RegisterType.U32, (1, 2), 65538),
        (RegisterType.S32, (0xFFFF, 0xFFFF), -1), (RegisterType.F32, (0x4366, 0x199A), 230.1),
        (RegisterType.U64, (0, 0, 1, 0), 65536), (RegisterType.F64, (0x40C8, 0x1C80, 0, 0), 12345.0),
    ],
)  # fmt: skip
def test_the_high_word_comes_first(type: RegisterType, words: tuple[int, ...], value: float) -> None:
    assert decoded(point(0, type), dict(enumerate(words))) == value
    turned = point(0, type, low_word_first=True)
    assert decoded(turned, dict(enumerate(words[::-1]))) == value


def test_scaled_values_have_the_decimals_of_their_scale_and_no_more() -> None:
    assert decoded(point(0, scale=0.1), {0: 2301}) == 230.1
    assert decoded(point(0, scale_address=1), {0: 2301, 1: 0xFFFF}) == 230.1
    assert decoded(point(0, scale_address=1), {0: 23, 1: 2}) == 2300


@pytest.mark.parametrize("scale", [0x8000, 11, 0xFFF5, 0x7FFF])
def test_a_scale_that_is_none_gives_no_value(scale: int) -> None:
    assert decoded(point(0, scale_address=1), {0: 2301, 1: scale}) is None


def test_what_a_device_does_not_implement_is_no_value() -> None:
    assert decoded(point(0, missing=(0xFFFF,)), {0: 0xFFFF}) is None
    assert decoded(point(0, RegisterType.S16, missing=(0x8000,)), {0: 0x8000}) is None
    assert decoded(point(0, RegisterType.F32), {0: 0x7FC0, 1: 0}) is None
    assert decoded(point(0, RegisterType.F32), {0: 0x7F80, 1: 0}) is None
    assert decoded(point(5), {0: 1}) is None


def test_an_enum_says_its_word_and_a_number_that_has_none_itself() -> None:
    one = point(0, capability="raw_enum", options=((4, "producing"),))
    assert decoded(one, {0: 4}) == "producing"
    assert decoded(one, {0: 9}) == "9"
    assert encoded(one, "producing", {}) == (4,)
    with pytest.raises(ValueError, match=r"modbus\.takes_words"):
        encoded(one, "dancing", {})


@pytest.mark.parametrize("value", [70000, -1, float("nan"), float("inf"), None, (0.1, 0.2)])
def test_what_does_not_fit_into_the_register_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"modbus\."):
        encoded(point(0), value, {})  # pyright: ignore[reportArgumentType]


def test_a_value_whose_scale_was_not_read_yet_cannot_be_written() -> None:
    with pytest.raises(ValueError, match=r"modbus\.no_scale"):
        encoded(point(0, scale_address=9), 1.0, {})


_POINTS = st.lists(
    st.tuples(st.integers(0, 900), st.sampled_from(WHOLE), st.booleans(), st.sampled_from(list(RegisterSpace)[2:])),
    min_size=1,
    max_size=40,
)


@given(_POINTS, st.integers(8, 125), st.integers(0, 30))
def test_every_point_lies_whole_in_exactly_one_block_and_no_block_is_too_long(
    made: list[tuple[int, RegisterType, bool, RegisterSpace]], most: int, gap: int
) -> None:
    points = tuple(
        point(address, type, key=f"p{n}", slow=slow, space=space) for n, (address, type, slow, space) in enumerate(made)
    )
    blocks = RegisterMap(points=points, max_count=most, max_gap=gap).blocks
    held = [one for block in blocks for one in block.points]
    assert sorted(one.info.key for one in held) == sorted(one.info.key for one in points)
    assert all(block.count <= most for block in blocks)
    assert all(one.space is block.space and one.slow is block.slow for block in blocks for one in block.points)
    for block in blocks:
        cells = range(block.address, block.address + block.count)
        assert all(address in cells for one in block.points for address in one.cells)
    assert len({block.key for block in blocks}) == len(blocks)


def test_a_block_that_is_split_reads_each_point_with_its_scale() -> None:
    pair = (point(10, key="a", scale_address=12), point(11, key="b"))
    (block,) = RegisterMap(points=pair, max_gap=5).blocks
    parts = split_block(block)
    assert [(part.address, part.count) for part in parts] == [(10, 3), (11, 1)]
    assert all(isinstance(part, ReadBlock) and len(part.points) == 1 for part in parts)


def test_text_is_read_from_both_bytes_or_one_and_is_cleaned() -> None:
    assert text_of((0x4142, 0x4300)) == "ABC"
    assert text_of((0x0041, 0x0042)) == "AB"
    assert text_of((0x1B5B, 0x3331, 0x6D41)) == "[31mA"
    assert text_of(()) == ""
