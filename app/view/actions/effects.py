"""Implements the actions; `effect_table` maps the effects of the action table to these methods."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QPoint, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QMenu

from app.i18n import current_language, sentence, tr
from app.view import dialog_factory, late_modules
from app.view.actions.camera_actions import CameraActions
from app.view.actions.command_actions import CommandActions
from app.view.actions.device_entries import blink_entry, device_entries
from app.view.actions.device_removal import ask_removal
from app.view.actions.export_actions import ExportActions
from app.view.actions.import_actions import ImportActions
from app.view.actions.page_actions import PageActions
from app.view.actions.pairing_actions import PairingActions
from app.view.actions.panel_host import PanelHost
from app.view.actions.planned_devices import place_at, plan_entry, planned_entries, take_place
from app.view.actions.project_actions import ProjectActions
from app.view.actions.question_actions import QuestionActions
from app.view.actions.room_suggestions import RoomSuggestions
from app.view.actions.selection_actions import SelectionActions
from app.view.actions.view_actions import ViewActions
from app.view.control.base import why_not
from app.view.control.safe_text import entry
from app.view.control.slots import calling
from app.view.device_commands import offered_commands
from app.view.icon import icon
from app.view.menu_entry import unavailable
from app.view.panel.prompts import ask_user
from app.view.panel.typed_ahead import KeysKept
from app.view.style import current_theme
from twin.model.device import Device
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.problem import Problem
from twin.model.space import Position
from twin.model.text import Text

if TYPE_CHECKING:
    from app.view.panel.links import LinksPanel
    from app.view.panel.tree import TreePanel
    from app.view.panel.trends import TrendsPanel


OF_ANOTHER = "edit.of_another"
"""Code of the problem that the last edit was made by another person."""


class ActionEffects(
    ProjectActions[PanelHost],
    CameraActions[PanelHost],
    SelectionActions[PanelHost],
    CommandActions[PanelHost],
    PageActions,
    PairingActions,
    ViewActions,
):
    """Implements the actions of the action table, one method per effect."""

    def __init__(self, host: PanelHost) -> None:
        self.host, self.feed, self.api, self.selection = host, host.feed, host.feed.api, host.feed.selection
        self.importing, self.exporting = ImportActions(host, host.feed), ExportActions(host, host.feed)
        self.room_suggestions = RoomSuggestions(host, host.feed)
        self.questions = QuestionActions(host, go=self.fly_to, only=self.isolate, chart=self.chart)
        self._coming_language = ""
        """The language chosen last, while its catalogue is loading; empty otherwise."""
        self.feed.confirm = self.confirm
        self.feed.refused_in_past.connect(lambda: host.notify(why_not(online=True, live=False)))
        self.feed.command_failed.connect(self.show_failure)

    # Edit

    def undo(self) -> None:
        """Undoes the last edit, of the plan editor while that is open."""
        if self.host.editor is not None:
            self.host.editor.undo()
            return
        self._undo(others=False)

    def _undo(self, *, others: bool) -> None:
        def refused(problem: Problem) -> None:
            if problem.code != OF_ANOTHER:
                self.feed.raise_problem(problem)
                return
            ask_user(
                self.host.main,
                sentence(problem.what),
                sentence(problem.to_do),
                tr("Undo"),
                lambda: self._undo(others=True),
            )

        self.feed.when(self.api.undo(others=others), lambda label: self.host.notify(_undone(label)), refused)

    def redo(self) -> None:
        """Redoes the edit undone last, of the plan editor while that is open."""
        if self.host.editor is not None:
            self.host.editor.redo()
            return
        self.feed.when(self.api.redo(), lambda label: self.host.notify(_redone(label)))

    def find(self) -> None:
        """Shows the tree panel and puts the focus into its search field."""
        self.host.show_panel("tree", True)
        self.host.with_panel("tree", lambda panel: cast("TreePanel", panel).search_here())

    def palette(self) -> None:
        """Opens the command palette."""
        show = partial(
            dialog_factory.palette,
            self.feed,
            self.host.main,
            act=self.host.trigger,
            go=self.fly_to,
            only=self.isolate,
            switches=self.switches,
            is_possible=self.host.is_possible,
            ask=self.questions.ask,
            tell=self.host.notify,
        )
        typed = KeysKept(self.host.main)  # while the palette's module loads

        def failed(problem: Problem) -> None:
            typed.drop()
            self.feed.raise_problem(problem)

        self.host.modules.when([late_modules.PALETTE], lambda: typed.give(show), failed)

    def rename(self) -> None:
        """Starts editing the name of the selected device or room in the tree."""
        self.host.with_panel("tree", lambda panel: self._rename_in(cast("TreePanel", panel)))

    def _rename_in(self, tree: TreePanel) -> None:
        picked = self.selection.state
        for id in [*picked.devices, picked.room or ""]:
            if (index := tree.model.index_of(id)).isValid():
                tree.view.setCurrentIndex(index)
                tree.edit_current()
                return

    # Devices

    def discover(self) -> None:
        """Shows the install page."""
        self.host.show_activity("install")

    def check_network(self) -> None:
        """Shows the page of the network check, which begins when it is first shown."""
        self.host.show_activity("network")

    def check_out(self) -> None:
        """Shows the page of the point-to-point checkout."""
        self.host.show_activity("checkout")

    def write_report(self) -> None:
        """Opens the dialog of the hand-over report."""
        if self.api.project():
            self.host.modules.when([late_modules.REPORT], self._show_report)

    def _show_report(self) -> None:
        sheet = dialog_factory.reporting(self.feed, self.host.main)
        sheet.written.connect(self._offer_report)
        sheet.finished.connect(sheet.deleteLater)
        sheet.open()

    def _offer_report(self, path: str) -> None:
        name = tr("Saved {name}", name=Path(path).name)
        self.host.offer(name, tr("Open"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(path)))

    def place_suggested(self) -> None:
        """Puts every device without a room into the room that its own system names."""
        self.room_suggestions.place_all()

    def users(self) -> None:
        """Shows the page of who may use the engine from other machines."""
        self.host.show_activity("users")

    def links(self) -> None:
        """Shows the page of the project's gateways."""
        self.host.show_activity("links")

    def show_link(self, link: str) -> None:
        """Shows the page of gateways and scrolls to this one."""
        self.links()
        self.host.with_panel("links", lambda panel: cast("LinksPanel", panel).scroll_to(link))

    def unbind(self) -> None:
        """Takes the selected devices out of their rooms."""
        if devices := self._picked():
            self.feed.when(self.api.unbind(*(device.id for device in devices)), lambda _: None)

    def remove(self) -> None:
        """Asks for confirmation, then removes the selected devices from the project."""
        devices = self._picked()
        if not devices:
            self.host.notify(tr("Select a device first."))
            return
        ask_removal(self.host.main, self.feed, devices, lambda: [self._remove(device.id) for device in devices])

    # View

    def trends(self, on: bool) -> None:
        """Shows or hides the trends panel."""
        self.host.show_panel("trends", on)

    def leave_trends(self) -> None:
        """Returns from the trends to the live view."""
        self.host.show_activity("live")

    def problems(self, on: bool) -> None:
        """Shows or hides the problems panel."""
        self.host.show_panel("problems", on)

    def dark(self, on: bool) -> None:
        """Applies the dark or the light theme and saves the setting."""
        self.host.apply_theme("dark" if on else "light")
        self._remember("theme", "dark" if on else "light")

    def fahrenheit(self, on: bool) -> None:
        """Shows temperatures in °F or °C and saves the setting."""
        unit = "°F" if on else "°C"
        self.host.set_language(current_language(), unit)
        self._remember("temperature_unit", unit)

    # Language, help

    def set_language(self, language: str, _on: bool = True) -> None:
        """Switches the window to this language and saves the setting."""
        if language != (self._coming_language or current_language()):
            self._once_loaded(language, partial(self.host.set_language, language))
            self._remember("language", language)

    def keys(self) -> None:
        """Opens the sheet of keyboard shortcuts."""
        needed = [late_modules.KEYS, late_modules.PLAN_TOOLS]
        self.host.modules.when(needed, partial(dialog_factory.keys, self.host.main))

    def about(self) -> None:
        """Opens the dialog with the program's version and licence."""
        self.host.modules.when([late_modules.ABOUT], partial(dialog_factory.about, self.host.main))

    # what views ask for

    def fly_to(self, thing: str) -> None:
        """Flies the camera to a room or device; changes to its storey and unhides it if necessary."""
        twin = self.feed.twin
        device = twin.device_of.get(DeviceId(thing))
        room = twin.room_of.get(device.room if device and device.room else RoomId(thing))
        if room is not None and self.selection.state.storey not in (None, room.storey):
            self.selection.change(storey=room.storey)
        self.show_hidden(thing)
        if self.host.scene:
            self.host.scene.fly_to(thing)

    def click_room(self, id: str) -> None:
        """Selects the clicked room; an empty id clears the selected room."""
        self.selection.pick_room(RoomId(id) if id else None)

    def drop_device(self, device: str, room: str, position: Position | None) -> None:
        """Binds a device to the room that it was dropped on, at `position` (metres) if known; one that was dropped on a
        planned place takes that. While the user is asked to pick something, nothing is bound.
        """
        known = DeviceId(device) in self.feed.twin.device_of and RoomId(room) in self.feed.twin.room_of
        if known and not self.feed.pick.is_open:
            if (holder := place_at(self.feed.twin, room, position)) is not None:
                take_place(self.feed, DeviceId(device), holder, self.host.notify)
            else:
                self.feed.when(self.api.bind(DeviceId(device), RoomId(room), position), lambda _: None)

    def chart(self, point: str) -> None:
        """Adds the point to the trends and shows them."""
        self.host.show_activity("trends")
        self.host.with_panel("trends", lambda panel: cast("TrendsPanel", panel).show_point(point))

    def menu(self, kind: str, id: str, at: QPoint) -> None:
        """Opens the context menu of a thing at a screen position, or starts the action that `kind` names; none while the
        user is asked to pick something."""
        if self.feed.pick.is_open:
            return
        if kind == "draw":
            self.draw_building()
            return
        if kind == "import":
            self.import_building()
            return
        menu = QMenu(self.host.main)
        for text, picture, do in (
            *self.room_suggestions.menu_entries(kind, id),
            *self._entries(kind, id),
            *self.filter_entries(kind, id),
        ):
            action = menu.addAction(icon(picture, current_theme()), entry(text))
            action.setEnabled(do is not unavailable)
            action.triggered.connect(calling(do))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _entries(self, kind: str, id: str) -> list[tuple[str, str, Callable[[], object]]]:
        twin = self.feed.twin
        if kind == "planned":
            return [*planned_entries(self.host.main, self.feed, id, self.pair_for)]
        if kind == "storey":
            show = (tr("Show this storey"), "storey", lambda: self.selection.change(storey=StoreyId(id)))
            return [show, (tr("Edit plan"), "draw", self.edit_plan)]
        entries: list[tuple[str, str, Callable[[], object]]] = [(tr("Fly there"), "send", lambda: self.fly_to(id))]
        if kind == "room":
            self.selection.pick_room(RoomId(id))
            return [
                *entries,
                *self.switches(twin.devices_in.get(RoomId(id), ())),
                (tr("Rename"), "rename", self.rename),
                plan_entry(self.host.main, self.feed, id),
            ]
        if (device := twin.device_of.get(DeviceId(id))) is None:
            return []
        if device.id not in self.selection.state.devices:
            self.selection.pick_device(device.id)
        entries[:0] = [
            (one.label, "switch", lambda one=one: self.feed.order(one.point, one.verb))
            for one in offered_commands(device)
        ]
        entries.append(blink_entry(self.feed, device))
        if main := self._main_point(device):
            entries.append((tr("Open in trends"), "trends", lambda: self.chart(main)))
        entries.append((tr("Rename"), "rename", self.rename))
        if device.room:
            entries.append((tr("Take out of the room"), "unbind", self.unbind))
        elif any(orphan.device == device.id for orphan in twin.orphans):
            entries.append((tr("Forget its lost room"), "unbind", self.unbind))
        return [
            *entries,
            *device_entries(self.host.main, self.feed, device),
            (tr("Remove device…"), "remove", self.remove),
        ]

    def _main_point(self, device: Device) -> str:
        from app.view.panel.building_tree_nodes import primary  # the tree's, which is there before any menu

        point = primary(device)
        return point.id if point else ""

    def _picked(self) -> list[Device]:
        there = self.feed.twin.device_of
        return [there[id] for id in self.selection.state.devices if id in there]

    def _remove(self, id: DeviceId) -> None:
        self.feed.when(self.api.remove(id), lambda _: self.selection.pick_room(None))

    def _remember(self, name: str, value: str) -> None:
        if self.host.settings.change(name, value):
            self.feed.save_settings(self.host.settings)


def _undone(label: Text | None) -> str:
    return tr("Undone: {label}", label=sentence(label)) if label else tr("Nothing to undo")


def _redone(label: Text | None) -> str:
    return tr("Done again: {label}", label=sentence(label)) if label else tr("Nothing to do again")
