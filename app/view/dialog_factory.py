"""The door to the dialogs. Who opens one has its module (late_modules) loaded before: most sessions open none, every start
would pay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QWidget

from app.i18n import tr
from app.selection import Thing
from app.settings import Settings
from app.view.feed import Feed
from app.view.menu_offer import MenuOffer
from twin.model.device import Device
from twin.model.import_review import Review
from twin.model.problem import Problem
from twin.model.twin import Twin

if TYPE_CHECKING:
    from app.view.panel.import_review import ReviewSheet
    from app.view.panel.pair_dialog import PairDialog


def about(parent: QWidget) -> QDialog:
    """What this is, and which version."""
    from app.view.panel.about_dialog import about_dialog

    return about_dialog(parent)


def keys(parent: QWidget) -> QDialog:
    """The sheet of keys, those of the plan's tools included."""
    from app.view.panel.shortcuts_sheet import keys_sheet
    from app.view.plan.tool_table import TOOLS

    return keys_sheet(parent, [(tr("On the plan: {tool}", tool=tr(row.title)), row.key) for row in TOOLS if row.key])


def settings(
    kept: Settings, feed: Feed, changed: Callable[[str], None], raised: Callable[[Problem], None], parent: QWidget
) -> None:
    """The page of settings: `changed` hears the name of each one that was written, `raised` what could not be."""
    from app.view.panel.settings_dialog import SettingsDialog

    SettingsDialog(kept, feed, changed, raised, parent).open()


def palette(
    feed: Feed,
    parent: QWidget,
    *,
    act: Callable[[str], object],
    go: Callable[[str], object],
    only: Callable[[frozenset[Thing]], object],
    switches: Callable[[Sequence[Device]], list[MenuOffer]],
    offers: Callable[[str], bool],
) -> None:
    """Everything one can go to or do (see `app.view.panel.palette.entries`)."""
    from app.view.panel.palette import CommandPalette, entries

    found = entries(feed, act, go, only, switches, offers)
    CommandPalette(found, parent, tr("Go to a room or device, or do something")).show()


def pairing(feed: Feed, parent: QWidget) -> PairDialog:
    """The dialog that pairs a device by its code; not shown yet."""
    from app.view.panel.pair_dialog import PairDialog

    return PairDialog(feed, parent)


def reviewing(review: Review, twin: Twin, parent: QWidget) -> ReviewSheet:
    """What a building file that was read again changes; not shown yet."""
    from app.view.panel.import_review import ReviewSheet

    return ReviewSheet(review, twin, parent)
