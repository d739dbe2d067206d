"""`oikos warn`: early warnings of sensors, batteries, leaks and plant, what is still learned, and what was called normal."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, translate

if TYPE_CHECKING:
    from twin.model.early_warning import EarlyWarning, WarningReport
    from twin.model.twin import Twin


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and which warning is normal or not."""
    parser.add_argument("project")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--dismiss", metavar="ID", help="this warning is normal: hidden until it is half as large again")
    which.add_argument("--restore", metavar="ID", help="undo --dismiss: warn of it again")


def run(args: argparse.Namespace) -> Outcome:
    """Prints the warnings, after it has marked one as normal or not."""
    if not (args.dismiss or args.restore):
        return _listed(*_reported(args))
    from app.cli.framework.project_access import working

    with working(args.project, links=()) as engine:
        if args.dismiss:
            engine.dismiss_warning(args.dismiss).result()
        else:
            engine.restore_warning(args.restore).result()
        return _listed(engine.warnings().result(), engine.twin)


def _reported(args: argparse.Namespace) -> tuple[WarningReport, Twin]:
    from app.cli.framework.project_access import reading
    from app.cli.framework.running_engine import running
    from app.engine.clock import utc_ms
    from app.engine.warning_reports import WarningAccounts

    if (here := running()) is not None:
        return here.engine.warnings().result(), here.engine.twin
    with reading(args.project) as project:
        return WarningAccounts(project.twin, project.history).report(utc_ms()), project.twin


def _listed(report: WarningReport, twin: Twin) -> Outcome:
    from app.engine.warning_reports import marks
    from twin.insight.warning_texts import learning_text, summary_texts

    normal = tuple(marks(twin.definitions))
    document = {
        "at": utc(report.at_ms), "watched": report.watched, "alone": report.alone, "dismissed": report.dismissed,
        "warnings": [_warning_json(one, twin) for one in report.warnings],
        "learning": [
            {"point": one.point, "device": one.device, "days": one.days, "text": sentence(learning_text(one, twin))}
            for one in report.learning
        ],
        "normal": [
            {"id": one.id, "kind": one.kind, "point": one.point, "level": one.level, "created": utc(one.created_ms), "who": one.who}
            for one in normal
        ],
        "notes": [{"code": one.code, "args": one.args, "text": sentence(one)} for one in report.notes],
        "cpu_s": report.computed_s,
    }  # fmt: skip
    lines = [line for one in report.warnings for line in _lines(one)] or [translate("warning.none")]
    lines += [
        "",
        *(sentence(one) for one in summary_texts(report)),
        *(sentence(learning_text(one, twin)) for one in report.learning[:20]),
    ]
    if normal:
        lines += [
            "",
            translate("warning.normal"),
            *columns([(one.title, one.id, one.level) for one in normal], ("name", "id", "level")),
        ]
    return Outcome(document, tuple(lines))


def _lines(one: EarlyWarning) -> list[str]:
    from twin.insight.warning_texts import sure_text

    more = [sentence(sure_text(one)), *(sentence(text) for text in one.explanations), sentence(one.what_to_do)]
    return [sentence(one.text), *(f"  {line}" for line in more), f"  {one.id}"]


def _warning_json(one: EarlyWarning, twin: Twin) -> dict[str, object]:
    device = twin.device_of.get(one.device)
    return {
        "id": one.id, "kind": one.kind, "rule": one.rule, "fault": one.fault or None, "rules": [part.rule for part in one.parts], "kwh": one.kwh, "device": one.device, "name": device.name if device is not None else one.device,
        "point": one.point, "room": one.room, "since": utc(one.since_ms), "last": utc(one.last_ms), "score": one.score,
        "sure": one.sure, "place": one.place, "value": one.value, "expected": one.expected, "peers": one.peers,
        "also": one.also, "text": sentence(one.text), "explanations": [sentence(text) for text in one.explanations],
        "what_to_do": sentence(one.what_to_do),
    }  # fmt: skip


VERB = Verb(sentence="early warnings of faulty sensors and weak batteries", arguments=arguments, run=run)
