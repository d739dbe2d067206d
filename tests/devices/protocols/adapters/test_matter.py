"""Announcements that mean Matter devices, addresses that mean Matter servers, and the server of our own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.i18n import remedy
from devices.candidate_merge import identify_service, merged
from devices.code_matching import MatchesCodes
from devices.contract import ManagesServer, Service
from devices.protocols.matter.adapter import ADAPTER, COMMISSIONABLE, OPERATIONAL
from twin.model.candidate import Candidate, Need
from twin.model.problem import ProblemError


def announced(type: str = COMMISSIONABLE, name: str = "A1B2C3D4E5F60718", **txt: str) -> Service:
    addresses = ("192.168.1.20", "fe80::1")
    return Service(type=type, name=name, host="B827EB000001.local.", port=5540, addresses=addresses, txt=txt)


def claimed(service: Service) -> Candidate:
    candidate = ADAPTER.claim(service)
    assert candidate is not None
    return candidate


def test_a_device_in_pairing_mode_needs_its_code_and_says_what_it_is() -> None:
    found = claimed(announced(d="3840", vp="65521+32768", cm="1", dt="257", dn="Sofa lamp"))
    assert (found.name, found.product, found.needs) == ("Sofa lamp", "Light", Need.CODE)
    assert dict(found.facts)["discriminator"] == "3840"
    assert found.addresses == ("192.168.1.20", "fe80::1")
    assert found.key.startswith("matter:")


def test_a_device_that_gives_no_name_is_called_by_its_type() -> None:
    assert claimed(announced(d="1", dt="769")).name == "Thermostat"
    assert claimed(announced(d="1", dt="999999")).name == "Matter device"
    assert claimed(announced(d="1")).name == "Matter device"


def test_a_device_that_does_not_wait_for_a_code_is_only_known() -> None:
    assert claimed(announced(d="3840", cm="0")).needs is Need.KNOWN


@pytest.mark.parametrize("d", ["", "4096", "-1", "x", "1e3", "9" * 50])
def test_an_announcement_without_a_discriminator_is_not_ours(d: str) -> None:
    assert ADAPTER.claim(announced(d=d)) is None


def test_a_device_of_some_network_is_known_by_fabric_and_node() -> None:
    found = claimed(announced(OPERATIONAL, "87E1B004E235A130-0000000000000007"))
    assert (found.needs, found.name) == (Need.KNOWN, "Matter device 7")
    assert dict(found.facts) == {"fabric": "87E1B004E235A130", "node": "0000000000000007"}


def test_other_services_are_not_ours() -> None:
    assert ADAPTER.claim(announced("_http._tcp", d="3840")) is None


def test_the_same_device_seen_twice_is_one_candidate() -> None:
    adapters = {"matter": ADAPTER}
    twice = [identify_service(announced(d="3840", vp="65521+32768"), adapters) for _ in range(2)]
    assert len(merged(twice)) == 1


@given(st.dictionaries(st.sampled_from(("d", "vp", "cm", "dt", "dn", "x")), st.text(max_size=80)), st.text(max_size=80))
def test_no_announcement_breaks_the_claim(txt: dict[str, str], name: str) -> None:
    for type in (COMMISSIONABLE, OPERATIONAL):
        found = ADAPTER.claim(announced(type, name, **txt))
        assert found is None or all(ord(char) >= 32 for char in found.name)


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ws://homeserver.local", "ws://homeserver.local:5580/ws"),
        ("ws://homeserver.local:5580/ws/", "ws://homeserver.local:5580/ws"),
        ("wss://h:443/matter", "wss://h:443/matter"),
        ("ws://[fe80::1]:5580/ws", "ws://[fe80::1]:5580/ws"),
    ],
)
def test_a_server_s_address_is_completed(url: str, address: str) -> None:
    link = ADAPTER.link(url)
    assert link.address == address
    assert link.id == ADAPTER.link(address).id


@pytest.mark.parametrize("url", ["ws://", "http://h", "ws://h:port", "ws://user:secret@h", "ws://[::1", ""])
def test_an_address_that_is_none_is_refused_without_showing_a_login(url: str) -> None:
    with pytest.raises(ProblemError) as error:
        ADAPTER.link(url)
    assert "secret" not in str(error.value)


def test_our_own_server_is_always_the_same_link() -> None:
    assert isinstance(ADAPTER, ManagesServer)
    assert ADAPTER.managed() == ADAPTER.link("matter:") == ADAPTER.link("matter://this-computer")


@pytest.mark.parametrize("cm", ["1", "0"])
def test_a_device_cannot_be_added_without_its_code_and_is_told_how(cm: str) -> None:
    with pytest.raises(ProblemError) as error:
        ADAPTER.link(claimed(announced(d="3840", cm=cm)))
    assert "pair" in remedy(error.value.problems[0])


@pytest.mark.parametrize(
    ("code", "discriminator", "may"),
    [
        ("34970112332", "3840", True),  # a manual code has the highest four bits of it
        ("34970112332", "3841", True),
        ("34970112332", "1840", False),
        ("MT:Y.K9042C00KA0648G00", "3840", True),
        ("MT:Y.K9042C00KA0648G00", "3841", False),
    ],
)
def test_a_code_tells_which_announced_devices_it_may_be_of(code: str, discriminator: str, may: bool) -> None:
    assert isinstance(ADAPTER, MatchesCodes)
    assert ADAPTER.announced_by(code)(claimed(announced(d=discriminator, cm="1"))) is may


def test_a_code_is_checked_without_any_server() -> None:
    ADAPTER.check("34970112332")
    with pytest.raises(ProblemError):
        ADAPTER.check("34970112333")
