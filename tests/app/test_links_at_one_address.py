"""Links to one address that differ in what makes them two: network cards of KNX routing, discovery prefixes of a broker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ifaddr
import pytest

from app.engine.discovery import new_candidates
from app.engine.engine import Engine
from app.engine.given_link import changed_lists, told_apart, with_lists, with_options
from devices.contract import HasOptions
from devices.protocol_registry import adapters
from twin.model.candidate import Candidate, Need
from twin.model.device import Link
from twin.model.problem import ProblemError

ROUTING = "knx://224.0.23.12?transport=routing"


def given(url: str, links: list[Link], **options: str) -> Link:
    """The link of a URL beside these links of a project."""
    adapter = adapters()[url.partition(":")[0]]
    link = adapter.link(url)
    found = told_apart(adapter, link, tuple(options.items()), links)
    return replace(found, options=tuple((dict(link.options) | options).items()))


@pytest.mark.parametrize(
    ("url", "option", "values"),
    [(ROUTING, "network", ("10.81.1.1", "10.81.2.1")), ("mqtt://broker.local", "prefix", ("homeassistant", "garden"))],
)
def test_each_value_is_a_link_of_its_own_with_an_id_that_stays(url: str, option: str, values: tuple[str, ...]) -> None:
    plain = given(url, [])
    first = given(url, [], **{option: values[0]})
    assert first.id == plain.id, "the only link at an address has the id that it has always had"
    second = given(url, [first], **{option: values[1]})
    assert second.id != first.id
    assert values[1] in second.title
    for again, value in ((first, values[0]), (second, values[1])):
        assert given(url, [first, second], **{option: value}).id == again.id
        sign = "&" if "?" in url else "?"
        assert given(f"{url}{sign}{option}={value}", [first, second]).id == again.id
    assert given(url, [first, second]).id == first.id, "without a value it is the link of before"


def test_the_default_given_by_name_is_the_link_that_has_none() -> None:
    plain = given("mqtt://broker.local", [])
    assert given("mqtt://broker.local?prefix=homeassistant", [plain]).id == plain.id


def candidate(network: str, host: str = "10.0.0.9") -> Candidate:
    """A router that was found in this network."""
    facts = (("group", "224.0.23.12"), *((("network", network),) if network else ()))
    return Candidate(key=f"knx:{network}", name="Router", protocol="knx", product="", addresses=(host,),
                     port=3671, needs=Need.NOTHING, evidence=("routing",), facts=facts)  # fmt: skip


@pytest.mark.parametrize("prefix", ["homeassistant/", "/homeassistant", "garden/"])
def test_a_slash_about_the_prefix_makes_no_other_link(prefix: str) -> None:
    links = [given("mqtt://broker.local", [])]
    links.append(given("mqtt://broker.local", links, prefix="garden"))
    expected = links["garden" in prefix]
    assert given("mqtt://broker.local", links, prefix=prefix).id == expected.id
    assert given(f"mqtt://broker.local?prefix={prefix}", links).id == expected.id


def test_the_address_of_this_computer_makes_no_second_tunnel() -> None:
    tunnel = given("knx://192.168.1.10", [])
    for network in ("192.168.1.20", "192.168.1.35"):
        again = given("knx://192.168.1.10", [tunnel], network=network)
        assert (again.id, again.title) == (tunnel.id, tunnel.title)
        tunnel = again


def test_the_only_routing_is_the_one_behind_the_card_that_is_named_later() -> None:
    plain = given(ROUTING, [])
    link = adapters()["knx"].link(candidate("10.81.1.1"))
    assert told_apart(adapters()["knx"], link, (), [plain]).id == plain.id
    behind = given(ROUTING, [plain], network="10.81.1.1")
    assert behind.id == plain.id
    second = given(ROUTING, [behind], network="10.81.2.1")
    assert given(ROUTING, [second]).id == second.id, "without a value it is the one that is left"


def test_a_link_keeps_the_prefix_that_it_was_given_later() -> None:
    """Its id comes from the prefix of its first URL, which a further link is given."""
    url = "mqtt://broker.local?prefix=foo"
    changed = replace(given(url, []), options=(("prefix", "bar"),))
    further = given(url, [changed])
    assert further.id != changed.id
    changed_too = replace(further, options=(("prefix", "garden"),))
    third = given(url, [changed, changed_too])
    assert len({changed.id, changed_too.id, third.id}) == 3


def test_a_card_given_by_name_and_by_its_address_is_one_routing() -> None:
    card, address = next(
        (one.nice_name, ip.ip) for one in ifaddr.get_adapters() for ip in one.ips if isinstance(ip.ip, str)
    )
    for first, then in ((card, address), (address, card)):
        links = [given(ROUTING, [], network=first)]
        links.append(given(ROUTING, links, network="10.81.2.1"))
        again = given(ROUTING, links, network=then)
        assert (again.id, again.option("network")) == (links[0].id, then)
        found = adapters()["knx"].link(candidate(address))
        assert told_apart(adapters()["knx"], found, (), links).id == links[0].id, "found by search"


def test_an_invalid_option_is_one_problem_and_no_further_link() -> None:
    with pytest.raises(ProblemError) as failed:
        given(ROUTING, [given(ROUTING, [])], transport="pigeon")
    assert [one.code for one in failed.value.problems] == ["link.option.value"]


def test_routers_found_behind_two_cards_are_two_links() -> None:
    adapter = adapters()["knx"]
    assert adapter.link(candidate("")).options == (("transport", "routing"),)
    assert dict(adapter.link(candidate("10.81.2.1")).options) == {"transport": "routing", "network": "10.81.2.1"}


def test_a_project_has_a_routing_behind_each_card(tmp_path: Path) -> None:
    first, second = f"{ROUTING}&network=127.0.0.1", f"{ROUTING}&network=127.0.0.2"
    engine = Engine(tmp_path / "home")
    engine.start()
    try:
        engine.new_project(str(tmp_path / "house.oikos")).result(60)
        for url in (first, second, first):
            engine.add(url).result(60)
        links = {link.option("network"): link.id for link in engine.twin.links}
        assert set(links) == {"127.0.0.1", "127.0.0.2"}
        assert len(set(links.values())) == len(engine.twin.links) == 2
        assert links["127.0.0.1"] == adapters()["knx"].link(ROUTING).id
    finally:
        engine.stop()


def test_a_router_behind_a_second_card_is_offered_beside_the_added_one(tmp_path: Path) -> None:
    first, second = candidate("127.0.0.1"), candidate("127.0.0.2")
    engine = Engine(tmp_path / "home")
    engine.start()
    try:
        engine.new_project(str(tmp_path / "house.oikos")).result(60)
        for added, left in ((first, [second]), (second, [])):
            engine.add(added).result(60)
            assert [one.key for one in new_candidates((first, second), engine.session)] == [one.key for one in left]
    finally:
        engine.stop()


@pytest.mark.parametrize(
    ("urls", "units", "notes"),
    [
        (("modbus://gateway?units=1", "modbus://gateway?units=2"), "1,2", ["link.list.extended"]),
        (("modbus://gateway", "modbus://gateway?units=2"), "1,2", ["link.list.extended"]),
        (("modbus://gateway?units=1,2", "modbus://gateway?units=2", "modbus://gateway?period=3"), "1,2", []),
        (("modbus://gateway?units=1,2", "modbus://gateway?units==2"), "2", ["link.list.replaced"]),
        (("modbus://gateway?writable=1", "modbus://gateway?writable=2"), "", ["link.list.extended"]),
    ],
)
def test_lists_given_for_a_link_that_is_there_add_up_and_it_is_said(
    urls: tuple[str, ...], units: str, notes: list[str]
) -> None:
    adapter = adapters()["modbus"]
    assert isinstance(adapter, HasOptions)
    link, said = adapter.link(urls[0]), list[str]()
    for url in urls[1:]:
        given = adapter.link(url).options
        now = with_options(adapter, link, (*link.options, *given, *with_lists(adapter.options, link, dict(given))))
        said += [one.code for one in changed_lists(adapter.options, link, now)]
        link = now
    assert (link.option("units"), said) == (units, notes)
