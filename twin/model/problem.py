"""Problems as values: what happened, where, what to do, and whether a retry makes sense."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from twin.model.text import Args, Text, described, plain_args


class Severity(StrEnum):
    """Severity of a problem for the user."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that went wrong, as data.

    The catalogues of texts have two sentences for `code`: `code` is what happened, `code.remedy` what to do; both may
    use `args`.
    """

    code: str
    """Stable and machine readable, e.g. `ifc.truncated`, `matter.wrong_code`."""
    args: Args = field(default_factory=dict[str, Any], hash=False)
    where: str = ""
    """File and line, device, room or address that the problem concerns."""
    remedy: Text | None = None
    """Remedy, where it differs from the sentence `code.remedy`."""
    retry: bool = False
    severity: Severity = Severity.ERROR
    detail: str = ""
    """The library's own message, never translated."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "args", plain_args(self.args))

    @property
    def what(self) -> Text:
        """The sentence that describes what happened."""
        return Text(self.code, **self.args)

    @property
    def to_do(self) -> Text:
        """The sentence that describes what to do: `remedy`, else that of the code."""
        return self.remedy or Text(f"{self.code}.remedy", **self.args)

    def __str__(self) -> str:
        place = f" at {self.where}" if self.where else ""
        return f"{described(self.code, self.args)}{place}{f': {self.detail}' if self.detail else ''}"


_OURS = ("app", "twin", "devices")


class ProblemError(Exception):
    """Carries problems through code where an exception is the only way out."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def mistake(error: BaseException, where: str = "") -> Problem:
    """The problem for an unexpected exception; its message becomes the detail."""
    detail = f"{type(error).__name__}: {error}"
    if package := missing_package(error):
        return Problem(code="oikos.environment", args={"package": package}, where=where, detail=detail)
    return Problem(code="oikos.mistake", where=where, retry=True, detail=detail)


def missing_package(error: BaseException) -> str:
    """Name of the package that is missing or too old in this environment; empty where the error is another one."""
    if not isinstance(error, ImportError):
        return ""
    if not isinstance(error, ModuleNotFoundError) and not str(error).startswith("cannot import name"):
        return ""  # a library of the system is missing, or the package is damaged
    package = (error.name or "").partition(".")[0]
    return "" if package in _OURS else package
