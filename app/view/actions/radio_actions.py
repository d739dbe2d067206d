"""Shows and hides radio links in the 3D view; a mixin of the effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from app.view.actions.panel_host import PanelHost
from twin.model.radio_map import RadioMap

if TYPE_CHECKING:
    from app.view.panel.radio_survey import RadioPanel


class RadioActions:
    """While radio links are shown, floors are plain unless the user colours them again."""

    host: PanelHost
    _hidden = False
    """Whether the user has hidden the links."""
    _shown = False
    _coloured_by = ""
    """What coloured the rooms before the links were shown."""

    def radio(self, on: bool) -> None:
        """Shows the page of radio links, which reads their map; or hides the links."""
        if on:
            self.radio_page()
            return
        self._hidden = True
        self._show(None)

    def radio_page(self) -> None:
        """Shows the page of radio links; the 3D view shows what it reads."""
        self._hidden = False
        self.host.show_activity("radio")
        self.host.with_panel("radio", lambda panel: cast("RadioPanel", panel).read())

    def show_radio_map(self, found: RadioMap, asked: bool) -> None:
        """Shows a map in the 3D view, unless the user has hidden the links since; `asked`: the user had devices asked for it."""
        self._hidden = self._hidden and not asked
        if not self._hidden:
            self._show(found)

    def _show(self, found: RadioMap | None) -> None:
        selection, turned = self.host.feed.selection, (found is not None) is not self._shown
        self._shown = found is not None
        self.host.check("radio", self._shown)
        if turned and self._shown:
            self._coloured_by = selection.state.colour_by
            selection.change(colour_by="")
        elif turned and not selection.state.colour_by:
            selection.change(colour_by=self._coloured_by)
        if self.host.scene is not None:
            self.host.scene.set_radio_map(found)
