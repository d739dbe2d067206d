"""One row per device, whatever it announces."""

from __future__ import annotations

from dataclasses import replace

import pytest

from devices.candidate_merge import identify_service, merged
from devices.contract import Service
from devices.products import ROWS, TYPES, identify
from devices.protocol_registry import adapters
from twin.model.candidate import Candidate, Need


def service(type: str, name: str, host: str, *addresses: str, port: int = 80, **txt: str) -> Service:
    return Service(type=type, name=name, host=host, port=port, addresses=addresses or ("10.0.0.5",), txt=txt)


def rows(*services: Service) -> list[Candidate]:
    return list(merged(identify_service(one, adapters()) for one in services))


def test_services_of_one_device_are_one_row_with_both_address_families() -> None:
    (row,) = rows(
        service(
            "_shelly._tcp", "shellyplus1-a8032abe", "ShellyPlus1-A8032ABE.local.", "10.0.0.9", gen="2", app="Plus1"
        ),
        service("_http._tcp", "shellyplus1-a8032abe", "ShellyPlus1-A8032ABE.local.", "fe80::1%2", "10.0.0.9"),
    )
    assert row.product == "Shelly"
    assert row.model == "Plus1"
    assert row.addresses == ("10.0.0.9", "fe80::1%2")
    assert set(row.evidence) == {"_shelly._tcp", "_http._tcp"}
    assert row.needs is Need.PASSWORD


def test_a_television_box_that_announces_five_services_is_one_row() -> None:
    host = "Living-Room.local."
    found = rows(
        service("_airplay._tcp", "Living Room", host, model="AppleTV11,1", deviceid="AA:BB:CC:DD:EE:01"),
        service("_raop._tcp", "AABBCCDDEE01@Living Room", host, am="AppleTV11,1"),
        service("_companion-link._tcp", "Living Room", host),
        service("_mediaremotetv._tcp", "Living Room", host),
        service("_sleep-proxy._udp", "70-35-60-63.1 Living Room", host),
    )
    assert [(row.product, row.name) for row in found] == [("Apple TV", "Living Room")]


def test_accessories_behind_one_bridge_stay_apart() -> None:
    found = rows(
        *(
            service("_hap._tcp", f"Lamp {n}", "bridge.local.", id=f"AA:BB:CC:DD:EE:0{n}", port=5000 + n)
            for n in range(4)
        )
    )
    assert [row.name for row in found] == ["Lamp 0", "Lamp 1", "Lamp 2", "Lamp 3"]


def test_a_printer_with_three_protocols_is_one_printer() -> None:
    found = rows(
        *(
            service(type, "Laser", "printer.local.", ty="Laser 9")
            for type in ("_ipp._tcp", "_ipps._tcp", "_printer._tcp")
        )
    )
    assert [(row.product, row.model) for row in found] == [("Printer", "Laser 9")]


def test_a_broker_with_and_without_tls_is_one_row_and_tls_wins() -> None:
    (row,) = rows(
        service("_mqtt._tcp", "Broker", "hub.local.", port=1883),
        service("_secure-mqtt._tcp", "Broker", "hub.local.", port=8883),
    )
    assert (row.protocol, row.port, row.needs) == ("mqtt", 8883, Need.PASSWORD)
    assert dict(row.facts)["scheme"] == "mqtts"
    assert adapters()["mqtt"].link(row).address == "mqtts://hub.local:8883"


def test_a_scanned_candidate_that_mdns_already_found_is_not_listed_twice() -> None:
    seen = identify_service(service("_mqtt._tcp", "Broker", "me.local.", "127.0.0.1", port=1883), adapters())
    probed = Candidate(key="mqtt:localhost", name="x", protocol="mqtt", addresses=("127.0.0.1",), port=1883)
    assert len(merged([seen], [probed])) == 1
    assert len(merged([], [probed])) == 1


def test_an_unknown_service_is_a_row_that_is_only_named() -> None:
    (row,) = rows(service("_coffee._tcp", "Machine", "m.local."))
    assert (row.protocol, row.product, row.needs) == ("identify", "coffee", Need.KNOWN)


def test_the_order_of_arrival_does_not_matter() -> None:
    services = [
        service("_http._tcp", "x", "h.local."), service("_hue._tcp", "x", "h.local.", bridgeid="1"),
        service("_ssh._tcp", "x", "h.local."), service("_wled._tcp", "w", "w.local.", mac="aabbccddeeff"),
        service("_http._tcp", "w", "other.local.", mac="AA:BB:CC:DD:EE:FF"),
    ]  # fmt: skip
    assert rows(*services) == rows(*services[::-1])
    assert [row.product for row in rows(*services)] == ["Hue bridge", "WLED light"]


def test_the_product_table_is_sound() -> None:
    assert len(TYPES) >= 118
    for row in ROWS:
        assert row.type.startswith("_")
        assert row.type.endswith(("._tcp", "._udp"))
        assert row.title
        assert row.name == row.name.lower()
        assert all(key == key.lower() and glob == glob.lower() for key, glob in row.txt)
        assert identify(
            service(
                row.type,
                row.name.replace("*", "1").replace("[[]", "["),
                "h",
                **{k: g.replace("*", "1") for k, g in row.txt},
            )
        ).title


