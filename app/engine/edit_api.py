"""The part of EngineApi for edits: places and names of devices, undo and redo, settings of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial

from app.api import NO_PHOTOS
from app.author import author, origin
from app.engine import checking_out, commissioning
from app.engine.edit_queue import PUT_IN, TAKE_OUT
from app.engine.engine_core import EngineCore
from app.engine.replacing import replace_device
from app.settings import REPORTS_FOLDER, ROWS, SettingValue, of_engine
from twin.model.checkout import DeviceCheckout
from twin.model.definition import StepCheck
from twin.model.ids import DeviceId, PlaceholderId, RoomId
from twin.model.problem import Problem, ProblemError
from twin.model.space import Position
from twin.model.text import Text
from twin.store.project.kept_settings import LAST_VIEW, OF_WINDOWS


class EditApi(EngineCore):
    """The part of EngineApi that edits the project."""

    def setting(self, name: str) -> Future[object]:
        """A setting of windows in the open project; None where it was never set or none is open. Fails with ProblemError
        for others."""

        async def work() -> object:
            _check_name(name)
            return self._session.project.setting(name) if self._session else None

        return self._run(work(), "setting")

    def engine_settings(self) -> Future[dict[str, SettingValue]]:
        """Names and current values of the engine's own settings; clients of other machines are told no folder."""
        far = bool(origin())

        async def work() -> dict[str, SettingValue]:
            hidden = {REPORTS_FOLDER} if far else set[str]()
            return {row.name: self.settings[row.name] for row in ROWS if row.of_engine and row.name not in hidden}

        return self._run(work(), "settings")

    def change_engine_setting(self, name: str, value: SettingValue) -> Future[None]:
        """Saves a setting of the engine, which applies to all projects and clients."""

        far = bool(origin())

        async def work() -> None:
            if far and name == REPORTS_FOLDER:
                raise ProblemError(Problem(code="report.folder_here"))
            await self.context.run_blocking(lambda: self.settings.set(of_engine(name), value))

        return self._run(self._logged(work, "change_engine_setting", name=name, value=value), "change setting")

    def keep_setting(self, name: str, value: object) -> Future[None]:
        """Saves a setting of windows in the project. Fails with ProblemError for others."""

        async def work() -> None:
            _check_name(name)
            session = self.session
            await self.context.run_blocking(lambda: session.project.set_setting(name, value))
            about = {"what": "keep_setting", "name": name, "result": "done"}
            if name == LAST_VIEW:  # saved every few seconds while a camera moves
                session.audit.add_each_minute("request", about)
            else:
                session.audit.add("request", about)

        return self._run(work(), "keep")

    def bind(self, device: DeviceId, room: RoomId, position_m: Position | None = None) -> Future[None]:
        """Puts a device into a room, at a position in metres where one is given."""
        return self._run(self._edit(lambda session: session.edits.bind([device], room, position_m)), "bind")

    def bind_all(self, places: Mapping[DeviceId, RoomId]) -> Future[None]:
        """Puts each device into its room, as one edit."""
        return self._run(self._edit(lambda session: session.edits.bind_all(places)), "bind all")

    def unbind(self, *devices: DeviceId) -> Future[None]:
        """Takes devices out of their rooms, as one edit."""
        return self._run(
            self._edit(lambda session: session.edits.edit(lambda project: project.unbind(*devices), label=TAKE_OUT)),
            "unbind",
        )

    def place_in_room(self, holder: PlaceholderId, room: RoomId) -> Future[None]:
        """Sets the room of a device of the building file (placeholder)."""
        return self._run(
            self._edit(lambda session: session.edits.edit(lambda p: p.place(holder, room), label=PUT_IN)), "put"
        )

    def plan_device(self, room: RoomId, kind: str, name: str) -> Future[None]:
        """Plans a device that is not there yet in a room."""
        return self._run(self._edit(lambda session: session.edits.edit(lambda p: p.plan(room, kind, name))), "plan")

    def unplan_device(self, holder: PlaceholderId) -> Future[None]:
        """Removes what was planned by hand."""
        return self._run(self._edit(lambda session: session.edits.edit(lambda p: p.unplan(holder))), "unplan")

    def take_place(self, device: DeviceId, holder: PlaceholderId, also: tuple[DeviceId, ...] = ()) -> Future[None]:
        """Puts a device into a planned place, and others into its room."""
        taking = partial(self._edit, lambda session: session.edits.edit(lambda p: p.take_place(device, holder, also)))
        return self._run(taking(), "take")

    def rename(self, thing: DeviceId | RoomId, name: str) -> Future[None]:
        """Gives a device or room the user's own name."""
        return self._run(
            self._edit(
                lambda session: session.edits.edit(
                    lambda p: p.rename(thing, name), label=Text("edit.rename_to", name=name)
                )
            ),
            "rename",
        )

    def remove(self, device: DeviceId) -> Future[None]:
        """Removes a device from the project; decommissions it where it was commissioned."""
        return self._run(self._edit(lambda session: commissioning.remove(session, device)), "remove")

    def replace_device(self, old: DeviceId, new: DeviceId) -> Future[None]:
        """Puts a device into the place of another one, which leaves its system."""
        replacing = partial(self._edit, lambda session: replace_device(session, old, new))
        return self._run(self._logged(replacing, "replace_device", device=old, by=new), "replace device")

    def check_out(self, results: Sequence[DeviceCheckout], photos: Mapping[str, bytes] = NO_PHOTOS) -> Future[None]:
        """Records what was tested of devices, as one undo step."""
        return self._run(self._edit(lambda session: checking_out.check_out(session, results, photos)), "check out")

    def checkout_photo(self, sha256: str) -> Future[bytes | None]:
        """A photo of the checkout by its SHA-256; None where there is none."""

        async def work() -> bytes | None:
            session = self._session
            return await self.context.run_blocking(lambda: session.project.checkout_photo(sha256)) if session else None

        return self._run(work(), "photo")

    def undo(self, *, others: bool = False) -> Future[Text | None]:
        """Undoes the last edit; the result is its label. Fails with ProblemError for another person's edit unless
        `others` is set.
        """
        return self._run(self._edited(partial(commissioning.undone, others=others)), "undo")

    def redo(self) -> Future[Text | None]:
        """Redoes the edit undone last; the result is its label, None where there is none."""
        return self._run(self._edited(commissioning.redone), "redo")

    def undo_allowed(self, allow: StepCheck, *, others: bool = False) -> Future[Text | None]:
        """`undo`, unless `allow` raises ProblemError for what would change."""
        return self._run(self._edited(partial(commissioning.undone, others=others, allow=allow)), "undo")

    def redo_allowed(self, allow: StepCheck) -> Future[Text | None]:
        """`redo`, unless `allow` raises ProblemError for what would change."""
        return self._run(self._edited(partial(commissioning.redone, allow=allow)), "redo")

    def undo_labels(self) -> tuple[Text | None, Text | None]:
        """Labels of the edits that undo and redo would apply to; None for none."""
        return self._session.edits.undo_labels() if self._session else (None, None)

    def undo_authors(self) -> tuple[str, str]:
        """Other persons who made the edits that undo and redo would apply to; empty for one's own, or where unknown."""
        mine = author()
        undo, redo = self._session.edits.undo_authors() if self._session else ("", "")
        return ("" if undo == mine else undo, "" if redo == mine else redo)


def _check_name(name: str) -> None:
    if name not in OF_WINDOWS:
        raise ProblemError(Problem(code="door.setting", args={"name": name[:40]}))
