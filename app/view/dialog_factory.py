"""Opens or creates the dialogs; the caller loads the dialog's module first (late_modules), to keep the start fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QWidget

from app.i18n import tr
from app.selection import Thing
from app.settings import Settings
from app.view.feed import Feed
from app.view.menu_entry import MenuEntry
from twin.model.device import Device
from twin.model.import_review import Review
from twin.model.problem import Problem
from twin.model.twin import Twin

if TYPE_CHECKING:
    from app.portfolio.portfolio_api import PortfolioApi
    from app.view.panel.import_review import ReviewSheet
    from app.view.panel.pair_dialog import PairDialog
    from app.view.panel.report_sheet import ReportSheet


def about(parent: QWidget) -> QDialog:
    """Opens the dialog with the program's version and licence."""
    from app.view.panel.about_dialog import about_dialog

    return about_dialog(parent)


def keys(parent: QWidget) -> QDialog:
    """Opens the sheet of keyboard shortcuts, including those of the plan tools."""
    from app.view.panel.shortcuts_sheet import keys_sheet
    from app.view.plan.tool_table import TOOLS

    return keys_sheet(parent, [(tr("On the plan: {tool}", tool=tr(row.title)), row.key) for row in TOOLS if row.key])


def settings(
    kept: Settings, feed: Feed, changed: Callable[[str], None], raised: Callable[[Problem], None], parent: QWidget
) -> None:
    """Opens the settings page; `changed` gets the name of each saved setting, `raised` each problem."""
    from app.view.panel.settings_dialog import SettingsDialog

    SettingsDialog(kept, feed, changed, raised, parent).open()


def palette(
    feed: Feed,
    parent: QWidget,
    *,
    act: Callable[[str], object],
    go: Callable[[str], object],
    only: Callable[[frozenset[Thing]], object],
    switches: Callable[[Sequence[Device]], list[MenuEntry]],
    is_possible: Callable[[str], bool],
    ask: Callable[[str], object],
    tell: Callable[[str], object],
) -> QWidget:
    """Opens the command palette with the entries of `app.view.panel.palette.entries`; returns its field."""
    from app.view.panel.palette import CommandPalette
    from app.view.panel.palette_entries import entries

    found = entries(feed, act, go, only, switches, is_possible, tell)
    made = CommandPalette(found, parent, tr("Go to a room or device, do something, or ask"), ask)
    made.show()
    return made.field


def asking(
    feed: Feed,
    parent: QWidget,
    text: str,
    *,
    go: Callable[[str], object],
    only: Callable[[frozenset[Thing]], object],
    chart: Callable[[str], object],
) -> None:
    """Opens the dialog that answers questions, with `text` asked."""
    from app.view.panel.answer_dialog import AnswerDialog

    made = AnswerDialog(feed, parent, go=go, only=only, chart=chart)
    made.show()
    made.ask(text)


def attaching(feed: Feed, portfolio: PortfolioApi, parent: QWidget, opened: Callable[[], object]) -> None:
    """Opens the dialog that attaches this computer to an engine elsewhere; `opened` is called once its window starts."""
    from app.view.panel.attach_dialog import AttachDialog

    AttachDialog(feed, portfolio, parent, opened).open()


def pairing(feed: Feed, parent: QWidget) -> PairDialog:
    """Creates the dialog that pairs a device by its code; the caller shows it."""
    from app.view.panel.pair_dialog import PairDialog

    return PairDialog(feed, parent)


def setup_codes(feed: Feed, parent: QWidget, device: Device | None = None) -> None:
    """Opens the dialog of the setup codes; for a device, with its own."""
    from app.view.panel.setup_codes_sheet import SetupCodesSheet

    SetupCodesSheet(feed, parent, device).open()


def reporting(feed: Feed, parent: QWidget) -> ReportSheet:
    """Creates the dialog of the hand-over report; the caller shows it."""
    from app.view.panel.report_sheet import ReportSheet

    return ReportSheet(feed, parent)


def reviewing(review: Review, twin: Twin, parent: QWidget) -> ReviewSheet:
    """Creates the dialog that reviews the changes of a building file; the caller shows it."""
    from app.view.panel.import_review import ReviewSheet

    return ReviewSheet(review, twin, parent)
