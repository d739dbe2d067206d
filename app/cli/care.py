"""`oikos care`: looks after persons who have agreed to it; asks each of them first. It is no medical alarm."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import sentence, tr, translate
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.engine.engine import Engine
    from twin.model.care import CareConsent, CareSetup, CareStatus
    from twin.model.ids import PointId
    from twin.model.twin import Twin

KINDS = ("silence", "morning", "bath", "night", "door", "change")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project, and what the person decides."""
    from app.cli.framework.parsing import duration

    parser.add_argument("project")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--agree", metavar="NAME", help="record the consent of this person to what is named, or proposed")
    what.add_argument("--withdraw", action="store_true", help="end it and delete what was learned")
    what.add_argument("--pause", type=duration, metavar="14d", help="look at nothing for so long")
    what.add_argument("--resume", action="store_true", help="end the pause")
    what.add_argument("--well", action="store_true", help="the person's answer that she is well")
    parser.add_argument("--person", metavar="NAME", default="", help="of several in care, whom it is about")
    what.add_argument("--offer", action="store_true", help="which sensors may be looked at")
    for role, text in (
        ("inside", "a sensor whose changes are signs of the person"),
        ("bath", "such a sensor in a bathroom"),
        ("door", "the contact or lock of an outer door"),
    ):
        parser.add_argument(f"--{role}", action="append", default=[], metavar="POINT", help=text)
    parser.add_argument(
        "--contact",
        action="append",
        default=[],
        metavar="NAME",
        help="a recipient of notifications who is told, and no other",
    )
    parser.add_argument("--lamp", metavar="POINT", help="the switch of a lamp that blinks as the question")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=KINDS,
        metavar="KIND",
        help=f"do not watch for: {', '.join(KINDS)}",
    )
    parser.add_argument(
        "--delete-recordings", action="store_true", help="with --withdraw: what the sensors recorded, too"
    )


def run(args: argparse.Namespace) -> Outcome:
    """Does what is asked for, then prints what is known."""
    from app.cli.framework.project_access import working
    from twin.insight.care_texts import not_agreed

    with working(args.project, links=()) as engine:
        if args.offer:
            return _offered(engine.twin)
        _decide(args, engine)
        found = engine.care().result()
        name = (args.agree or args.person).strip().casefold()
        shown = [one for one in found if one.consent is not None and name in ("", one.consent.setup.person.casefold())]
        if name and not shown and not args.withdraw:
            if not engine.may("grants"):  # only administrators are answered with everybody
                raise ProblemError(Problem(code="care.private"))
            raise ProblemError(not_agreed(args.person, [one.consent for one in found if one.consent is not None]))
        return _outcome(shown, engine.twin, agreed=args.agree is not None)


def _decide(args: argparse.Namespace, engine: Engine) -> None:
    if args.agree:
        engine.agree_to_care(_setup(args, engine.twin)).result()
    elif args.withdraw:
        engine.withdraw_care(args.person, recordings=args.delete_recordings).result()
    elif args.pause is not None:
        engine.pause_care(engine.now_ms() + round(args.pause * 1000), args.person).result()
    elif args.resume:
        engine.pause_care(0, args.person).result()
    elif args.well:
        engine.answer_care(args.person).result()


def _setup(args: argparse.Namespace, twin: Twin) -> CareSetup:
    from twin.insight.care_sources import proposed_sources
    from twin.model.care import CareKind, CareRole, CareSetup, CareSource

    named = tuple(
        CareSource(point=_point(text, twin), role=CareRole(role))
        for role in ("inside", "bath", "door")
        for text in getattr(args, role)
    )
    return CareSetup(
        person=args.agree, sources=named or proposed_sources(twin),
        kinds=tuple(kind for kind in CareKind if kind.value not in args.without),
        lamp=_point(args.lamp, twin) if args.lamp else None, contacts=tuple(_recipient(one, twin) for one in args.contact),
    )  # fmt: skip


