"""What older projects and broken withdrawals leave of persons whose care has ended: renamed, and deleted. Imported by projects
that need it."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import msgspec
from msgspec.structs import replace

from app.engine.care_memory import MEMORY, ended_care, memory_name, read_consents
from app.i18n import sentence
from twin.model.care import CareKind
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.alarm_list import kept_title
from twin.rules.care_alarms import care_alarms, care_ids, care_key, is_of_care, with_keys
from twin.rules.definition_body import read_rules
from twin.rules.notification import Message, MessageKind, Outbox, unaddressed
from twin.store.history import History
from twin.store.history.rule_records import OUTBOX, RuleRecord
from twin.store.project import Project
from twin.store.project.kept_settings import CARE, CARE_ENDED, CARE_RENAMED


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
