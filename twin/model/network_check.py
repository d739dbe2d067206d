"""Results of the network checks: whether devices can be discovered and reached from this machine."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.text import Text

JOB = "network check"
"""Name of the job in Progress, for `cancel`."""


class CheckVerdict(StrEnum):
    """Outcome of a check; UNKNOWN where there is no evidence: nothing answered, or the check is not permitted."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkFinding:
    """The result of one check, with its evidence."""

    verdict: CheckVerdict
    evidence: Text
    """Text whose code's second part is the check's name, e.g. `network.multicast.refused`."""
    interface: str = ""
    """Network interface concerned; empty for the whole machine."""

    @property
    def check(self) -> str:
        """Name of the check: `interfaces`, `vpn`, `ipv6`, `multicast`, `port`, `firewall`, `thread`, `clock`."""
        return self.evidence.code.split(".")[1]

    @property
    def to_do(self) -> Text | None:
        """The next step to take; None where the check passed."""
        return None if self.verdict is CheckVerdict.PASS else Text(f"{self.evidence.code}.remedy", **self.evidence.args)
