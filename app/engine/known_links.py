"""Recognises a link of the project that reaches a candidate at another address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from devices.link_local import named_in_url
from twin.model.candidate import Candidate
from twin.model.device import Link


def same_place(links: Sequence[Link], target: Candidate, link: Link) -> Link:
    """The link; it gets the id of a known link that reaches the same candidate at another address, to avoid a
    duplicate.
    """
    scheme, _, rest = link.address.partition("://")
    port = rest.rpartition(":")[2]
    shown = (f"[{address}]" if ":" in address else address for address in target.addresses)
    places = {f"{scheme}://{address}:{port}" for address in shown}
    others = [one for one in links if one.protocol == link.protocol and one.address != link.address]
    known = next((one for one in others if named_in_url(one.address) in places), None)
    return link if known is None else replace(link, id=known.id)
