"""Merges announced services into candidates, one per physical device."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from devices.contract import Adapter, Service
from devices.products import firmware_of, identify, mac_of, maker_of, model_of, serial_of
from twin.model.candidate import Candidate, Need
from twin.model.ids import clean_name

MAX_CANDIDATES = 5_000
UPNP = "upnp"
"""Protocol of what only answers a UPnP search; such rows belong to what else is known at their address."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One identified service; `weak`: its type alone does not identify a device; `claimed`: by an adapter; `gone`: it was
    there before.
    """

    candidate: Candidate
    host: str
    weak: bool = False
    claimed: bool = False
    identity: str = ""
    """Identifier common to all services of a device: hardware address or serial number; empty where it has neither."""
    single: str = ""
    """Service type of a Matter or HomeKit device that is no bridge; a device of the one may be that of the other. Else empty."""
    gone: bool = False


def identify_service(service: Service, adapters: Mapping[str, Adapter]) -> Sighting:
    """Identifies a service by an adapter's claim, else by the product table. No I/O."""
    host = clean_name(service.host.rstrip("."), 128).lower()
    mac, serial = mac_of(service.txt), serial_of(service.txt)
    identity = f"mac:{mac}" if mac else f"serial:{serial}" if serial else ""
    for adapter in adapters.values():
        if service.type in adapter.service_types and (mine := _claim(adapter, service)) is not None:
            mine = replace(mine, firmware=mine.firmware or firmware_of(service.txt))
            weak = identify(service).weak
            return Sighting(mine, host, weak=weak, claimed=True, identity=identity, single=_single(service))
    row = identify(service)
    known = row.protocol in adapters
    candidate = Candidate(
        key=f"{row.protocol}:{_key(service, host, mac or serial, row.protocol)}",
        name=service.name,
        protocol=row.protocol,
        product=row.title,
        maker=maker_of(service.txt) or row.maker,
        model=model_of(service.txt),
        firmware=firmware_of(service.txt),
        addresses=service.addresses,
        port=service.port,
        needs=row.needs if known else Need.KNOWN,
        evidence=(service.type, *(f"{key}={service.txt[key][:40]}" for key, _ in row.txt if key in service.txt)),
        facts=tuple(sorted((key, text) for key, text in service.txt.items() if len(text) <= 128))[:32],
    )
    return Sighting(candidate, host, weak=row.weak, identity=identity, single=_single(service))


_BRIDGES = {"_hap._tcp": ("ci", "2"), "_matterc._udp": ("dt", "14")}
"""TXT key and value of a bridge, by service type: HomeKit's category, Matter's device type."""


def _single(service: Service) -> str:
    key, bridge = _BRIDGES.get(service.type, ("", ""))
    return service.type if key and service.txt.get(key, "") != bridge else ""


def _claim(adapter: Adapter, service: Service) -> Candidate | None:
    """The adapter's claim; None also where the adapter raises on the service's text."""
    try:
        return adapter.claim(service)
    except Exception:
        return None


def _key(service: Service, host: str, identity: str, protocol: str) -> str:
    if identity:
        return "-".join(identity.lower().split())
    name = "-".join(service.name.lower().split())
    return host or name if protocol == "identify" else f"{name}@{host}"


def merged(sightings: Iterable[Sighting], scanned: Iterable[Candidate] = ()) -> tuple[Candidate, ...]:
    """One candidate per device, sorted; those that are gone are marked. Services are merged by key, by hardware address or
    serial number, or, if weak, by host or address; a Matter device and a HomeKit accessory that are alone at one address are
    one device. What is gone changes no row that is there.
    """
    scanned = list(scanned)
    rows = _rows((*sightings, *(_of_upnp(one) for one in scanned if one.protocol == UPNP)))
    found = [replace(row.candidate, gone=True) if row.gone else row.candidate for row in rows]
    known = {(found.protocol, address, found.port) for found in found for address in found.addresses}
    keys = {one.key for one in found}
    found += [
        one
        for one in scanned
        if one.protocol != UPNP
        and one.key not in keys
        and not any((one.protocol, address, one.port) in known for address in one.addresses)
    ]
    return tuple(sorted(found, key=lambda one: (one.needs is Need.KNOWN, one.protocol, one.name.lower(), one.key)))


