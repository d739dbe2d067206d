"""Network cards of this machine by their names."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from time import monotonic

KNOWN_S = 1.0
"""Time for which the names of cards are known: reading them takes milliseconds, and many links ask at once."""


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


@dataclass(slots=True)
class _Names:
    """The name of each card by its names and addresses, as last read."""

    read_at: float = float("-inf")
    by_word: dict[str, str] = field(default_factory=dict[str, str])


_names = _Names()


def card_of(network: str) -> str:
    """The name of the card with this name or IPv4 address, at most KNOWN_S old; the text itself where there is none. Blocks briefly."""
    if not 0 <= monotonic() - _names.read_at < KNOWN_S:
        _names.by_word, _names.read_at = _read_names(), monotonic()
    return _names.by_word.get(network, network)


def _read_names() -> dict[str, str]:
    import ifaddr

    return {
        word: adapter.nice_name
        for adapter in reversed([*ifaddr.get_adapters()])  # of two with one name the first counts
        for word in (adapter.name, adapter.nice_name, *(one.ip for one in adapter.ips))
        if isinstance(word, str)
    }


def is_ipv4(text: str) -> bool:
    """Whether the text is an IPv4 address, and not the name of a card."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
