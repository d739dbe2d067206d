"""The action that asks the building a question."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from app.selection import Thing
from app.view import dialog_factory, late_modules
from app.view.actions.panel_host import PanelHost


class QuestionActions:
    """Opens the dialog that answers questions. `go` flies to a thing, `only` shows only some, `chart` charts a point."""

    def __init__(
        self,
        host: PanelHost,
        *,
        go: Callable[[str], object],
        only: Callable[[frozenset[Thing]], object],
        chart: Callable[[str], object],
    ) -> None:
        self._host = host
        self._show = partial(dialog_factory.asking, host.feed, host.main, go=go, only=only, chart=chart)

    def ask(self, text: str = "") -> None:
        """Opens the dialog with a question, or for one."""
        self._host.modules.when([late_modules.ANSWER], partial(self._show, text))
