"""Presence of devices and links as alarms and automations read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.engine.rule_host import RuleHost
from devices.link import LinkState
from twin.model.change import DeviceOnline, LinkChanged
from twin.rules.rule_view import RuleView, ValueChange, online_key

_LINK_VALUE = {
    LinkState.ONLINE.value: 1.0,
    LinkState.WAITING.value: 0.0,
    LinkState.NEEDS_LOGIN.value: 0.0,
    LinkState.OFF.value: float("nan"),  # nobody wants it to run: that is no fault
}


class RulePresence:
    """Makes values of presence: 1 for online, 0 for offline. Event loop only."""

    def __init__(self, session: RuleHost) -> None:
        self._session = session
        self._gone_with_link: set[str] = set()
        """Online keys of devices that are offline only because their link is."""

    def change(self, change: DeviceOnline | LinkChanged, view: RuleView, now_ms: int) -> ValueChange | None:
        """The value of a change; None where it has none. Assumed presence has none, unless the device was offline only
        with its link; nor has a link that is connecting."""
        if isinstance(change, LinkChanged):
            value = _LINK_VALUE.get(change.state)
            return None if value is None else (online_key(change.link), value, now_ms)
        key = online_key(change.device)
        if not change.online:
            device = self._session.twin.device_of.get(change.device)
            if device is None or self._session.state_of(device.link) is LinkState.ONLINE:
                self._gone_with_link.discard(key)
            elif view.get(key) != 0:  # it was not away already, for reasons of its own
                self._gone_with_link.add(key)
            return key, 0.0, now_ms
        if change.assumed and key not in self._gone_with_link:
            return None
        self._gone_with_link.discard(key)
        return key, 1.0, now_ms

    def known(self, keys: Iterable[str], view: RuleView, now_ms: int) -> Iterator[ValueChange]:
        """Presence values of the devices and links among these keys, where known."""
        wanted, session = frozenset(keys), self._session
        devices = session.presence.there.items()
        changes = [
            *(DeviceOnline(device, there.online, now_ms, assumed=there.assumed) for device, there in devices),
            *(LinkChanged(link.id, session.state_of(link.id).value) for link in session.twin.links),
        ]
        for change in changes:
            id = change.device if isinstance(change, DeviceOnline) else change.link
            value_change = self.change(change, view, now_ms) if online_key(id) in wanted else None
            if value_change is not None:
                yield value_change
