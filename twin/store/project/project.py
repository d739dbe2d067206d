"""A project is one file. Every edit is one transaction and one undo step; reading needs no lock and no writer."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from twin.model.building import Building, Intake, Source
from twin.model.device import Device, Link, Orphan, merged_description
from twin.model.drawing import DrawingWithPictures, as_json, from_json
from twin.model.ids import DeviceId, LinkId, PlaceholderId, RoomId, StoreyId, clean_name
from twin.model.mesh import Mesh, joined
from twin.model.meter import MeterChange
from twin.model.problem import Problem, ProblemError
from twin.model.space import Position, Room, Site
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store import database
from twin.store.database import PROJECT
from twin.store.file_lock import FileLock
from twin.store.file_names import history_file, project_file
from twin.store.project import building_rows as buildings
from twin.store.project import edits, refusals, row_checks, soundness
from twin.store.project import light_blobs as lights
from twin.store.project import mesh_blobs as meshes
from twin.store.project import picture_blobs as pictures
from twin.store.project.building_rows import FOUND, ONLY
from twin.store.project.edit_labels import DRAW, IMPORT_BUILDING, UNLOGGED, of_devices
from twin.store.project.edits import Rows, UndoEntry
from twin.store.project.rows import (
    TABLES,
    Row,
    RowKey,
    point_row,
    row_of,
    thing_of,
)
from twin.store.project.snapshot import snapshot


class Project:
    """Open with `create` or `open`; a context manager. Any thread may call, edits go one at a time."""

    def __init__(
        self, paths: tuple[Path, Path], db: sqlite3.Connection, end: list[Callable[[], object]], held: FileLock | None
    ) -> None:
        """`held` is the lock of whoever may edit it."""
        self.path, self._place = paths
        self.readonly, self.held = held is None, held
        self._db = db
        self._end = end
        self._lock = threading.RLock()
        self._rows: Rows = {}
        self._settings: dict[str, str] = {}
        self._labels: tuple[Text | None, Text | None] = (None, None)
        self._entry: UndoEntry | None = None
        """What edits are recorded into; None: each is an entry of its own."""
        self._read()
        self._twin = snapshot(self._rows, {}, Twin())

    @classmethod
    def create(cls, path: Path, name: str = "") -> Self:
        """Makes an empty project and opens it. ProblemError where a file is there or the place cannot be written."""
        if history_file(path).exists():
            raise ProblemError(refusals.history_left(history_file(path)))
        database.create(path, PROJECT)
        try:
            self = cls.open(path)
            title = clean_name(name or path.stem)
            self._commit(UNLOGGED, {("site", ONLY): row_of("site", Site(), id=ONLY, title=title)}, logged=False)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return self

    @classmethod
    def open(cls, path: Path, readonly: bool = False) -> Self:
        """Opens a project, brought to this program's version. ProblemError: missing, not a project, newer, damaged,
        open for editing elsewhere, or not writable. With `readonly` others may have it open, and edits are refused."""
        path = project_file(path)
        database.check_header(path, PROJECT)
        try:
            return cls._reading(path) if readonly else cls._editing(path)
        except (sqlite3.Error, OSError) as error:
            raise ProblemError(database.problem_of(error, path, PROJECT)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ProblemError(database.damaged(path, PROJECT, f"{type(error).__name__}: {error}")) from error

    @classmethod
    def _reading(cls, path: Path) -> Self:
        place, copy = database.readable(path, PROJECT)
        db = database.open_reader(place)
        end: list[Callable[[], object]] = [db.close, *([copy.cleanup] if copy else [])]
        with _undone(end):
            return cls((path, place), db, end, None)

    @classmethod
    def _editing(cls, path: Path) -> Self:
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(13, "the folder cannot be written", str(path.parent))
        lock = FileLock(path)
        end: list[Callable[[], object]] = [lock.release]
        with _undone(end):
            db = database.open_writer(path, PROJECT)
            end.insert(0, lambda: database.close_writer(db))
            row_checks.begin(db)
            return cls((path, path), db, end, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Leaves one plain file behind; may be called twice."""
        with self._lock:
            end, self._end = self._end, []
            for step in end:
                step()

    # -- reading

    def twin(self) -> Twin:
        """The newest snapshot."""
        return self._twin

    def source(self) -> Source | None:
        """The file that the building came from, the leading one of several; None where there is no building."""
        return next(iter(self.sources().values()), None)

    def sources(self) -> dict[str, Source]:
        """The building files by id, the leading one first."""
        rows = sorted(self._rows["source"].items(), key=lambda item: int(item[0]))
        return {id: thing_of(Source, "source", row) for id, row in rows}

    def part(self, source: str) -> Building:
        """What one of the building files brought: the project's ids, the file's own names, no mesh."""
        return buildings.part(self._rows, source)

    def mesh(self) -> Mesh | None:
        """The building's shape; None where there is none. ProblemError where it is damaged."""
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
        """The importer that made the mesh of one of the building files; empty where there is none."""
        with self._lock, self._explained():
            found = meshes.packed(self._db, self._mesh_key(source))
        return (meshes.importer_of(found[0]) or self.sources()[source].importer) if found else ""

    def renew_mesh(self, source: str, mesh: Mesh, importer: str) -> None:
        """Another mesh for one of the building files, made of the same file by a newer importer; no undo step."""
        with self._transaction() as db:
            meshes.renew(db, self._mesh_key(source), mesh, importer=importer)

    def light(self, key: str) -> bytes | None:
        """The baked light that is kept under a key; None where there is none."""
        with self._lock, self._explained():
            return lights.read(self._db, key)

    def keep_light(self, storey: str, key: str, data: bytes) -> None:
        """Keeps the light of a storey, the newest few of each; no undo step."""
        with self._transaction() as db:
            lights.keep(db, storey, key, data)

    def drawing(self) -> DrawingWithPictures | None:
        """The drawing that the building was made from; None where it came from elsewhere. ProblemError where it is
        damaged."""
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
        """Devices whose room a re-import took away, until they are bound, unbound or their room comes back."""
        return self._twin.orphans

    def setting(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever JSON holds
        """A setting of this project; the default where it was never set."""
        text = self._settings.get(name)
        return default if text is None else json.loads(text)

    def set_setting(self, name: str, value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
        """Keeps a setting (anything JSON can say); no undo step."""
        text = json.dumps(value, ensure_ascii=False)
        with self._transaction() as db:
            db.execute(
                "insert into setting(id, value) values(?, ?) on conflict(id) do update set value = excluded.value",
                (name, text),
            )
            row_checks.change_settings(db, self._settings, {name: text})
        self._settings = {**self._settings, name: text}

    # -- editing

    @contextlib.contextmanager
    def recording(self, entry: UndoEntry) -> Generator[None]:
        """Edits inside are recorded into this entry of the undo list, with what is in it already."""
        with self._lock:
            before, self._entry = self._entry, entry
            try:
                yield
            finally:
                self._entry = before

    def set_building(
        self,
        building: Building,
        *,
        label: Text = IMPORT_BUILDING,
        keep: Mapping[RoomId, RoomId] | None = None,
        intake: Intake | None = None,
    ) -> Twin:
        """Takes a building in, as `intake` says or replacing the leading one. `keep` maps its rooms to ours: those keep
        id, given name and devices. Devices in rooms that went become orphans."""
        intake = intake or Intake(keep=keep or {})
        with self._lock:
            return self._commit(
                label, buildings.changed(self._rows, building, intake), also=self._shape(building, intake.placed)
            )

    def _shape(self, building: Building, placed: str = "") -> Callable[[sqlite3.Connection], None]:
        """Keeps the mesh of a building, and drops those that nobody needs once its rows are written."""

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
        """Takes a drawing in, with the building made of it: one undo step, and it can be edited again."""
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

    def add_link(self, link: Link) -> Twin:
        """Keeps a link, or its new address and options."""
        with self._lock:
            known = self._rows["link"].get(link.id)
            row = row_of("link", link, pos=known["pos"] if known else self._next("link"))
            code = "edit.change" if known else "edit.add"
            return self._commit(Text(code, name=link.title or link.address), {("link", link.id): row})

    def remove_link(self, id: LinkId) -> Twin:
        """Forgets a link and its devices; nothing where it is not there."""
        with self._lock:
            row = self._rows["link"].get(id)
            if row is None:
                return self._twin
            changed: dict[RowKey, Row | None] = {("link", id): None}
            for device, facts in self._rows["device"].items():
                if facts["link"] == id:
                    changed |= self._gone(device)
            return self._commit(Text("edit.remove", name=row["title"] or row["address"]), changed)

    def put_devices(self, devices: Iterable[Device]) -> Twin:
        """Keeps devices as described now. New ones are an undo step; known ones keep name, kind, room and spot."""
        with self._lock:
            new: dict[RowKey, Row | None] = {}
            names: list[str] = []
            known: dict[RowKey, Row | None] = {}
            pos = self._next("device")
            for device in devices:
                row = self._rows["device"].get(device.id)
                if row is not None:
                    known |= self._refreshed(row, device)
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
        """Puts a device into a room, at a spot where one is given. ProblemError for what the project does not have, and
        for a spot that is nowhere."""
        if position_m is not None and not all(abs(part) <= refusals.FARTHEST_M for part in position_m):
            raise ProblemError(refusals.nowhere())
        with self._lock:
            row = self._device(device)
            title = thing_of(Room, "room", self._known("room", room)).title
            place = row_of(
                "device", self._twin.device_of[device], pos=row["pos"], room=room, position_m=position_m, **FOUND
            )
            return self._commit(Text("edit.bind", name=row["name"], room=title), {("device", device): place})

    def bind_all(self, places: Mapping[DeviceId, RoomId]) -> Twin:
        """Puts devices into rooms as one undo step; a device that is there already keeps its spot. ProblemError for what
        the project does not have."""
        with self._lock:
            todo: dict[RowKey, Row | None] = {}
            for device, room in places.items():
                row = self._device(device)
                self._known("room", room)
                if row["room"] != room:
                    todo["device", str(device)] = {**row, "room": str(room), "position_m": None, **FOUND}
            return self._commit(Text("edit.bind_all", n=len(todo)), todo)

    def fill(self, places: Mapping[DeviceId, PlaceholderId]) -> Twin:
        """Devices take the places of devices of the building files: their room and spot. What is in a room already, or
        taken already, stays as it is."""
        with self._lock:
            todo: dict[RowKey, Row | None] = {}
            names: list[str] = []
            for device, holder in places.items():
                row, planned = self._rows["device"].get(device), self._rows["placeholder"].get(holder)
                if row is None or planned is None or row["room"] or planned["device"] or not planned["room"]:
                    continue
                spot = {"room": planned["room"], "position_m": planned["position_m"]}
                todo["device", str(device)] = {**row, **spot, **FOUND}
                todo["placeholder", str(holder)] = {**planned, "device": str(device)}
                names.append(row["name"])
            return self._commit(of_devices("edit.place", names), todo)

    def unbind(self, *devices: DeviceId) -> Twin:
        """Takes devices out of their rooms as one undo step; an orphan is one no longer."""
        with self._lock:
            rows = {("device", str(device)): self._device(device) for device in devices}
            names = [row["name"] for row in rows.values()]
            return self._commit(
                of_devices("edit.take_out", names),
                {key: {**row, "room": None, "position_m": None, **FOUND} for key, row in rows.items()},
            )

    def place(self, holder: PlaceholderId, room: RoomId) -> Twin:
        """Says which room a device of the building file is in; the user's word, which no re-import overrules."""
        with self._lock:
            row = self._known("placeholder", holder)
            title = thing_of(Room, "room", self._known("room", room)).title
            place = {**row, "room": room, "candidates": "[]", "decided": 1}
            return self._commit(Text("edit.bind", name=row["name"], room=title), {("placeholder", str(holder)): place})

    def rename(self, thing: DeviceId | RoomId | StoreyId, name: str) -> Twin:
        """Gives a device, room or storey the user's own name; it survives re-imports. ProblemError for an empty one."""
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
        """Forgets a device; nothing where it is not there. Its history stays."""
        with self._lock:
            row = self._rows["device"].get(id)
            return self._commit(Text("edit.remove", name=row["name"]), self._gone(id)) if row else self._twin

    def mark_meter(self, mark: MeterChange) -> Twin:
        """Keeps that a meter was replaced, or other readings of a change at that time. ProblemError for no meter."""
        with self._lock:
            row = self._known("point", mark.point)
            device = self._rows["device"][row["device"]]["name"]
            return self._commit(
                Text("edit.meter_changed_at", device=device), {("meter_change", mark.id): row_of("meter_change", mark)}
            )

    def unmark_meter(self, id: str) -> Twin:
        """Takes a mark of a replaced meter back; nothing where it is not there."""
        with self._lock:
            gone = {("meter_change", id): None} if id in self._rows["meter_change"] else {}
            return self._commit(Text("edit.meter_not_changed"), gone)

    def undo(self) -> Text | None:
        """Takes the last edit back; its label, None where there is none."""
        return self._again(forward=False)

    def redo(self) -> Text | None:
        """Does the edit again that was taken back last; its label, None where there is none."""
        return self._again(forward=True)

    def undo_labels(self) -> tuple[Text | None, Text | None]:
        """What undo and redo would do now."""
        return self._labels

    def check(self) -> list[Problem]:
        """Reads every page, row and shape; the problems, none where all is sound."""
        with self._lock:
            found = database.sound(self._db, self.path, PROJECT)
            if not found and (wrong := soundness.wrong(self._db)):
                found.append(database.damaged(self.path, PROJECT, f"changed outside of Oikos: {', '.join(wrong)}"))
        return found

    def backup(self, target: Path) -> None:
        """A compact copy as of now, verified. ProblemError where it cannot be written, and then there is none."""
        database.copy(self._place, target, PROJECT)

    def copy_into(self, part: Path) -> None:
        """The same into a temporary file of `atomic.creating`; sqlite3.Error, ProblemError."""
        database.copy_into(self._place, part, PROJECT)

    def tables(self) -> tuple[Rows, Mapping[str, str]]:
        """Every row by table and id, and the settings as JSON text: for export."""
        return {table: dict(rows) for table, rows in self._rows.items()}, self._settings

    def put_tables(self, rows: Mapping[RowKey, Row], settings: Mapping[str, object]) -> None:
        """Fills an empty project with rows of another; no undo step. ProblemError where they are not rows of a project,
        and then nothing changed."""
        texts = [(name, json.dumps(value, ensure_ascii=False)) for name, value in settings.items()]

        def more(db: sqlite3.Connection) -> None:
            db.executemany("insert or replace into setting(id, value) values(?, ?)", texts)
            row_checks.change_settings(db, self._settings, dict(texts))
            if not {row["device"] for (table, _), row in rows.items() if table == "point"} <= {
                id for table, id in rows if table == "device"
            }:
                raise ValueError("a point without its device")

        with self._lock, self._explained():
            self._commit(UNLOGGED, rows, also=more, logged=False)
        self._settings = {**self._settings, **dict(texts)}

    # -- inside

    def _read(self) -> None:
        """Everything but meshes and patches, as of one moment: later reading needs no disk."""
        self._db.execute("begin")
        try:
            for table, spec in TABLES.items():
                names, key = ", ".join(spec.columns), spec.columns.index("id")
                found = self._db.execute(f"select {names} from {table}")  # noqa: S608 - ours
                self._rows[table] = {str(row[key]): dict(zip(spec.columns, row, strict=True)) for row in found}
            self._settings = dict(self._db.execute("select id, value from setting"))
            self._labels = edits.labels(self._db)
        finally:
            self._db.execute("commit")

    def _next(self, table: str) -> int:
        return max((row["pos"] for row in self._rows[table].values()), default=-1) + 1

    def _known(self, table: str, id: str) -> Row:
        row = self._rows[table].get(id)
        if row is None:
            raise ProblemError(refusals.unknown_thing(table, id))
        return row

    def _device(self, id: DeviceId) -> Row:
        return self._known("device", id)

    def _gone(self, device: str) -> dict[RowKey, Row | None]:
        gone: dict[RowKey, Row | None] = {("device", device): None}
        gone |= {("point", id): None for id, row in self._rows["point"].items() if row["device"] == device}
        gone |= {
            ("placeholder", id): {**row, "device": None}
            for id, row in self._rows["placeholder"].items()
            if row["device"] == device
        }
        return gone

    def _refreshed(self, row: Row, device: Device) -> dict[RowKey, Row | None]:
        fresh = merged_description(self._twin.device_of[device.id], device)
        lost = {name: row[name] for name in FOUND}
        facts = {**row_of("device", fresh, pos=row["pos"], **FOUND), **lost}
        out: dict[RowKey, Row | None] = {("device", device.id): facts}
        out |= {("point", point.id): None for point in self._twin.device_of[device.id].points}
        return out | {("point", p.id): point_row(p, n) for n, p in enumerate(fresh.points)}

    def _commit(
        self,
        label: Text,
        changed: Mapping[RowKey, Row | None],
        *,
        silent: Mapping[RowKey, Row | None] | None = None,
        also: Callable[[sqlite3.Connection], None] | None = None,
        logged: bool = True,
    ) -> Twin:
        """One transaction: the silent changes, the edit with its undo row, and what else belongs to it."""
        quiet = edits.steps(self._rows, silent or {})[0]
        forward, backward = edits.steps(self._rows, changed)
        if not quiet and not forward:
            return self._twin
        with self._transaction() as db, self._unless_kept():
            rows = edits.apply(db, self._rows, [*quiet, *forward])
            if forward and logged:
                edits.remember(db, self._entry or UndoEntry(), label, forward, backward)
            self._adopt(rows, edits.labels(db))
            if also is not None:
                also(db)
            db.execute("commit")
        return self._twin

    def _again(self, *, forward: bool) -> Text | None:
        with self._lock:
            with self._explained():
                found = edits.next_redo(self._db) if forward else edits.next_undo(self._db)
            if found is None:
                return None
            number, label = found
            with self._explained():
                todo = edits.patch(self._db, number, forward=forward)
            also, restoring = edits.steps(self._rows, edits.dangling(self._rows, todo))
            todo = [*also, *todo]
            with self._transaction() as db, self._unless_kept():
                rows = edits.apply(db, self._rows, todo)
                edits.mark_undone(db, number, undone=not forward, restoring=restoring)
                self._adopt(rows, edits.labels(db))
                db.execute("commit")
            return label

    @contextlib.contextmanager
    def _unless_kept(self) -> Generator[None]:
        """Rows of which no twin can be made, and rows that the disk does not take, leave everything as it was."""
        before = (self._rows, self._labels, self._twin)
        try:
            yield
        except BaseException:
            self._rows, self._labels, self._twin = before
            raise

    def _adopt(self, rows: Rows, labels: tuple[Text | None, Text | None]) -> None:
        """The snapshot of the rows, made before they are committed: what cannot be shown again is never kept."""
        self._twin = snapshot(rows, self._rows, self._twin)
        self._rows, self._labels = rows, labels

    @contextlib.contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        """All or nothing; ProblemError says why nothing."""
        if self.readonly:
            raise ProblemError(refusals.only_reading(self.path))
        with self._lock, self._explained():
            self._db.execute("begin immediate")
            try:
                yield self._db
                if self._db.in_transaction:
                    self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise

    @contextlib.contextmanager
    def _explained(self) -> Generator[None]:
        if not self._end:
            raise ProblemError(refusals.closed(self.path))
        try:
            yield
        except sqlite3.Error as error:
            raise ProblemError(database.problem_of(error, self.path, PROJECT)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ProblemError(database.damaged(self.path, PROJECT, f"{type(error).__name__}: {error}")) from error


@contextlib.contextmanager
def _undone(end: list[Callable[[], object]]) -> Generator[None]:
    """Does the closing steps where opening fails."""
    try:
        yield
    except BaseException:
        for step in end:
            step()
        raise
