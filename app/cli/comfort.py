"""`oikos comfort`: comfort and air of rooms in a day, week, month or year, and the evidence of a complaint."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, translate

if TYPE_CHECKING:
    from twin.model.ids import RoomId
    from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence, ComfortReport, RoomComfort
    from twin.model.twin import Twin

SPANS = ("day", "week", "month", "year")
MODELS = ("pmv", "adaptive")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the period, a room, and what is assumed."""
    from app.cli.framework.parsing import instant

    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("span", nargs="?", choices=SPANS, default="week", help="length of the period (week)")
    parser.add_argument(
        "--at", dest="at_ms", type=instant, default="now", metavar="T", help="a time in the period (now)"
    )
    parser.add_argument("--room", metavar="ROOM", help="this room only")
    parser.add_argument(
        "--evidence", action="store_true", help="with --room and --at: what is known then, and who set what"
    )
    parser.add_argument("--model", choices=MODELS, default="pmv", help="ISO 7730, or EN 16798-1 without cooling (pmv)")
    for name, text in (
        ("met", "activity: 1.2 at a desk, 1.6 in a kitchen, 0.8 asleep (1.2)"),
        ("clo", "clothing: 0.5 in summer, 1.0 in winter (by the weather, else 0.7)"),
        ("air", "air speed in m/s (0.1)"),
        ("radiant", "radiant temperature less the air's in K (0)"),
    ):
        parser.add_argument(f"--{name}", type=_number, metavar="N", help=text)


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(translate("cli.usage.number")) from error
    if not -20 <= value <= 20:
        raise argparse.ArgumentTypeError(translate("cli.usage.number"))
    return value


def run(args: argparse.Namespace) -> Outcome:
    """Prints the report, or the evidence of a room and time."""
    if args.evidence and not args.room:
        args.refuse(translate("cli.usage.evidence"))
    if args.evidence:
        return _evidence(*_asked(args))
    report, twin = _reported(args)
    document = {
        "span": report.span, "from": utc(report.from_ms), "to": utc(report.to_ms), "until": utc(report.until_ms),
        "zone": report.zone, "days": [utc(day) for day in report.days_ms.tolist()],
        "assumptions": _assumptions_json(report.assumptions), "outdoor": report.outdoor,
        "rooms": [_room_json(one, twin) for one in report.rooms],
        "notes": [{"code": one.code, "args": one.args, "text": sentence(one)} for one in report.notes],
        "cpu_s": report.computed_s,
    }  # fmt: skip
    return Outcome(document, tuple(_lines(report, twin)))


def _assumed(args: argparse.Namespace) -> ComfortAssumptions:
    from dataclasses import replace

    from twin.model.room_comfort import ComfortAssumptions, ComfortModel

    given = {"met": args.met, "clo": args.clo, "air_m_s": args.air, "radiant_offset_c": args.radiant}
    known = {name: value for name, value in given.items() if value is not None}
    return replace(ComfortAssumptions(model=ComfortModel(args.model)), **known)


def _room(args: argparse.Namespace, twin: Twin) -> RoomId | None:
    from app.engine.problems import unknown
    from twin.model.problem import ProblemError

    if not args.room:
        return None
    if (found := twin.find_room(args.room)) is None:
        raise ProblemError(unknown("room", args.room))
    return found.id


def _reported(args: argparse.Namespace) -> tuple[ComfortReport, Twin]:
    from dataclasses import replace

    from app.cli.framework.project_access import reading
    from app.cli.framework.running_engine import running
    from app.engine.clock import utc_ms
    from app.engine.comfort_reports import ComfortAccounts
    from app.engine.energy_reports import kept_setup
    from twin.model.energy import EnergySpan

    span, assumed = EnergySpan(args.span), _assumed(args)
    if (here := running()) is not None:
        twin = here.engine.twin
        only, found = _room(args, twin), here.engine.comfort(span, args.at_ms, assumed).result()
        return replace(found, rooms=tuple(one for one in found.rooms if only in (None, one.room))), twin
    with reading(args.project) as project:
        outdoor = kept_setup(project.project).outdoor
        accounts = ComfortAccounts(project.twin, project.history, outdoor)
        only = _room(args, project.twin)
        return accounts.report(span, args.at_ms, utc_ms(), assumed, only), project.twin