def test_a_hue_bridge_that_also_speaks_homekit_and_has_a_web_page_is_one_row() -> None:
    services = [
        service("_hap._tcp", "Hue Bridge - 123456", "hue.local.", md="BSB002", id="A1:B2:C3:D4:E5:F6", sf="1"),
        service("_hue._tcp", "Hue Bridge - 123456", "hue.local.", bridgeid="001788FFFE123456", modelid="BSB002"),
        service("_http._tcp", "Hue", "hue.local."),
        service("_ssh._tcp", "x", "other.local.", mac="00:17:88:12:34:56"),
    ]
    for order in (services, services[::-1]):
        (row,) = rows(*order)
        assert (row.key, row.protocol, row.needs) == ("hue:001788fffe123456", "hue", Need.BUTTON)
        assert {"_hap._tcp", "_hue._tcp", "_http._tcp"} <= set(row.evidence)
    (alone,) = rows(services[0])
    assert alone.protocol == "homekit"


LAMP = (
    service("_matterc._udp", "0A1B", "B827EB001122.local.", "10.0.0.7", "fe80::7%2", port=5540, D="840", VP="4874+77", DT="257"),
    service("_hap._tcp", "Lamp 2B", "Lamp-2B.local.", "10.0.0.7", port=5001, id="A1:B2:C3:D4:E5:F6", md="L1", ci="5", sf="1"),
    service("_http._tcp", "Lamp", "lamp.local.", "10.0.0.7", version="1.4.2"),
)  # fmt: skip


def lower(one: Service) -> Service:
    return replace(one, txt={key.lower(): text for key, text in one.txt.items()})


def test_a_lamp_that_speaks_matter_and_homekit_and_has_a_web_page_is_one_row_that_wants_its_matter_code() -> None:
    services = [lower(one) for one in LAMP]
    for order in (services, services[::-1]):
        (row,) = rows(*order)
        assert (row.protocol, row.needs, row.firmware) == ("matter", Need.CODE, "1.4.2")
        assert {"_hap._tcp", "_http._tcp"} <= set(row.evidence)


@pytest.mark.parametrize(
    "beside",
    [
        service("_hap._tcp", "Bridge", "pi.local.", "10.0.0.7", port=5002, id="A1:B2:C3:D4:E5:F7", md="B", ci="2"),
        service("_hap._tcp", "Lamp 3C", "pi.local.", "10.0.0.7", port=5002, id="A1:B2:C3:D4:E5:F8", md="L1", ci="5"),
    ],
    ids=["a bridge is no lamp", "of two accessories nobody knows which is the lamp"],
)
def test_a_computer_with_several_accessories_keeps_each_of_its_rows(beside: Service) -> None:
    lamp = [lower(one) for one in LAMP[:1]] + ([lower(LAMP[1])] if beside.name == "Lamp 3C" else [])
    assert len(rows(*lamp, beside)) == len(lamp) + 1


@pytest.mark.parametrize(
    ("type", "txt", "firmware"),
    [
        ("_shelly._tcp", {"gen": "2", "app": "Plus1", "ver": "1.4.4"}, "1.4.4"),
        ("_esphomelib._tcp", {"mac": "aabbccddeeff", "version": "2026.10.0"}, "2026.10.0"),
        ("_axis-video._tcp", {"fw_ver": "11.2"}, "11.2"),
        ("_wled._tcp", {"mac": "aabbccddeeff"}, ""),
    ],
)
def test_a_row_tells_the_firmware_where_the_device_announces_it(type: str, txt: dict[str, str], firmware: str) -> None:
    (row,) = rows(service(type, "a", "a.local.", **txt))
    assert row.firmware == firmware


def test_what_is_gone_stays_as_a_row_of_its_own_and_changes_none_that_is_there() -> None:
    known = adapters()
    page = identify_service(service("_http._tcp", "Hue", "hue.local."), known)
    bridge = identify_service(service("_hue._tcp", "Hue", "hue.local.", bridgeid="001788FFFE123456"), known)
    assert [(one.product, one.gone) for one in merged([page, replace(bridge, gone=True)])] == [
        ("Hue bridge", True),
        ("Web page", False),
    ]
    (row,) = merged([replace(page, gone=True), bridge])
    assert (row.product, row.gone, row.evidence) == ("Hue bridge", False, ("_hue._tcp", "bridgeid"))


def test_what_answers_upnp_fills_the_row_at_its_address_or_is_one() -> None:
    def found(key: str, product: str, address: str) -> Candidate:
        return Candidate(
            key=f"upnp:{key}", name=product, protocol="upnp", product=product, maker="Maker", firmware="7",
            addresses=(address,), port=80, needs=Need.KNOWN, evidence=("answers an SSDP search",),
        )  # fmt: skip

    hue = identify_service(service("_hue._tcp", "Hue", "hue.local.", bridgeid="001788FFFE123456"), adapters())
    scanned = [
        found("a", "Media server", "10.0.0.1"), found("b", "Router", "10.0.0.1"), found("c", "Hue bridge", "10.0.0.5"),
    ]  # fmt: skip
    bridge, router = merged([hue], scanned)
    assert (bridge.key, bridge.firmware, bridge.evidence[-1]) == ("hue:001788fffe123456", "7", "answers an SSDP search")
    assert (router.key, router.product, router.firmware) == ("upnp:b", "Router", "7")
    (gone,) = merged([], [replace(scanned[1], gone=True)])
    assert gone.gone
