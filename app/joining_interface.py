"""The part of EngineApi for networks that new devices join, and for the software of devices."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.device_sharing import DeviceSoftware, UpdateAct
from twin.model.ids import DeviceId, LinkId
from twin.model.joining import JoinNetwork


class JoiningApi(Protocol):
    """Joining and software updates, over every protocol that has them. Futures fail with ProblemError."""

    def join_networks(self) -> Future[tuple[JoinNetwork, ...]]:
        """The networks of all links that are online, with the devices that join them now."""
        ...

    def permit_join(self, link: LinkId, network: str, seconds: int, through: str = "") -> Future[None]:
        """Opens a network for new devices for some seconds, by all its routers or the one with this address; 0 closes it."""
        ...

    def software_states(self) -> Future[tuple[DeviceSoftware, ...]]:
        """The software of every device that can get a newer one, as far as it is known now; asks no device."""
        ...

    def change_software(self, device: DeviceId, act: UpdateAct) -> Future[None]:
        """Checks for, installs, schedules or stops an update of a device; done once an update has begun, and then told by
        `software_states`. Nothing is updated that was not asked for.
        """
        ...

    def load_software(self, device: DeviceId, path: str) -> Future[None]:
        """Takes newer software for a device from an image file, which is then told as newer; installs nothing."""
        ...
