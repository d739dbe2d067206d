"""What a check of the network found: whether devices can be discovered and reached from this machine."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

type Fact = str | int | float | tuple[str, ...]


class CheckVerdict(StrEnum):
    """What a check says. `UNKNOWN` where there is no evidence for either: nobody answered, or nobody may look."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFinding:
    """One thing that was checked. The sentences to `code` (evidence, next step) are in the catalogues of texts."""

    check: str
    """`interfaces`, `ipv6`, `multicast`, `port`, `firewall`, `vpn`, `thread`, `clock`."""
    verdict: CheckVerdict
    code: str
    """What was found: `network.multicast.refused`."""
    interface: str = ""
    """Which network interface it is about; empty where it is about the whole machine."""
    args: dict[str, Fact] = field(default_factory=dict[str, Fact])
    """The evidence: what the sentence to `code` is filled with."""
