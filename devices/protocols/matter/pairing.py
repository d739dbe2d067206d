"""Commissioning in words: the stages a person follows, and what a failure means. Pure but for the clock passed in."""

from __future__ import annotations

from collections.abc import Callable

from twin.model.candidate import CommissioningStage, StageState
from twin.model.problem import Problem

TITLES = {
    "find": "Looking for the device",
    "secure": "Opening a secure channel with the code",
    "trust": "Checking the device's certificate",
    "join": "Taking it into your network",
    "describe": "Reading what it can do",
}
"""In the order in which they come."""

_BEGINS = {
    "Found": "secure",
    "ReadCommissioningInfo": "trust",
    "SendOpCertSigningRequest": "join",
    "Cleanup": "describe",
}
"""chip-core's step -> the stage that begins with it."""


class CommissioningStages:
    """Tells each stage once when it begins and once when it ends; an earlier one that was skipped is done."""

    def __init__(self, tell: Callable[[CommissioningStage], None], clock: Callable[[], float]) -> None:
        self._tell, self._clock = tell, clock
        self._began = clock()
        self._order = list(TITLES)
        self._now = ""

    def begin(self, name: str) -> None:
        """This stage begins; going back is ignored (a device may be found twice)."""
        at = self._order.index(self._now) if self._now else -1
        if self._order.index(name) <= at:
            return
        for passed in self._order[max(at, 0) : self._order.index(name)]:
            if passed != self._now:
                self._began = self._clock()
                self._say(passed, StageState.STARTED)
            self._say(passed, StageState.DONE)
        self._now, self._began = name, self._clock()
        self._say(name, StageState.STARTED)

    def step(self, step: str) -> None:
        """chip-core begins a step of its own."""
        if name := _BEGINS.get(step):
            self.begin(name)

    def done(self) -> None:
        """Everything went well."""
        self.begin(self._order[-1])
        self._say(self._now, StageState.DONE)

    def failed(self, problem: Problem) -> None:
        """The stage under way failed."""
        self._say(self._now or self._order[0], StageState.FAILED, problem)

    def _say(self, name: str, state: StageState, problem: Problem | None = None) -> None:
        seconds = 0.0 if state is StageState.STARTED else self._clock() - self._began
        self._tell(CommissioningStage(stage=name, title=TITLES[name], state=state, seconds=seconds, problem=problem))


_FAILURES: dict[str, tuple[str, str, bool]] = {
    "invalid_code": ("The pairing code cannot be right", "Type it again from the device", False),
    "wrong_code": (
        "A device was found, but it refused this code",
        "Take the code from this very device. With two devices in pairing mode, leave only one on",
        True,
    ),
    "not_found": (
        "No device with this code is in pairing mode on this network",
        "Put it into pairing mode and near the network. If another app has it, ask that app for a sharing code",
        True,
    ),
    "not_trusted": (
        "The device cannot prove that it is certified for Matter",
        "Allow Oikos to ask the internet (it then fetches the list of makers), or buy a certified device",
        False,
    ),
    "busy": ("The device is busy with another pairing", "Wait a minute, or switch it off and on, and try again", True),
    "no_network": (
        "There is no network that the device could be on",
        "Connect this computer to the home's network (cable or Wi-Fi)",
        True,
    ),
    "gone": ("The Matter server went away meanwhile", "It starts again by itself; then try once more", True),
    "slow": ("The pairing takes too long", "Switch the device off and on, and try once more", True),
}


def failure(details: str) -> Problem:
    """The problem for what the server answered, `reason: text`."""
    reason = details.partition(":")[0].strip()
    if reason.startswith("failed_at_"):
        step = reason.removeprefix("failed_at_")
        return Problem(
            code="matter.failed",
            what=f"The device broke off while it was paired (at {step})",
            remedy="Switch it off and on, wait a minute, and try again",
            retry=True,
            detail=details,
        )
    reason = reason if reason in _FAILURES else next((word for text, word in _TEXTS if text in details.lower()), "")
    what, remedy, retry = _FAILURES.get(reason) or ("The device could not be paired", "Try again", True)
    return Problem(code=f"matter.{reason or 'failed'}", what=what, remedy=remedy, retry=retry, detail=details)


_TEXTS = (
    ("checksum", "invalid_code"),
    ("discover", "not_found"),
    ("timeout", "not_found"),
    ("attestation", "not_trusted"),
)
"""What servers of others say, lower case."""
