"""Options of a link to KNX: which devices may be commanded, and by which network card."""

from __future__ import annotations

from dataclasses import replace

import ifaddr
import pytest

from devices.protocols.knx import network_card
from devices.protocols.knx.adapter import ADAPTER
from devices.protocols.knx.knx_options import OPTIONS, knx_settings
from devices.protocols.knx.network_card import KNOWN_S, card_of
from twin.model.link_option import checked_options, option_value
from twin.model.text import Text


@pytest.mark.parametrize(
    ("writable", "device"),
    [
        ("1/1/1, 31/7/255", "31/7/255"), ("1/515", "1/2/3"), ("2563, 65535", "1/2/3"), ("2563,65535", "31/7/255"), ("0/0/1", "0/0/1"),
        ("01/2/003", "1/2/3"), ("31/2047", "31/7/255"), ("0/1", "0/0/1"), ("10/0/0", "10/0/0"),
    ],
)  # fmt: skip
def test_a_device_is_named_by_its_first_address_in_three_levels_two_or_none(writable: str, device: str) -> None:
    kept, problems = checked_options(OPTIONS, [("writable", writable)], "")
    assert problems == ()
    settings = knx_settings(replace(ADAPTER.link("knx://192.168.1.10"), options=kept))
    assert settings.may_write(device)
    assert not settings.may_write("9/1/1")


@pytest.mark.parametrize(
    "wrong", ["99/9/999", "32/0/1", "1/8/1", "1/0/256", "1/2048", "0/0/0", "0/0", "0", "65536", "1/2/3/4", "yes please"]
)
def test_an_address_that_there_cannot_be_is_named(wrong: str) -> None:
    option = next(one for one in OPTIONS if one.name == "writable")
    item = Text("link.option.item", item=wrong, example=option.example)
    assert option_value(option, f"1/0/1, {wrong}, 1/0/7") == ("1/0/1, " + wrong + ", 1/0/7", item)
    assert option_value(option, wrong)[1] == Text("link.option.like", example=option.example)


def test_the_cards_of_this_computer_are_read_once_a_second_however_many_links_ask(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now, read, cards = [1e6], list[float](), ifaddr.get_adapters()

    def counted() -> object:
        read.append(now[0])
        return cards

    monkeypatch.setattr(ifaddr, "get_adapters", counted)
    monkeypatch.setattr(network_card, "monotonic", lambda: now[0])
    monkeypatch.setattr(network_card, "_names", network_card._Names())
    link = ADAPTER.link("knx://224.0.23.12?transport=routing&network=127.0.0.1")
    names = {ADAPTER.distinction(link) for _ in range(100)}
    assert names == {"lo"}
    assert card_of("10.99.0.1") == "10.99.0.1"
    assert read == [1e6]
    now[0] += KNOWN_S
    ADAPTER.distinction(link)
    assert read == [1e6, now[0]]
