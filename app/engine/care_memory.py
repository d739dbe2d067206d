"""What care keeps: the consent as a setting of the project, the question and the log in the memory of the rules."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Self, cast

import msgspec

from twin.model.care import CareConsent, CareKind, CareQuestion
from twin.model.text import Text, as_text
from twin.store.project import Project
from twin.store.project.kept_settings import CARE_ENDED

MEMORY = "care"
"""Name of the part of the rule memory that has the question and the log of a person; behind it the key of her consent."""


class KeptEvent(msgspec.Struct):
    """One row of the log: UTC ms, and its text as JSON."""

    time_ms: int
    text: Any

    def read(self) -> Text:
        """The text; an unreadable one is empty."""
        return as_text(self.text) or Text("text.library", text="")


class CareMemory(msgspec.Struct):
    """The question that waits, the last answer, notices that last, and the log, the newest first. Times are UTC ms."""

    question: CareQuestion | None = None
    answered_ms: int = 0
    notices: dict[CareKind, int] = {}
    log: list[KeptEvent] = []
    saved: str = ""

    @classmethod
    def read(cls, body: str) -> Self:
        """The memory in its stored form; a new one where that is unreadable."""
        try:
            found = msgspec.json.decode(body, type=cls) if body else cls()
        except msgspec.DecodeError:
            found = cls()
        found.saved = body
        return found

    def changed(self) -> str | None:
        """The form to store; None where it is stored already."""
        before, self.saved = self.saved, ""
        body = msgspec.json.encode(self).decode()
        self.saved = body
        return body if body != before else None


def kept_consents(consents: Iterable[CareConsent]) -> object:
    """Consents as a JSON value; None without any."""
    return [msgspec.to_builtins(one) for one in consents] or None


def read_consents(stored: object) -> tuple[CareConsent, ...]:
    """The consents in the value of a setting, one for each person, those that can be read. Older projects have a single one
    in it."""
    found = list[CareConsent]()
    for one in cast("list[object]", stored if isinstance(stored, list) else [stored] if stored else []):
        with suppress(msgspec.ValidationError):
            found.append(msgspec.convert(cast("Any", one), CareConsent))
    return tuple({one.key: one for one in found}.values())


def memory_name(key: str) -> str:
    """Name of the part of the rule memory that is of the consent with this key."""
    return f"{MEMORY}:{key}" if key else MEMORY


def ended_care(project: Project) -> dict[str, str]:
    """By key of a consent, the name of each person whose care has ended while something still tells of it."""
    return dict(cast("dict[str, str]", project.setting(CARE_ENDED) or {}))
