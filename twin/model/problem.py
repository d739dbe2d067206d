"""A problem is a value: what happened, where, what to do, and whether trying again makes sense."""

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
    """One thing that went wrong, as data. The catalogues of texts have two sentences for its code: `code` says what
    happened, `code.remedy` what to do; both may use the arguments. Plain text, ready to be read by a person."""

    code: str
    """Stable and machine readable, e.g. `ifc.truncated`, `matter.wrong_code`."""
    args: Args = field(default_factory=dict[str, Any], hash=False)
    where: str = ""
    """File and line, device, room or address."""
    remedy: Text | None = None
    """Remedy, where it differs from the sentence `code.remedy`."""
    retry: bool = False
    severity: Severity = Severity.ERROR
    detail: str = ""
    """The library's own text, for whoever wants to dig; never translated."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "args", plain_args(self.args))

    @property
    def what(self) -> Text:
        """The sentence that says what happened."""
        return Text(self.code, **self.args)

    @property
    def to_do(self) -> Text:
        """The sentence that says what to do: the remedy, else that of the code."""
        return self.remedy or Text(f"{self.code}.remedy", **self.args)

    def __str__(self) -> str:
        place = f" at {self.where}" if self.where else ""
        return f"{described(self.code, self.args)}{place}{f': {self.detail}' if self.detail else ''}"


_OURS = ("app", "twin", "devices")


class ProblemError(Exception):
    """Carries problems across a border where the only way out is an exception."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def mistake(error: BaseException, where: str = "") -> Problem:
    """The problem for an unexpected exception; the text of the exception is kept as detail."""
    detail = f"{type(error).__name__}: {error}"
    if package := missing_package(error):
        return Problem(code="oikos.environment", args={"package": package}, where=where, detail=detail)
    return Problem(code="oikos.mistake", where=where, retry=True, detail=detail)


def missing_package(error: BaseException) -> str:
    """The package that this environment lacks, or has too old; empty where the error is another one."""
    if not isinstance(error, ImportError):
        return ""
    if not isinstance(error, ModuleNotFoundError) and not str(error).startswith("cannot import name"):
        return ""  # a library of the system is missing, or the package is damaged
    package = (error.name or "").partition(".")[0]
    return "" if package in _OURS else package
