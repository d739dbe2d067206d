"""`oikos info`: rooms, devices and newest values of a project."""

from __future__ import annotations

import argparse
from typing import cast

from app.cli.framework import output
from app.cli.framework.output import columns, in_words, kind_word, point_title, table_word, utc
from app.cli.framework.verb import Outcome, Verb
from app.i18n import tr, translate
from twin.model.text import Text

type InfoRows = list[dict[str, object]]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the project."""
    parser.add_argument("project")


def run(args: argparse.Namespace) -> Outcome:
    """Reads the project and the newest values; another program may have it open."""
    from app.cli.framework.project_access import reading
    from app.engine.clock import utc_ms

    with reading(args.project) as project:
        document = project.info(utc_ms())
        recorder = project.recorder(utc_ms())
    stamped(document)
    head, *rest = lines(document)
    printed = (translate("cli.info.recorder", project=head, recorder=recorder.text) if recorder else head, *rest)
    return Outcome(document, printed)


def stamped(document: dict[str, object]) -> None:
    """Replaces the document's times (UTC ms) by ISO 8601."""
    for device in cast(InfoRows, document["devices"]):
        device["last_seen"] = utc(cast("int | None", device["last_seen"]))
    for point in cast(InfoRows, document["points"]):
        point["time"] = utc(cast("int | None", point["time"]))
    if (recorder := cast("dict[str, object] | None", document["recorder"])) is not None:
        document["recorder"] = output.stamped(recorder)


def lines(document: dict[str, object]) -> list[str]:
    """Lines for users: counts, rooms, devices with their values."""
    rooms, devices, points = (cast(InfoRows, document[part]) for part in ("rooms", "devices", "points"))
    storeys = cast(InfoRows, document["storeys"])
    level = {storey["id"]: storey["name"] for storey in storeys}
    room_name = {room["id"]: f"{room['number']} {room['name']}".strip() for room in rooms}
    counts = [
        Text("cli.count.storeys", n=len(storeys)),
        Text("cli.count.rooms", n=len(rooms)),
        Text("cli.count.devices", n=len(devices)),
    ]
    out = [translate("cli.info.project", name=document["name"], counts=counts)]
    if rooms:
        out += ["", *columns(((room_name[r["id"]], level.get(r["storey"]), r["area_m2"]) for r in rooms), ("room", "storey", "area"))]  # fmt: skip
    for part, one, many in (("zones", "zone", "rooms"), ("systems", "system", "placeholders")):
        if found := cast(InfoRows, document.get(part, [])):
            sizes = ((row["name"], len(cast("list[str]", row[many]))) for row in found)
            out += ["", *columns(sizes, (one, "rooms" if many == "rooms" else "devices"))]
    if devices:
        out += ["", *columns(((d["name"], kind_word(str(d["kind"])), d["protocol"], room_name.get(d["room"], "-"), _state(d), d["last_seen"]) for d in devices), ("device", "kind", "protocol", "room", "state", "last_seen"))]  # fmt: skip
    out += _waiting(document, room_name)
    if points:
        names = {device["id"]: device["name"] for device in devices}
        out += ["", *columns(((names[p["device"]], point_title(p), in_words(p), p["unit"], p["quality"] and table_word(str(p["quality"]))) for p in points), ("device", "point", "value", "unit", "quality"))]  # fmt: skip
    return out


def _state(device: dict[str, object]) -> str:
    """Word for a device's presence: online, offline, never seen, or unknown where the recorder stopped."""
    if device["online"] is None:
        return tr("unknown") if device["last_seen"] else tr("never seen")
    return tr("online") if device["online"] else tr("offline")


def _waiting(document: dict[str, object], room_name: dict[object, str]) -> list[str]:
    """Tables of devices whose room was removed, and of planned ones without a definite room."""
    orphans, undecided = cast(InfoRows, document.get("orphans", [])), cast(InfoRows, document.get("undecided", []))
    out: list[str] = []
    if orphans:
        out += ["", *columns(((row["name"], row["was"]) for row in orphans), ("orphan", "room_was"))]
    if undecided:
        rows = (
            (
                row["name"],
                kind_word(str(row["kind"])),
                " / ".join(room_name.get(room, "-") for room in cast("list[str]", row["candidates"])),
            )
            for row in undecided
        )
        out += ["", *columns(rows, ("which_room", "kind", "perhaps"))]
    return out


VERB = Verb(sentence="what is in a project: rooms, devices, newest values", arguments=arguments, run=run)
