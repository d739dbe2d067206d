"""An office of 99 rooms on three storeys, and a gateway with any number of devices named after these rooms."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from devices.contract import AdapterContext, AdapterSession, RefusedError, Secret, Service, SessionEvent
from devices.event_columns import waiting
from twin.building.plan.drawing_builder import DrawingBuilder
from twin.model.candidate import Candidate
from twin.model.device import DeviceInfo, Link, PointInfo
from twin.model.drawing import Drawing, DrawingWithPictures, DrawnStorey, DrawnWall, RoomName
from twin.model.ids import LinkId
from twin.model.observation import Report, Value
from twin.model.report_columns import ReportColumns, ReportTable
from twin.store.project import Project

STOREYS, COLUMNS, ROWS = 3, 11, 3
ROOM_M, HEIGHT_M = 5.0, 3.0
EVERY_S = 0.25
"""Seconds between two bursts of reports of a gateway with its own interval."""


def office() -> Drawing:
    """Walls on a grid, a name in each of the 99 rooms."""
    return Drawing(name="Office", site="bench", storeys=tuple(_storey(number) for number in range(STOREYS)))


def make_office(path: Path) -> None:
    """Creates a project with the office and no devices."""
    drawing = office()
    with Project.create(path, name="Office") as project:
        project.set_drawing(DrawingWithPictures(drawing), DrawingBuilder().build(drawing))


def room_name(storey: int, number: int) -> str:
    """Name of a room from its storey and number: `2.07`."""
    return f"{storey + 1}.{number + 1:02}"


def _storey(number: int) -> DrawnStorey:
    wide, deep = COLUMNS * ROOM_M, ROWS * ROOM_M
    along = [((0.0, y * ROOM_M), (wide, y * ROOM_M)) for y in range(ROWS + 1)]
    across = [((x * ROOM_M, 0.0), (x * ROOM_M, deep)) for x in range(COLUMNS + 1)]
    walls = tuple(DrawnWall(id=id, a=a, b=b) for id, (a, b) in enumerate([*along, *across], 1))
    places = [((x + 0.5) * ROOM_M, (y + 0.5) * ROOM_M) for y in range(ROWS) for x in range(COLUMNS)]
    names = tuple(RoomName(id=100 + n, name=room_name(number, n), at=at) for n, at in enumerate(places))
    return DrawnStorey(
        id=number + 1,
        name=f"Level {number + 1}",
        elevation_m=number * HEIGHT_M,
        height_m=HEIGHT_M,
        walls=walls,
        names=names,
    )


def described(count: int) -> tuple[DeviceInfo, ...]:
    """The devices: half measure the climate, a third are lamps, the rest are sockets with a meter."""
    return tuple(_device(number) for number in range(count))


def _device(number: int) -> DeviceInfo:
    storey, room = number % STOREYS, number // STOREYS % (COLUMNS * ROWS)
    kind = ("sensor", "light", "sensor", "plug", "sensor", "light")[number % 6]
    keys = {"sensor": ("temperature", "humidity"), "light": ("on_off", "level"), "plug": ("on_off", "power")}[kind]
    points = tuple(PointInfo(key=key, capability=key, writable=key in ("on_off", "level")) for key in keys)
    area = room_name(storey, room)
    return DeviceInfo(
        uid=f"n{number:05}", name=f"{area} {kind} {number}", points=points, kind=kind, maker="Bench", area=area
    )


class ManyAdapter:
    """Adapter for `many://2000?every=0`: 2000 devices that report every `every` seconds, only once with 0."""

    protocol, title = "many", "Many"
    service_types: tuple[str, ...] = ()
    schemes = ("many",)

    def claim(self, service: Service) -> Candidate | None:
        """None: services found on the network are never claimed."""
        del service

    def link(self, target: str | Candidate) -> Link:
        """The link to the only gateway."""
        address = target if isinstance(target, str) else target.key
        return Link(id=LinkId("many"), protocol=self.protocol, address=address, title="Many")

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """Opens a session without waiting; the device count and interval come from the address."""
        del secret, adapter_context
        url = urlsplit(link.address)
        return _Session(int(url.netloc), float(url.query.partition("=")[2] or 0))


class _Session:
    def __init__(self, count: int, every_s: float) -> None:
        self._infos, self._every_s = described(count), every_s
        self._values = {(one.uid, point.key): self._first(n, point.key) for n, one in enumerate(self._infos) for point in one.points}  # fmt: skip
        self._reports: asyncio.Queue[Report] = asyncio.Queue()
        self._closed = asyncio.Event()

    @staticmethod
    def _first(number: int, key: str) -> Value:
        drift = number % 40
        return {"temperature": 19.0 + drift / 10, "humidity": 40.0 + drift, "on_off": drift % 2 == 0}.get(
            key, float(drift)
        )

    async def describe(self) -> tuple[DeviceInfo, ...]:
        return self._infos

    async def events(self) -> AsyncIterator[SessionEvent]:
        table, turn = ReportTable(), 0
        yield ReportColumns.of((Report(uid, key, value) for (uid, key), value in self._values.items()), table)
        while not self._closed.is_set():
            try:
                async with asyncio.timeout(EVERY_S):
                    yield ReportColumns.of(await waiting(self._reports), table)
            except TimeoutError:
                share = round(self._every_s / EVERY_S)
                speaking = range(turn % share, len(self._infos), share) if share else ()
                burst = [report for number in speaking for report in self._again(number, turn // share)]
                if burst:
                    yield ReportColumns.of(burst, table)
                turn += 1

    def _again(self, number: int, times: int) -> list[Report]:
        """Reports of a device for its n-th round, with values that change each time."""
        info = self._infos[number]
        keys = [point.key for point in info.points if point.key not in ("on_off", "level")]
        return [Report(info.uid, key, self._first(number + times * 7, key)) for key in keys]

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        known = self._values.get((uid, key))
        if known is None:
            raise RefusedError("This device does not have that")
        fixed: dict[str, Value] = {"on": True, "off": False, "toggle": not known}
        self._values[uid, key] = fixed.get(verb, value)
        self._reports.put_nowait(Report(uid, key, self._values[uid, key]))

    async def close(self) -> None:
        self._closed.set()


ADAPTERS = {"many": ManyAdapter()}
