"""`oikos checkout`: what is expected, found and tested per room; records the result of a device."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.cli.framework.output import columns, table_word, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate

if TYPE_CHECKING:
    from app.engine.history_recorder import LatestSample
    from twin.model.checkout import DeviceCheckout, Evidence
    from twin.model.checkout_tally import RoomTally
    from twin.model.device import Device
    from twin.model.ids import DeviceId, PointId
    from twin.model.twin import Twin

ANSWERS = ("yes", "no", "open")
_FIELDS = ("seen", "plausible", "right_room", "verdict", "note")


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the device, and what was tested of it."""
    parser.set_defaults(refuse=parser.error)
    parser.add_argument("project")
    parser.add_argument("device", nargs="?", help="id or name; without it, rooms and failed devices (--json: all)")
    parser.add_argument("--seen", choices=ANSWERS, help="does it report")
    parser.add_argument("--plausible", choices=ANSWERS, help="are its values plausible where it hangs")
    parser.add_argument(
        "--right-room", dest="right_room", choices=ANSWERS, help="does it hang in the room that the project says"
    )
    verdict = parser.add_mutually_exclusive_group()
    verdict.add_argument("--pass", dest="verdict", action="store_const", const="passed", help="it passed")
    verdict.add_argument("--fail", dest="verdict", action="store_const", const="failed", help="it failed")
    verdict.add_argument("--reset", action="store_const", const=True, help="forget what was tested of it")
    parser.add_argument("--note", help="what was seen")
    parser.add_argument(
        "--photo", metavar="FILE", help="a picture of it (JPEG, PNG or WebP); kept small, without EXIF data"
    )
    parser.add_argument("--photo-out", dest="photo_out", metavar="FILE", help="write the kept photo of it to FILE")


def run(args: argparse.Namespace) -> Outcome:
    """Lists rooms and devices; with a device only that one, after recording a result (one undo step) and writing its photo."""
    from app.cli.framework.project_access import missing, reading

    asked = [name for name in (*_FIELDS, "photo", "reset") if getattr(args, name) is not None]
    if (asked or args.photo_out) and not args.device:
        args.refuse(translate("cli.usage.checkout_device"))
    with reading(args.project) as project:
        device = project.twin.find_device(args.device) if args.device else None
        if args.device and device is None:
            raise missing("device", args.device, project.twin)
        now_ms = _now_ms()
        known = project.latest(project.twin.points, now_ms)
        seen = {one.id: _evidence(one, known, now_ms) for one in project.twin.devices}
        twin = project.twin
    if device is not None and asked:
        twin = _recorded(args, device, seen[device.id])
    if device is not None and args.photo_out:
        _write_photo(args.project, device, args.photo_out)
    return _listed(twin, seen, device)


def _now_ms() -> int:
    from app.engine.clock import utc_ms

    return utc_ms()


def _evidence(device: Device, known: Mapping[PointId, LatestSample], now_ms: int) -> Evidence:
    """Evidence of the device's last recorded values."""
    from app.engine.history_recorder import PRESENCE
    from twin.model.checkout import Reading, evidence
    from twin.model.ids import point_id

    there = known.get(point_id(device.id, PRESENCE))
    readings = (Reading(p, one.value, one.quality, one.time_ms) for p in device.points if (one := known.get(p.id)))
    return evidence(readings, None if there is None else bool(there.value), now_ms, device.protocol)


def _recorded(args: argparse.Namespace, device: Device, evidence: Evidence) -> Twin:
    """The twin after the result is recorded; with a verdict, open questions are answered by the evidence."""
    from dataclasses import replace

    from app.author import author
    from app.cli.framework.project_access import editing
    from twin.model.checkout import Answer, CheckoutVerdict, DeviceCheckout
    from twin.model.checkout_tally import checkouts_of, signed

    photos = kept_photo(args.photo) if args.photo else {}
    with editing(args.project) as project:
        kept = None if args.reset else checkouts_of(project.twin()).get(device.id)
        made = (kept or DeviceCheckout(id=device.id)).continued(project.twin().device_of.get(device.id, device))
        for name in ("seen", "plausible", "right_room"):
            if (given := getattr(args, name)) is not None:
                made = replace(made, time_ms=0, **{name: Answer(given)})
        if args.verdict is not None:
            made = replace(made, verdict=CheckoutVerdict(args.verdict), time_ms=0).completed(evidence)
        elif made.verdict is CheckoutVerdict.PASSED and not made.may_pass:
            made = replace(made, verdict=CheckoutVerdict.OPEN)
        if args.note is not None:
            made = replace(made, note=args.note)
        made = replace(made, photo=next(iter(photos), made.photo))
        return project.check_out(signed((made,), project.twin(), _now_ms(), author()), photos)


