"""What care keeps: the consent as a setting of the project, the question and the log in the memory of the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Self, cast

import msgspec
from msgspec.structs import replace

from app.i18n import sentence
from twin.model.care import CareConsent, CareKind, CareQuestion
from twin.model.text import Text, as_text
from twin.model.twin import Twin
from twin.rules.alarm_list import kept_title
from twin.rules.care_alarms import care_alarms, care_ids, care_key, is_of_care, with_keys
from twin.rules.definition_body import read_rules
from twin.rules.notification import Message, MessageKind, Outbox, unaddressed
from twin.store.history import History
from twin.store.history.rule_records import OUTBOX, RuleRecord
from twin.store.project import Project
from twin.store.project.kept_settings import CARE, CARE_ENDED, CARE_RENAMED

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


def rename_care(project: Project, history: History) -> None:
    """Lets the history of an older project name the new keys of persons in care, and notes what both still have of persons
    whose care has ended, for `end_care`. Blocks. Raises ProblemError."""
    keys = cast("dict[str, str]", project.setting(CARE_RENAMED))
    names = {memory_name(old): memory_name(new) for old, new in keys.items()}
    there = {one.key for one in read_consents(project.setting(CARE))}
    gone = set(keys.values()) - there

    def renamed(text: str) -> str:
        text = names.get(text) or with_keys(text, keys)
        of = {text.removeprefix(f"{MEMORY}:")} if text.startswith(f"{MEMORY}:") else set[str]()
        gone.update((of | {care_key(alarm) for alarm in care_ids(text)}) - there)
        return text

    _keep_outbox(history, lambda outbox: _without_names(outbox, project.twin(), renamed))
    history.rules.rewrite(MEMORY, renamed).result()
    old = {new: name for name, new in keys.items()}
    project.set_setting(CARE_ENDED, ended_care(project) | {key: old.get(key, key) for key in gone})
    project.set_setting(CARE_RENAMED, None)


def ended_care(project: Project) -> dict[str, str]:
    """By key of a consent, the name of each person whose care has ended while something still tells of it."""
    return dict(cast("dict[str, str]", project.setting(CARE_ENDED) or {}))


def end_care(project: Project, history: History) -> None:
    """Deletes what a project and its history still have of persons whose care has ended, where that could not be done before,
    and writes the project's file anew. Blocks. Raises ProblemError."""
    for key, name in (ended := ended_care(project)).items():
        alarms = [one.id for one in care_alarms(tuple(CareKind), key)]
        _keep_outbox(history, lambda outbox, mine=alarms: unaddressed(outbox, mine))
        history.rules.forget(alarms, memory_name(key)).result()
        project.forget_person(alarms, name)
    if ended:
        project.set_setting(CARE_ENDED, {})  # before, since it has the names
    project.rewrite()
    project.set_setting(CARE_ENDED, None)


def _keep_outbox(history: History, change: Callable[[Outbox], Outbox]) -> None:
    """Keeps what `change` makes of the messages that wait; an unreadable outbox, of which nothing is delivered, is emptied."""
    body = history.rules.memory().get(OUTBOX)
    if body is None:
        return
    try:
        outbox = change(msgspec.json.decode(body, type=Outbox))
    except msgspec.DecodeError:
        outbox = Outbox()
    kept = msgspec.json.encode(outbox, order="deterministic").decode()
    if kept != body:
        history.rules.keep(RuleRecord(memory={OUTBOX: kept})).result()


def _without_names(outbox: Outbox, twin: Twin, renamed: Callable[[str], str]) -> Outbox:
    """The outbox with the new keys; alarms of care are titled without the name that older projects have in their titles."""
    definitions = read_rules(twin.definitions).alarms

    def stripped(message: Message) -> Message:
        message = replace(message, alarm=renamed(message.alarm))
        known = definitions.get(message.alarm)
        if not is_of_care(message.alarm) or message.kind is MessageKind.NOTICE:
            return message
        made = Text(f"alarm.of.{message.alarm.partition(':')[0]}") if known is None else kept_title(known, twin)
        title = sentence(made)
        if message.kind is MessageKind.RETURNED:
            title = sentence(Text("notify.returned", alarm=title))
        return replace(message, title=title)

    return replace(outbox, deliveries=tuple(replace(one, message=stripped(one.message)) for one in outbox.deliveries))