def _point(text: str, twin: Twin) -> PointId:
    from app.cli.framework.project_access import missing

    found = twin.find_point(text)
    if found is None:
        raise missing("point", text, twin)
    return found.id


def _recipient(text: str, twin: Twin) -> str:
    """Id of the recipient with this id or title."""
    found = next((one.id for one in twin.definitions.recipients if text in (one.id, one.title)), None)
    if found is None:
        raise ProblemError(Problem(code="unknown.recipient", args={"name": text}))
    return found


def _offered(twin: Twin) -> Outcome:
    from twin.insight.care_sources import possible_sources

    found = list(possible_sources(twin))
    document = {
        "sources": [
            {"point": one.point, "name": _name(one.point, twin), "role": one.role, "proposed": proposed}
            for one, proposed in found
        ]
    }
    rows = [
        (_name(one.point, twin), tr(one.role.value), translate("care.proposed") if proposed else "")
        for one, proposed in found
    ]
    return Outcome(document, tuple(columns(rows, ("name", "role", "what")) or [translate("care.no_sensors")]))


def _name(point: PointId, twin: Twin) -> str:
    found = twin.point_of.get(point)
    device = twin.device_of.get(found.device) if found is not None else None
    return f"{device.name}/{found.info.key}" if found is not None and device is not None else point


def _outcome(found: Sequence[CareStatus], twin: Twin, *, agreed: bool) -> Outcome:
    from twin.insight.care_judgement import KEPT_DAYS
    from twin.insight.care_texts import state_texts
    from twin.model.care import CareStatus

    lines = list[str]()
    for one in found or [CareStatus()]:
        lines += [sentence(text) for text in state_texts(one)]
        lines += [f"{utc(event.time_ms)}  {sentence(event.text)}" for event in one.events[:20]]
    if agreed:
        lines.append(translate("care.deletes", days=KEPT_DAYS))
    document = {"persons": [_document(one, twin) for one in found], "medical": False, "kept_days": KEPT_DAYS}
    return Outcome(document, (*lines, translate("care.not_medical")))


def _document(status: CareStatus, twin: Twin) -> dict[str, object]:
    consent, question = status.consent, status.question
    known = status.morning_min == status.morning_min
    return {
        "state": status.state, "at": utc(status.at_ms), "consent": _consent(consent, twin) if consent else None,
        "learned_days": status.learned_days, "learn_days": 28,
        "last_sign": utc(status.last_sign_ms) if status.last_sign_ms is not None else None,
        "silence_s": status.silence_ms / 1000, "limit_s": status.limit_ms / 1000,
        "away_since": utc(status.away_since_ms) if status.away_since_ms is not None else None,
        "question": {"kind": question.kind, "household": question.household, "asked": utc(question.asked_ms), "told": question.told} if question else None,
        "profile_h": [round(one / 3_600_000, 2) for one in status.profile_ms],
        "morning": f"{int(status.morning_min) // 60:02d}:{int(status.morning_min) % 60:02d}" if known else None,
        "common": [_name(one, twin) for one in status.common], "own": status.own,
        "unreachable": [_name(one, twin) for one in status.unreachable], "told": status.told,
        "events": [
            {"time": utc(one.time_ms), "code": one.text.code, "args": one.text.args, "text": sentence(one.text)}
            for one in status.events
        ],
    }  # fmt: skip


def _consent(consent: CareConsent, twin: Twin) -> dict[str, object]:
    setup = consent.setup
    return {
        "person": setup.person, "given": utc(consent.given_ms), "recorded_by": consent.recorded_by,
        "kinds": setup.kinds, "contacts": setup.contacts, "lamp": _name(setup.lamp, twin) if setup.lamp else None,
        "sources": [{"point": one.point, "name": _name(one.point, twin), "role": one.role} for one in setup.sources],
    }  # fmt: skip


VERB = Verb(sentence="look after persons who have agreed to it", arguments=arguments, run=run)
