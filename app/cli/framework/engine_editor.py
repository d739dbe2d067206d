"""Stand-ins for project and reader, for a verb that runs inside the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from app.engine.history_recorder import PRESENCE, LatestSample
from app.engine.reading import ProjectReader
from app.engine.recorder_status import RecorderStatus, status
from app.server.visible_part import visible_part
from twin.model.ids import DeviceId, PlaceholderId, PointId, RoomId, point_id
from twin.model.observation import Quality

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.engine.engine import Engine
    from twin.model.checkout import DeviceCheckout
    from twin.model.device import Point
    from twin.model.grant import Grant
    from twin.model.space import Position
    from twin.model.twin import Twin


class EngineEditor:
    """Methods of twin.store.project.Project, carried out by the running engine, so that all its clients see the
    edits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def twin(self) -> Twin:
        """The newest snapshot."""
        return self._engine.twin

    def bind(self, device: DeviceId, room: RoomId, position_m: Position | None = None) -> Twin:
        """Puts a device into a room."""
        self._engine.bind(device, room, position_m).result()
        return self._engine.twin

    def bind_all(self, places: Mapping[DeviceId, RoomId]) -> Twin:
        """Puts each device into its room."""
        self._engine.bind_all(places).result()
        return self._engine.twin

    def check_out(self, results: Sequence[DeviceCheckout], photos: Mapping[str, bytes] | None = None) -> Twin:
        """Records what was tested of devices."""
        self._engine.check_out(results, photos or {}).result()
        return self._engine.twin

    def place(self, holder: PlaceholderId, room: RoomId) -> Twin:
        """Sets the room of a device of the building file (placeholder)."""
        self._engine.place_in_room(holder, room).result()
        return self._engine.twin

    def plan(self, room: RoomId, kind: str, name: str) -> Twin:
        """Plans a device that is not there yet."""
        self._engine.plan_device(room, kind, name).result()
        return self._engine.twin

    def unplan(self, holder: PlaceholderId) -> Twin:
        """Removes what was planned by hand."""
        self._engine.unplan_device(holder).result()
        return self._engine.twin

    def take_place(self, device: DeviceId, holder: PlaceholderId) -> Twin:
        """Puts a device into a planned place."""
        self._engine.take_place(device, holder).result()
        return self._engine.twin

    def unbind(self, *devices: DeviceId) -> Twin:
        """Takes devices out of their rooms."""
        self._engine.unbind(*devices).result()
        return self._engine.twin

    def undo(self, *, by: str = "") -> Any:  # noqa: ANN401 - as EngineApi says
        """Undoes the last edit and returns its label; with `by` empty also another person's."""
        return self._engine.undo(others=not by).result()

    def redo(self) -> Any:  # noqa: ANN401 - as EngineApi says
        """Redoes the edit undone last and returns its label."""
        return self._engine.redo().result()


class LiveReader(ProjectReader):
    """Reads the running engine's current state, including unsaved values: what a grant lets see. Closing it has no effect."""

    def __init__(self, engine: Engine, grant: Grant | None = None) -> None:
        session = engine.session
        twin = session.twin if grant is None else visible_part(session.twin, grant)
        super().__init__(session.project, session.history, twin, session.strings)
        self._session = session

    def latest(self, points: Sequence[Point], now_ms: int) -> Mapping[PointId, LatestSample]:
        """Newest value of each point and of its device's presence."""
        known, state, there = dict(super().latest(points, now_ms)), self._session.state, self._session.presence.there
        for point in points:
            row = state.index(point.id)
            if row is not None and (time_ms := int(state.time_ms[row])):
                known[point.id] = LatestSample(time_ms, float(state.value[row]), Quality(int(state.quality[row])))
        for device in {point.device for point in points} & there.keys():
            one, id = there[device], point_id(device, PRESENCE)
            quality = Quality.UNCERTAIN if one.assumed else Quality.GOOD
            time_ms = known[id].time_ms if id in known else now_ms
            known[id] = LatestSample(time_ms, float(one.online), quality)
        return known

    def recorder(self, now_ms: int) -> RecorderStatus | None:
        """Status of the recorder: this engine, by its own clock."""
        del now_ms
        return status(self._session.history, self._session.context.now_ms())

    def __exit__(self, *_: object) -> None:
        return