def kept_photo(path: str) -> dict[str, bytes]:
    """A photo by its SHA-256, made small and without EXIF data. ProblemError where it cannot be read."""
    from hashlib import sha256
    from pathlib import Path

    from twin.files.errors import os_problem
    from twin.files.opening import regular
    from twin.model.problem import ProblemError

    try:
        with regular(Path(path)).open("rb"):
            from app.view.report.checkout_photo import small_jpeg

            data = small_jpeg(path)
    except OSError as error:
        raise ProblemError(os_problem(error, Path(path), code="checkout.photo_unreadable")) from error
    return {sha256(data).hexdigest(): data}


def _write_photo(project: str, device: Device, out: str) -> None:
    """Writes the device's kept photo. Raises ProblemError where there is none, or where it cannot be written."""
    from pathlib import Path

    from app.cli.framework.project_access import reading
    from app.engine.exporting import own_files
    from twin.files import atomic
    from twin.files.errors import os_problem
    from twin.model.checkout_tally import checkouts_of
    from twin.model.problem import Problem, ProblemError

    with reading(project) as found:
        done = checkouts_of(found.twin).get(device.id)
        data = found.project.checkout_photo(done.photo) if done is not None and done.photo else None
        if data is None:
            raise ProblemError(Problem(code="checkout.without_photo", where=device.name))
        try:
            with atomic.writing(Path(out), atomic.PICTURE, never=own_files(found.project)) as file:
                file.write(data)
        except OSError as error:
            raise ProblemError(os_problem(error, Path(out), code="export.unwritable")) from error


def _listed(twin: Twin, seen: Mapping[DeviceId, Evidence], only: Device | None) -> Outcome:
    from twin.model.checkout import DeviceCheckout
    from twin.model.checkout_tally import checkouts_of, house_tally, tallies

    rows, done = tallies(twin), checkouts_of(twin)
    devices = [
        _device_row(twin, twin.device_of[one.id], done.get(one.id) or DeviceCheckout(id=one.id), seen.get(one.id))
        for one in ([only] if only else twin.devices)
    ]
    document = {
        "house": _tally_row(twin, house_tally(rows)),
        "rooms": [_tally_row(twin, one) for one in rows],
        "devices": devices,
    }
    table = [(_title(twin, one), *map(str, (one.expected, one.found, one.tested, one.failed))) for one in rows]
    house = house_tally(rows)
    table.append(
        (translate("cli.checkout.house"), *map(str, (house.expected, house.found, house.tested, house.failed)))
    )
    lines = columns(table, ("room", "expected", "found", "tested", "failed")) if only is None else []
    return Outcome(
        document, (*lines, *(_line(row) for row in devices if only is not None or row["verdict"] == "failed"))
    )


def _line(row: Mapping[str, object]) -> str:
    answers = " · ".join(
        f"{translate(f'checkout.{name}')}: {table_word(str(row[name]))}" for name in ("seen", "plausible", "right_room")
    )
    note = f" – {row['note']}" if row["note"] else ""
    return f"{row['name']}: {table_word(str(row['verdict']))} ({answers}){note}"


def _title(twin: Twin, tally: RoomTally) -> str:
    room = twin.room_of.get(tally.room) if tally.room else None
    return room.title if room else translate("cli.checkout.no_room")


def _tally_row(twin: Twin, one: RoomTally) -> dict[str, object]:
    room = twin.room_of.get(one.room) if one.room else None
    counts = {name: getattr(one, name) for name in ("expected", "found", "tested", "passed", "failed")}
    return {"room": one.room, "title": room.title if room else "", "storey": room.storey if room else None, **counts}


def _device_row(twin: Twin, device: Device, done: DeviceCheckout, evidence: Evidence | None) -> dict[str, object]:
    return {
        "id": device.id,
        "name": device.name,
        "room": device.room,
        **{name: str(getattr(done, name)) for name in _FIELDS},
        "photo": done.photo or None,
        "time": utc(done.time_ms) if done.time_ms else None,
        "author": done.author,
        "holds": done.tests(device),
        "reports": str(evidence.seen) if evidence else None,
        "values": str(evidence.plausible) if evidence else None,
        "unmeasured": [point.id for point in evidence.unmeasured] if evidence else [],
        "last_value": utc(evidence.last_ms) if evidence and evidence.last_ms else None,
    }


VERB = Verb(
    sentence="test the devices one by one: seen, plausible, right room, passed or failed", arguments=arguments, run=run
)
