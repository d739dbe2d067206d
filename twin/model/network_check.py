"""What a check of the network found: whether devices can be discovered and reached from this machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.text import Text


class CheckVerdict(StrEnum):
    """What a check says. `UNKNOWN` where there is no evidence for either: nobody answered, or nobody may look."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFinding:
    """The result of one check, with its evidence."""

    verdict: CheckVerdict
    evidence: Text
    """The evidence: `network.multicast.refused`, whose second word is what was checked."""
    interface: str = ""
    """Which network interface it is about; empty where it is about the whole machine."""

    @property
    def check(self) -> str:
        """What was checked: `interfaces`, `vpn`, `ipv6`, `multicast`, `port`, `firewall`, `thread`, `clock`."""
        return self.evidence.code.split(".")[1]

    @property
    def to_do(self) -> Text | None:
        """The next step; None where all is well."""
        return None if self.verdict is CheckVerdict.PASS else Text(f"{self.evidence.code}.remedy", **self.evidence.args)