def _rows(sightings: Iterable[Sighting]) -> list[Sighting]:
    """One sighting per device."""
    rows: dict[str, Sighting] = {}
    alias: dict[str, str] = {}
    ordered = sorted(sightings, key=_rank)
    shared, alone = _shared(ordered), _alone(ordered)
    for one in ordered:
        key = one.candidate.key
        names = [key]
        if one.identity and one.identity not in shared:
            names.append(one.identity)
        places = (f"host|{one.host}", *(f"at|{address}" for address in one.candidate.addresses))
        if one.weak:
            names += places
        if one.single:
            names += [f"alone|{address}" for address in one.candidate.addresses if address in alone]
        home = next((alias[name] for name in names if name in alias), None)
        if home is None:
            if len(rows) >= MAX_CANDIDATES:
                continue
            home, rows[key] = key, one
        else:
            rows[home] = _joined(rows[home], one)
        for name in (*names, *places):
            alias.setdefault(name, home)
    return list(rows.values())


def _rank(one: Sighting) -> tuple[object, ...]:
    row = one.candidate
    beside = one.single == "_hap._tcp", row.product == "Media server"  # what the device also is
    return one.gone, one.weak, not one.claimed, beside, row.key, row.evidence


def _of_upnp(candidate: Candidate) -> Sighting:
    return Sighting(candidate, candidate.addresses[0], weak=True, claimed=True, gone=candidate.gone)


def _alone(sightings: Iterable[Sighting]) -> set[str]:
    """Addresses with exactly one Matter device and exactly one HomeKit accessory, neither of them a bridge."""
    count = Counter((address, one.single) for one in sightings if one.single for address in one.candidate.addresses)
    return {address for address, _ in count if all(count[address, type] == 1 for type in _BRIDGES)}


def _shared(sightings: Iterable[Sighting]) -> set[str]:
    """Identities carried by several services of one type, such as a bridge's address on each of its accessories."""
    seen: set[tuple[str, str]] = set()
    shared: set[str] = set()
    for one in sightings:
        type = one.candidate.evidence[0] if one.candidate.evidence else ""
        if one.identity and (one.identity, type) in seen:
            shared.add(one.identity)
        seen.add((one.identity, type))
    return shared


def _joined(first: Sighting, more: Sighting) -> Sighting:
    """Merges two sightings: the first keeps its identity, gaps are filled, addresses and evidence are united, TLS is
    preferred. One that is gone adds nothing to one that is there.
    """
    if more.gone and not first.gone:
        return first
    a, b = first.candidate, more.candidate
    if (
        a.key == b.key
        and dict(b.facts).get("scheme", "").endswith("s")
        and not dict(a.facts).get("scheme", "").endswith("s")
    ):
        a = replace(a, port=b.port, facts=b.facts, needs=b.needs)
    facts = dict(b.facts) | dict(a.facts) if a.protocol == b.protocol else dict(a.facts)
    return replace(
        first,
        candidate=replace(
            a,
            maker=a.maker or b.maker,
            model=a.model or b.model,
            firmware=a.firmware or b.firmware,
            addresses=_in_order((*a.addresses, *b.addresses)),
            evidence=tuple(dict.fromkeys((*a.evidence, *b.evidence)))[:16],
            facts=tuple(sorted(facts.items())),
        ),
    )


def _in_order(addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses without duplicates, IPv4 before IPv6, link-local last, at most 16."""
    return tuple(sorted(dict.fromkeys(addresses), key=lambda address: (":" in address, address.startswith("fe80"))))[
        :16
    ]
