"""Actions that pair a device by its code: typed, on a picture, or for a planned place; a mixin of the effects."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from app.view import dialog_factory, late_modules
from app.view.actions.panel_host import PanelHost
from app.view.feed import Feed
from twin.model.device import Device
from twin.model.ids import PlaceholderId

if TYPE_CHECKING:
    from app.view.label.label_picture import LabelSource
    from app.view.panel.discover import DiscoverPanel
    from app.view.panel.pair_dialog import PairDialog


class PairingActions:
    """Opens the one pairing dialog; a mixin of `ActionEffects`."""

    host: PanelHost
    feed: Feed
    _pairing: PairDialog | None = None

    def pair(self) -> None:
        """Opens the pairing dialog, or raises the one that is already open."""
        self.host.modules.when([late_modules.PAIRING], partial(self._show_pairing, None))

    def pair_for(self, holder: PlaceholderId) -> None:
        """Opens the pairing dialog for a device that takes a planned place."""
        self.host.modules.when([late_modules.PAIRING], partial(self._show_pairing, holder))

    def setup_codes(self) -> None:
        """Opens the dialog of the setup codes that are kept."""
        self.host.modules.when(
            [late_modules.SETUP_CODES], lambda: dialog_factory.setup_codes(self.feed, self.host.main)
        )

    def pair_by_picture(self, source: LabelSource) -> None:
        """Opens the pairing dialog with the code on a picture of a label."""

        def show() -> None:
            self._show_pairing(None)
            if self._pairing is not None:
                self._pairing.read_picture(source)

        self.host.modules.when([late_modules.PAIRING], show)

    def takes_labels(self) -> bool:
        """Whether a picture that is dropped or pasted is one of a label: a project is open, and no plan is edited."""
        return bool(self.feed.api.project()) and self.host.editor is None

    def _show_pairing(self, wanted: PlaceholderId | None) -> None:
        if self._pairing is None:
            self._pairing = dialog_factory.pairing(self.feed, self.host.main)
            self._pairing.paired.connect(self._paired)
            self._pairing.finished.connect(self._forget_pairing)
        self._pairing.wanted = wanted
        self._pairing.show()
        self._pairing.raise_()
        self._pairing.activateWindow()

    def _paired(self, devices: tuple[Device, ...]) -> None:
        self.host.with_panel("install", lambda panel: cast("DiscoverPanel", panel).show_fresh(devices))

    def _forget_pairing(self) -> None:
        if self._pairing is not None:
            self._pairing.deleteLater()
            self._pairing = None
