"""Stages of commissioning as shown to users, and problems for its failures. Pure; the clock is passed in."""

from __future__ import annotations

from collections.abc import Callable

from twin.model.candidate import CommissioningStage, StageState
from twin.model.problem import Problem
from twin.model.text import Text

STAGES = ("find", "secure", "trust", "join", "describe")
"""The stages of commissioning in their order."""

_BEGINS = {
    "Found": "secure",
    "ReadCommissioningInfo": "trust",
    "SendOpCertSigningRequest": "join",
    "SendComplete": "describe",
    "GetInitialData": "trust",
    "OperationalCredentials.Certificates": "join",
    "OperationalCredentials.UpdateFabricLabel": "describe",
}
"""Step of chip-core or matter.js to the stage that begins with it."""


class CommissioningStages:
    """Reports each stage once at its start and once at its end; a skipped earlier stage is reported as done."""

    def __init__(self, tell: Callable[[CommissioningStage], None], clock: Callable[[], float]) -> None:
        self._on_stage, self._clock = tell, clock
        self._began = clock()
        self._order: list[str] = list(STAGES)
        self._now = ""

    def begin(self, name: str) -> None:
        """Starts a stage; an earlier or the same stage is ignored (a device may be found twice)."""
        at = self._order.index(self._now) if self._now else -1
        if self._order.index(name) <= at:
            return
        for passed in self._order[max(at, 0) : self._order.index(name)]:
            if passed != self._now:
                self._began = self._clock()
                self._report(passed, StageState.STARTED)
            self._report(passed, StageState.DONE)
        self._now, self._began = name, self._clock()
        self._report(name, StageState.STARTED)

    def step(self, step: str) -> None:
        """Processes the start of a step of the server."""
        if name := _BEGINS.get(step):
            self.begin(name)

    def done(self) -> None:
        """Begins the last stage and reports it as done."""
        self.begin(self._order[-1])
        self._report(self._now, StageState.DONE)

    def failed(self, problem: Problem) -> None:
        """Reports the current stage as failed."""
        self._report(self._now or self._order[0], StageState.FAILED, problem)

    def _report(self, name: str, state: StageState, problem: Problem | None = None) -> None:
        seconds = 0.0 if state is StageState.STARTED else self._clock() - self._began
        self._on_stage(
            CommissioningStage(
                stage=name, title=Text(f"pair.stage.{name}"), state=state, seconds=seconds, problem=problem
            )
        )


_FAILURES: dict[str, bool] = {
    "invalid_code": False,
    "wrong_code": True,
    "not_found": True,
    "not_trusted": False,
    "busy": True,
    "no_network": True,
    "gone": True,
    "slow": True,
}
"""Reason from the server to whether a retry makes sense."""


def failure(details: str) -> Problem:
    """The problem for the server's answer, `reason: text`."""
    reason = details.partition(":")[0].strip()
    if reason.startswith("failed_at_"):
        step = reason.removeprefix("failed_at_")
        return Problem(code="matter.failed_at", args={"step": step}, retry=True, detail=details)
    reason = reason if reason in _FAILURES else next((word for text, word in _TEXTS if text in details.lower()), "")
    if reason == "invalid_code":
        return Problem(code="matter.invalid_code", args={"why": Text("matter.code.refused")}, detail=details)
    code = "matter.slow_pairing" if reason == "slow" else f"matter.{reason or 'failed'}"
    return Problem(code=code, retry=_FAILURES.get(reason, True), detail=details)


_TEXTS = (
    ("checksum", "invalid_code"),
    ("discover", "not_found"),
    ("timeout", "not_found"),
    ("attestation", "not_trusted"),
)
"""Failure texts of other servers, in lower case, to keys of `_FAILURES`."""
