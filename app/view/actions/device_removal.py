"""Removing devices: the question names what their protocols do at the devices then."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from app.i18n import sentence, tr
from app.view.feed import Feed
from app.view.panel.prompts import ask_user
from twin.model.device import Device
from twin.model.ids import LinkId
from twin.model.link_option import LinkSchema
from twin.model.text import Text

NAMED = 5
"""Number of devices that the question names."""


def ask_removal(window: QWidget, feed: Feed, devices: Sequence[Device], remove: Callable[[], object]) -> None:
    """Asks for confirmation once the devices' protocols are known; `remove` is called if the user confirms."""
    links = list(dict.fromkeys(device.link for device in devices))
    schemas: dict[LinkId, LinkSchema] = {}

    def take(link: LinkId, schema: LinkSchema) -> None:
        schemas[link] = schema
        if len(schemas) == len(links):
            removals = dict.fromkeys(schemas[link].removal for link in links)
            _ask(window, devices, [removal for removal in removals if removal is not None], remove)

    for link in links:
        asked = feed.api.link_options(link)
        feed.when(
            asked, lambda schema, link=link: take(link, schema), lambda _problem, link=link: take(link, LinkSchema())
        )


def _ask(window: QWidget, devices: Sequence[Device], removals: Sequence[Text], remove: Callable[[], object]) -> None:
    names = ", ".join(device.name for device in devices[:NAMED])
    explanation = [tr("It leaves the project. Its history stays."), *(sentence(removal) for removal in removals)]
    ask_user(window, tr("Remove {name}?", name=names), "\n".join(explanation), tr("Remove"), remove)
