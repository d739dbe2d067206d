"""Contents of a project and all edits: building files, drawing, links, devices, meters, baked light."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from twin.model.building import Building, Intake, Source
from twin.model.checkout import DeviceCheckout
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.device import Device, Link, Orphan
from twin.model.drawing import DrawingWithPictures, as_json, from_json
from twin.model.ids import DeviceId, LinkId, RoomId, StoreyId, clean_name
from twin.model.mesh import Mesh, joined
from twin.model.meter import MeterChange, RegisterReadings
from twin.model.problem import ProblemError
from twin.model.space import Position, Room
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store import database
from twin.store.database import PROJECT
from twin.store.project import building_rows as buildings
from twin.store.project import device_replacement, device_rows, edits, refusals
from twin.store.project import light_blobs as lights
from twin.store.project import mesh_blobs as meshes
from twin.store.project import picture_blobs as pictures
from twin.store.project.building_rows import FOUND, ONLY
from twin.store.project.checkout_refusals import clean_note, refuse_contradiction, refuse_photos
from twin.store.project.edit_labels import DRAW, IMPORT_BUILDING, of_definitions, of_devices
from twin.store.project.planned_places import PlannedPlaces
from twin.store.project.redaction import PersonRedaction
from twin.store.project.rows import Row, RowKey, definition_row, point_row, row_of, thing_of


class Project(PlannedPlaces):
    """One project file. Every edit is one transaction and one undo step; the twin and settings are read from memory."""

    def source(self) -> Source | None:
        """The building file, the leading one of several; None where there is no building."""
        return next(iter(self.sources().values()), None)

    def sources(self) -> dict[str, Source]:
        """The building files by id, the leading one first."""
        rows = sorted(self._rows["source"].items(), key=lambda item: int(item[0]))
        return {id: thing_of(Source, "source", row) for id, row in rows}

    def part(self, source: str) -> Building:
        """The building of one file, with the project's ids and the file's own names; without its mesh."""
        return buildings.part(self._rows, source)

    def mesh(self) -> Mesh | None:
        """The building's mesh; None where there is none. Raises ProblemError where it is damaged."""
        with self._lock, self._explained():
            found = [packed for key in self._twin.meshes if (packed := meshes.packed(self._db, key)) is not None]
        try:
            return joined([meshes.unpack(*packed) for packed in found]) if found else None
        except Exception as error:
            raise ProblemError(database.damaged(self.path, PROJECT, f"mesh: {error}")) from error

    def _mesh_key(self, source: str) -> str:
        row = self._rows["source"][source]
        return meshes.key_of(thing_of(Source, "source", row), row["placed"])

    def mesh_importer(self, source: str) -> str:
        """The importer that made the mesh of a building file; empty where there is no mesh."""
        with self._lock, self._explained():
            found = meshes.packed(self._db, self._mesh_key(source))
        return (meshes.importer_of(found[0]) or self.sources()[source].importer) if found else ""

    def renew_mesh(self, source: str, mesh: Mesh, importer: str) -> None:
        """Replaces the mesh of a building file by that of a newer importer; no undo step."""
        with self._transaction() as db:
            meshes.renew(db, self._mesh_key(source), mesh, importer=importer)

    def light(self, key: str) -> bytes | None:
        """The baked light stored under a key; None where there is none."""
        with self._lock, self._explained():
            return lights.read(self._db, key)

    def use_light(self, key: str) -> None:
        """Marks the light stored under a key as used, so that others are dropped before it; no undo step."""
        with self._transaction() as db:
            lights.use(db, key)

    def keep_light(self, storey: str, key: str, data: bytes) -> None:
        """Stores the light of a storey, the last used ones of each; no undo step."""
        with self._transaction() as db:
            lights.keep(db, storey, key, data)

    def drawing(self) -> DrawingWithPictures | None:
        """The drawing that the building was made from; None where it is of another origin. Raises ProblemError where
        it is damaged.
        """
        row, source = self._rows["drawing"].get(ONLY), self.source()
        if row is None or source is None or not source.importer.startswith("drawing "):
            return None
        try:
            drawing = from_json(str(row["data"]))
        except ValueError as error:
            raise ProblemError(database.damaged(self.path, PROJECT, f"drawing: {error}")) from error
        with self._lock, self._explained():
            return DrawingWithPictures(drawing, pictures.read(self._db, drawing.pictures))

    def orphans(self) -> tuple[Orphan, ...]:
        """Devices whose room a re-import removed, until they are bound, unbound or their room is back."""
        return self._twin.orphans

    def set_building(
        self,
        building: Building,
        *,
        label: Text = IMPORT_BUILDING,
        keep: Mapping[RoomId, RoomId] | None = None,
        intake: Intake | None = None,
    ) -> Twin:
        """Imports a building as `intake` states, or in the place of the leading one.

        `keep` maps its rooms to the project's: those keep id, user's name and devices. Devices in removed rooms become
        orphans.
        """
        intake = intake or Intake(keep=keep or {})
        with self._lock:
            return self._commit(
                label, buildings.changed(self._rows, building, intake), also=self._shape(building, intake.placed)
            )

    def _shape(self, building: Building, placed: str = "") -> Callable[[sqlite3.Connection], None]:
        """Keeps the mesh of a building, and deletes unreferenced ones once its rows are written."""

        def keep(db: sqlite3.Connection) -> None:
            meshes.keep(db, meshes.key_of(building.source, placed), building.mesh)
            meshes.forget_unused(db, self._twin.meshes)

        return keep

    def set_drawing(
        self,
        drawn: DrawingWithPictures,
        building: Building,
        *,
        keep: Mapping[RoomId, RoomId] | None = None,
        label: Text = DRAW,
    ) -> Twin:
        """Stores a drawing with the building made of it, as one undo step."""
        names = {room.source_id: room.name for room in building.rooms if room.source_id}
        with self._lock:
            changed = buildings.changed(self._rows, building, Intake(keep=keep or {}))
            changed.pop(("site", ONLY), None)  # where the building stands is not drawn
            for (table, _), row in changed.items():
                if table == "room" and row and row["source_id"] in names:
                    row |= {"name": names[row["source_id"]], "named": 0}  # the name on the drawing is the user's own
            changed["drawing", ONLY] = {"id": ONLY, "data": as_json(drawn.drawing)}
            keep_mesh = self._shape(building)

            def shape(db: sqlite3.Connection) -> None:
                keep_mesh(db)
                pictures.keep(db, drawn.pictures)
                pictures.forget_unused(db)

            return self._commit(label, changed, also=shape)

    def add_link(self, link: Link, *, label: Text | None = None) -> Twin:
        """Adds a link, or replaces its address and options; without `label` the edit is called "add" or "change"."""
        with self._lock:
            known = self._rows["link"].get(link.id)
            row = row_of("link", link, pos=known["pos"] if known else self._next("link"))
            code = "edit.change" if known else "edit.add"
            return self._commit(label or Text(code, name=link.title or link.address), {("link", link.id): row})

    def remove_link(self, id: LinkId) -> Twin:
        """Removes a link and its devices; nothing where there is none."""
        with self._lock:
            row = self._rows["link"].get(id)
            if row is None:
                return self._twin
            changed: dict[RowKey, Row | None] = {("link", id): None}
            for device, facts in self._rows["device"].items():
                if facts["link"] == id:
                    changed |= device_rows.removed(self._rows, device)
            return self._commit(Text("edit.remove", name=row["title"] or row["address"]), changed)

    def mentioned(self, words: Iterable[str]) -> set[str]:
        """Those of the words that occur in links, channels of notifications, or steps of undo and redo."""
        sql = "select 1 from edit where instr(forward, ?) or instr(backward, ?) limit 1"
        with self._lock, self._explained():
            rows = [json.dumps(row) for table in ("link", DefinitionKind.CHANNEL) for row in self._rows[table].values()]
            return {
                word
                for word in words
                if any(word in row for row in rows) or self._db.execute(sql, (word, word)).fetchone()
            }

    def put_devices(self, devices: Iterable[Device]) -> Twin:
        """Adds or updates devices by their description.

        New ones are an undo step; updates are not, and keep name, kind, room and position of the user.
        """
        with self._lock:
            new: dict[RowKey, Row | None] = {}
            names: list[str] = []
            known: dict[RowKey, Row | None] = {}
            pos = self._next("device")
            for device in devices:
                row = self._rows["device"].get(device.id)
                if row is not None:
                    known |= device_rows.described(row, self._twin.device_of[device.id], device)
                    continue
                room = device.room if device.room in self._rows["room"] else None
                spot = device.position_m if room else None
                new["device", device.id] = row_of(
                    "device", device, pos=pos + len(names), room=room, position_m=spot, **FOUND
                )
                new |= {("point", p.id): point_row(p, n) for n, p in enumerate(device.points)}
                names.append(device.name)
            return self._commit(of_devices("edit.add", names), new, silent=known)

    def bind(self, device: DeviceId, room: RoomId, position_m: Position | None = None) -> Twin:
        """Puts a device into a room, with an optional position in metres. Raises ProblemError for an unknown device or
        room, or a position out of range.
        """
        if position_m is not None and not all(abs(part) <= refusals.FARTHEST_M for part in position_m):
            raise ProblemError(refusals.nowhere())
        with self._lock:
            row = self._known("device", device)
            title = thing_of(Room, "room", self._known("room", room)).title
            place = row_of(
                "device", self._twin.device_of[device], pos=row["pos"], room=room, position_m=position_m, **FOUND
            )
            todo = {("device", device): place, **device_rows.left_places(self._rows, {device: room})}
            return self._commit(Text("edit.bind", name=row["name"], room=title), todo)

    def bind_all(self, places: Mapping[DeviceId, RoomId]) -> Twin:
        """Puts devices into rooms as one undo step; a device that is there already keeps its position. Raises
        ProblemError for an unknown device or room.
        """
        with self._lock:
            todo: dict[RowKey, Row | None] = {}
            for device, room in places.items():
                row = self._known("device", device)
                self._known("room", room)
                if row["room"] != room:
                    todo["device", str(device)] = {**row, "room": str(room), "position_m": None, **FOUND}
            label = Text("edit.bind_all", n=len(todo))
            return self._commit(label, {**todo, **device_rows.left_places(self._rows, places)})

    def unbind(self, *devices: DeviceId) -> Twin:
        """Takes devices out of their rooms as one undo step; they are no orphans any more. Raises ProblemError for an
        unknown one.
        """
        with self._lock:
            rows = {("device", str(device)): self._known("device", device) for device in devices}
            names = [row["name"] for row in rows.values()]
            return self._commit(
                of_devices("edit.take_out", names),
                {
                    **{key: {**row, "room": None, "position_m": None, **FOUND} for key, row in rows.items()},
                    **device_rows.left_places(self._rows, dict.fromkeys(devices)),
                },
            )

    def rename(self, thing: DeviceId | RoomId | StoreyId, name: str) -> Twin:
        """Sets the user's name of a device, room or storey; it survives re-imports. Raises ProblemError for an empty
        name or an unknown id.
        """
        clean = clean_name(name)
        if not clean:
            raise ProblemError(refusals.nameless())
        with self._lock:
            table = next((t for t in ("device", "room", "storey") if thing in self._rows[t]), "device")
            row = self._known(table, thing)
            named = {"named": 1} if "named" in row else {}
            return self._commit(
                Text("edit.rename", was=row["name"], name=clean), {(table, str(thing)): {**row, "name": clean, **named}}
            )

    def remove_device(self, id: DeviceId) -> Twin:
        """Removes a device; nothing where there is none. Its history stays."""
        with self._lock:
            row = self._rows["device"].get(id)
            if row is None:
                return self._twin
            return self._commit(Text("edit.remove", name=row["name"]), device_rows.removed(self._rows, id))

    def replace_device(
        self, old: DeviceId, new: DeviceId, readings: RegisterReadings, ids: Mapping[str, str] | None = None
    ) -> Twin:
        """Puts a device into the place of another one: room, position, name, placeholder; points that are the same go on
        under their ids, counters as another meter's from `readings.time_ms` on. The checkout begins anew. `ids` are further
        ids to exchange in rules and scenes. Raises ProblemError.
        """
        with self._lock:
            name = self._known("device", old)["name"]
            self._known("device", new)
            todo = device_replacement.replaced(self._rows, str(old), str(new), ids or {}, readings)
            return self._commit(Text("edit.replace", name=name), todo)

    def mark_meter(self, mark: MeterChange) -> Twin:
        """Marks that a meter was replaced, or changes the readings of that mark. Raises ProblemError for an unknown
        point.
        """
        with self._lock:
            row = self._known("point", mark.point)
            device = self._rows["device"][row["device"]]["name"]
            return self._commit(
                Text("edit.meter_changed_at", device=device), {("meter_change", mark.id): row_of("meter_change", mark)}
            )

    def unmark_meter(self, id: str) -> Twin:
        """Removes the mark of a replaced meter; nothing where there is none."""
        with self._lock:
            gone = {("meter_change", id): None} if id in self._rows["meter_change"] else {}
            return self._commit(Text("edit.meter_not_changed"), gone)

    def check_out(self, results: Sequence[DeviceCheckout], photos: Mapping[str, bytes] | None = None) -> Twin:
        """Records what was tested of devices, as one undo step; a blank result deletes the device's. `photos`: JPEG or PNG by
        SHA-256. Raises ProblemError for an unknown device, a pass against the answers, or an unusable photo.
        """
        with self._lock:
            todo: dict[RowKey, Row | None] = {}
            for one in results:
                self._known("device", one.id)
                refuse_contradiction(one)
                known = one.id in self._rows["checkout"]
                row = None if one.is_blank else row_of("checkout", one, note=clean_note(one.note))
                todo |= {("checkout", str(one.id)): row} if row or known else {}
            refuse_photos(photos or {})
            names = [self._rows["device"][one.id]["name"] for one in results]
            return self._commit(
                of_devices("edit.check_out", names), todo, also=lambda db: pictures.keep(db, photos or {})
            )

    def checkout_photo(self, sha256: str) -> bytes | None:
        """A photo of the checkout or a work order, JPEG or PNG; None where there is none."""
        with self._lock, self._explained():
            return pictures.read(self._db, [sha256]).get(sha256)

    def forget_person(self, alarms: Collection[str], name: str) -> Twin:
        """Deletes these alarms of a person's care and their undo steps, and the name in what was made from them; no undo step.
        What they were stays in the bytes of the file until `rewrite`. Raises ProblemError."""
        redaction = PersonRedaction(alarms, name)
        with self._lock, self._explained():
            todo = edits.steps(self._rows, redaction.changed(self._rows))[0]
            with self._transaction() as db, self._unless_kept():
                rows = edits.apply(db, self._rows, todo)
                redaction.redact_log(db)
                self._adopt(rows, edits.next_ones(db))
                db.execute("commit")
            return self._twin

    def rewrite(self) -> None:
        """Writes the file anew, without what was deleted from it. Raises ProblemError."""
        with self._lock, self._explained():
            database.rewrite(self._db)

    def change_definitions(
        self,
        changes: Sequence[DefinitionEdit],
        photos: Mapping[str, bytes] | None = None,
        *,
        label: Text | None = None,
    ) -> Twin:
        """Adds, replaces or removes definitions (alarms, automations, schedules, scenes, work orders …) as one undo step.

        A replaced one keeps its place. `photos`: JPEG or PNG by SHA-256, named by work orders. `label`: of the undo step, by
        default their titles. Raises ProblemError where a
        body is no JSON object, or a photo is unusable, and then nothing is changed.
        """
        with self._lock, self._explained():
            refuse_photos(photos or {})
            todo: dict[RowKey, Row | None] = {}
            last = {kind: self._next(kind) for kind in DefinitionKind}
            for one in changes:
                known = self._rows[one.kind].get(one.id)
                if one.definition is None:
                    todo |= {(one.kind.value, one.id): None} if known else {}
                    continue
                pos = known["pos"] if known else last[one.kind]
                last[one.kind] += not known
                todo[one.kind.value, one.id] = definition_row(one.definition, pos)
            titles = {one.id: row["title"] for one in changes if (row := self._rows[one.kind].get(one.id))}
            told = label or of_definitions(changes, titles)
            return self._commit(told, todo, also=lambda db: pictures.keep(db, photos or {}))
