"""Radio links: how good they are in a word, and one link for what both ends heard."""

from __future__ import annotations

import pytest

from twin.model.radio_map import Radio, RadioLink, RadioStrength, merged


def link(radio: Radio = Radio.ZIGBEE, start: str = "a", end: str = "b", **values: int | None) -> RadioLink:
    return RadioLink(radio=radio, start=start, end=end, **{"heard_ms": 0, **values})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "strength"),
    [
        (link(lqi=80), "weak"),
        (link(lqi=81), "fair"),
        (link(lqi=192), "fair"),
        (link(lqi=193), "strong"),
        (link(Radio.THREAD, lqi=3), "strong"),
        (link(Radio.THREAD, lqi=2), "fair"),
        (link(Radio.THREAD, lqi=1), "weak"),
        (link(Radio.THREAD, lqi=3, rssi_dbm=-90), "weak"),
        (link(Radio.WIFI, rssi_dbm=-80), "weak"),
        (link(Radio.WIFI, rssi_dbm=-67), "fair"),
        (link(Radio.WIFI, rssi_dbm=-66), "strong"),
        (link(), "unknown"),
    ],
)
def test_the_worse_of_quality_and_signal_decides_and_what_was_not_measured_is_unknown(
    one: RadioLink, strength: str
) -> None:
    assert one.strength == strength


def test_what_both_ends_heard_is_one_link_with_the_weaker_quality_and_the_later_time() -> None:
    both = merged([link(start="a", end="b", lqi=200, heard_ms=1), link(start="b", end="a", lqi=90, heard_ms=7)])
    assert [(one.lqi, one.heard_ms) for one in both] == [(90, 7)]


def test_links_of_different_radios_stay_apart_and_none_leads_to_itself() -> None:
    found = merged([link(lqi=5), link(Radio.WIFI, rssi_dbm=-50), link(start="a", end="a", lqi=5)])
    assert [one.radio for one in found] == [Radio.ZIGBEE, Radio.WIFI]


def test_the_weakest_come_first_and_unknown_ones_last() -> None:
    found = merged([link(end="c"), link(end="d", lqi=250), link(end="e", lqi=100), link(end="f", lqi=3)])
    assert [one.strength for one in found] == [
        RadioStrength.WEAK,
        RadioStrength.FAIR,
        RadioStrength.STRONG,
        RadioStrength.UNKNOWN,
    ]