def _asked(args: argparse.Namespace) -> tuple[ComfortEvidence, Twin]:
    from app.cli.framework.project_access import reading
    from app.cli.framework.running_engine import running
    from app.engine.clock import utc_ms
    from app.engine.comfort_reports import ComfortAccounts
    from app.engine.energy_reports import kept_setup

    if (here := running()) is not None:
        twin = here.engine.twin
        room = _room(args, twin)
        assert room is not None  # noqa: S101 - it was named
        return here.engine.comfort_evidence(room, args.at_ms, _assumed(args)).result(), twin
    with reading(args.project) as project:
        room = _room(args, project.twin)
        assert room is not None  # noqa: S101 - it was named
        outdoor = kept_setup(project.project).outdoor
        accounts = ComfortAccounts(project.twin, project.history, outdoor)
        return accounts.evidence(room, args.at_ms, utc_ms(), _assumed(args)), project.twin


def _lines(report: ComfortReport, twin: Twin) -> list[str]:
    from twin.insight.comfort_texts import assumption_text, verdict_text

    rows = [
        (
            twin.room_of[one.room].title, one.mean_c, one.co2_high if one.co2_minutes is not None else None,
            one.air_changes, one.surface_humidity, sentence(verdict_text(one)),
        )
        for one in report.rooms
        if one.room in twin.room_of
    ]  # fmt: skip
    lines = columns(rows, ("name", "mean_c", "co2_high", "air_changes", "wall", "verdict"))
    lines = lines or [translate("comfort.no_rooms")]
    return [*lines, "", sentence(assumption_text(report.assumptions)), *(f"! {sentence(one)}" for one in report.notes)]


def _room_json(one: RoomComfort, twin: Twin) -> dict[str, object]:
    room = twin.room_of.get(one.room)
    return {
        "room": one.room, "name": room.title if room is not None else one.room, "storey": one.storey,
        "coverage": one.coverage, "occupied_known": one.occupied_known,
        "minutes": None if one.minutes is None else dict(zip(("a", "b", "c", "outside"), one.minutes, strict=True)),
        "too_cold": one.too_cold, "too_warm": one.too_warm, "degree_hours": one.degree_hours, "mean_c": one.mean_c,
        "low_c": one.low_c, "high_c": one.high_c, "pmv": one.pmv, "worst_at": utc(one.worst_ms), "worst": one.worst,
        "humidity": one.humidity, "co2_mean": one.co2_mean, "co2_high": one.co2_high,
        "co2_minutes_above": None if one.co2_minutes is None else dict(zip(("1000", "1400"), one.co2_minutes, strict=True)),
        "air_changes_per_h": one.air_changes, "air_changes_spread": one.air_changes_spread, "decays": one.decays,
        "air_per_person_l_s": one.air_per_person_l_s, "minutes_beyond_iso_7730": one.beyond_range,
        "dew_point_c": one.dew_point_c, "wall_humidity": one.surface_humidity, "mould_index": one.mould_index, "daily": one.daily,
    }  # fmt: skip


def _assumptions_json(assumed: ComfortAssumptions) -> dict[str, object]:
    return {
        "model": assumed.model, "met": assumed.met, "clo": assumed.clo, "air_m_s": assumed.air_m_s,
        "radiant_offset_c": assumed.radiant_offset_c, "humidity": assumed.humidity, "factor": assumed.factor,
    }  # fmt: skip


def _evidence(found: ComfortEvidence, twin: Twin) -> Outcome:
    from twin.insight.comfort_texts import air_texts, then_text, verdict_text

    document = {
        "room": found.room, "time": utc(found.time_ms), "temperature_c": found.temperature_c, "humidity": found.humidity,
        "co2_ppm": found.co2_ppm, "outdoor_c": found.outdoor_c, "pmv": found.pmv, "ppd": found.ppd,
        "day": None if found.day is None else _room_json(found.day, twin), "points": found.points,
        "commands": [
            {
                "time": utc(one.time_ms), "who": one.who, "device": one.device, "point": one.point, "verb": one.verb,
                "value": one.value, "result": one.result,
            }
            for one in found.commands
        ],
    }  # fmt: skip
    lines = [sentence(then_text(found, twin.room_of[found.room].title))]
    if found.day is not None:
        lines += [sentence(verdict_text(found.day)), *(sentence(one) for one in air_texts(found.day))]
    lines += ["", *command_lines(found, twin)]
    return Outcome(document, tuple(lines))


def command_lines(found: ComfortEvidence, twin: Twin) -> list[str]:
    """The commands of the evidence, a line each."""
    from twin.insight.comfort_texts import command_text

    return [sentence(command_text(one, twin)) for one in found.commands] or [translate("comfort.nothing_set")]


VERB = Verb(sentence="comfort and air of rooms, and the evidence of a complaint", arguments=arguments, run=run)
