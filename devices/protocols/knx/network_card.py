"""Network cards of this machine by their names."""

from __future__ import annotations

import ipaddress


def ipv4_of(card: str) -> str:
    """The first IPv4 address of the card with this name; empty where it has none, or there is no such card. Blocks briefly."""
    import ifaddr

    return next(
        (
            one.ip
            for adapter in ifaddr.get_adapters()
            if card in (adapter.name, adapter.nice_name)
            for one in adapter.ips
            if isinstance(one.ip, str)
        ),
        "",
    )


def card_of(network: str) -> str:
    """The name of the card with this name or IPv4 address; the text itself where there is none. Blocks briefly."""
    import ifaddr

    return next(
        (
            adapter.nice_name
            for adapter in ifaddr.get_adapters()
            if network in (adapter.name, adapter.nice_name, *(one.ip for one in adapter.ips))
        ),
        network,
    )


def is_ipv4(text: str) -> bool:
    """Whether the text is an IPv4 address, and not the name of a card."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
