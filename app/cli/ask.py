"""`oikos ask`: answers a plain question about the building."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.engine.reading import ProjectReader
    from twin.insight.answering import Known
    from twin.insight.question import Question, QuestionAnswer
    from twin.model.ids import DeviceId, PointId


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project and the question."""
    parser.add_argument("project")
    parser.add_argument("question", nargs="+", help='"which rooms on floor 2 were above 26° yesterday?"')


def run(args: argparse.Namespace) -> Outcome:
    """Prints the answer; another program may have the project open."""
    from app.cli.framework.project_access import reading
    from app.engine.clock import utc_ms
    from app.engine.energy_reports import kept_setup
    from app.i18n.numbers import temperature_unit
    from app.questions import capability_titles
    from app.site_time import zone_of
    from twin.insight.answering import answer, points_of
    from twin.insight.meter_tree import main_meters
    from twin.insight.question_parser import parsed

    with reading(args.project) as project:
        twin, now_ms = project.twin, utc_ms()
        question = parsed(
            " ".join(args.question), twin, now_ms, zone_of(twin.site), capability_titles(),
            in_fahrenheit=temperature_unit() == "°F",
        )  # fmt: skip
        mains = main_meters(twin, kept_setup(project.project))
        known = _known(project, question, points_of(question, twin, mains), now_ms)
        found = answer(question, known, mains)
    return Outcome(_document(question, found), tuple(_lines(found)))


def _known(project: ProjectReader, question: Question, points: Sequence[PointId], now_ms: int) -> Known:
    from app.cli.alarms import known_alarms
    from twin.insight.answering import Known
    from twin.insight.held_values import columns_wanted
    from twin.insight.question import Subject

    period, history, twin = question.period, project.history, project.twin
    now, online = _present(project, points, now_ms)
    recorder = project.recorder(now_ms)
    ended_ms = recorder.last_ms if recorder is not None and recorder.stopped else None
    alarms = known_alarms(project) if question.subject is Subject.ALARMS else ()
    if period is None or history is None or period.to_ms <= period.from_ms:
        return Known(twin, now, online=online, alarms=alarms, recorded_to_ms=ended_ms)
    counters = points if question.subject is Subject.USE else ()
    used = _used(project, counters, period.from_ms, period.to_ms)
    found = history.columns(list(points), period.from_ms, period.to_ms, columns_wanted(period))
    return Known(twin, now, {one.point: one for one in found}, used_wh=used, online=online, alarms=alarms)


def _present(
    project: ProjectReader, points: Sequence[PointId], now_ms: int
) -> tuple[dict[PointId, float], dict[DeviceId, bool]]:
    """Present values and presence by the newest samples; nothing where there is no recorder at work."""
    from app.engine.history_recorder import PRESENCE
    from twin.model.ids import point_id
    from twin.model.observation import Quality

    twin, recorder = project.twin, project.recorder(now_ms)
    known = project.latest(twin.points, now_ms)
    if recorder is None or recorder.stopped:
        return {}, {}
    online = {
        device.id: bool(there.value) for device in twin.devices
        if (there := known.get(point_id(device.id, PRESENCE))) is not None and there.quality is not Quality.UNCERTAIN
    }  # fmt: skip
    now = {
        point: float(found.value) for point in points
        if (found := known.get(point)) is not None and found.quality is Quality.GOOD
        and online.get(twin.point_of[point].device, True)
    }  # fmt: skip
    return now, online


def _used(project: ProjectReader, points: Sequence[PointId], from_ms: int, to_ms: int) -> Mapping[PointId, float]:
    import numpy as np

    found: dict[PointId, float] = {}
    for point in points:
        used = project.history.consumption(point, np.array([from_ms, to_ms])) if project.history is not None else None
        if used is not None and np.isfinite(used.total):
            found[point] = used.total
    return found


def _document(question: Question, found: QuestionAnswer) -> dict[str, object]:
    from app.questions import duration_text, value_text

    period = question.period
    return {
        "understood": [{"code": one.code, "args": one.args, "text": sentence(one)} for one in found.understood],
        "answer": sentence(found.sentence), "code": found.sentence.code, "args": found.sentence.args,
        "from": utc(period.from_ms) if period is not None else None,
        "to": utc(period.to_ms) if period is not None else None,
        "rows": [
            {
                "name": row.name, "room": row.room, "device": row.device, "point": row.point,
                "capability": row.capability, "value": row.value, "shown": value_text(row),
                "duration_s": None if row.duration_ms is None else row.duration_ms / 1000, "for": duration_text(row),
                "text": sentence(row.text) if row.text is not None else "",
            }
            for row in found.rows
        ],
        "points": list(found.points),
        "notes": [{"code": one.code, "args": one.args, "text": sentence(one)} for one in found.notes],
    }  # fmt: skip


def _lines(found: QuestionAnswer) -> list[str]:
    from app.questions import duration_text, note_texts, understood_text, value_text

    rows = [
        (row.name, sentence(row.text) if row.text is not None else "", value_text(row), duration_text(row))
        for row in found.rows
    ]
    filled = [at for at in range(4) if any(row[at] for row in rows)]
    table = columns([tuple(row[at] for at in filled) for row in rows]) if len(rows) > 1 or filled[2:] else []
    return [understood_text(found), "", sentence(found.sentence), *table, *note_texts(found)]


VERB = Verb(sentence="a plain question about the building, and its answer", arguments=arguments, run=run)
