"""A problem is a value: what happened, where, what to do, and whether trying again makes sense."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a problem matters to the person who reads it."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that went wrong. Every text is plain text, ready to be read by a person."""

    code: str
    """Stable and machine readable, e.g. `ifc.truncated`, `matter.wrong_code`."""
    what: str
    where: str = ""
    """File and line, device, room or address."""
    remedy: str
    retry: bool = False
    severity: Severity = Severity.ERROR
    detail: str = ""
    """The library's own text, for whoever wants to dig."""

    def as_json(self) -> dict[str, object]:
        """The problem as `--json` prints it."""
        return asdict(self)

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.what}{place}. {self.remedy}"


class ProblemError(Exception):
    """Carries problems across a border where the only way out is an exception."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def mistake(error: BaseException, where: str = "") -> Problem:
    """What an unexpected exception looks like to a person; its text is kept as detail."""
    return Problem(
        code="oikos.mistake",
        what="Oikos made a mistake",
        where=where,
        remedy="Your data is safe. Try again, and send us the detail if it happens twice",
        retry=True,
        detail=f"{type(error).__name__}: {error}",
    )
