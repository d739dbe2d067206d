"""Which objects of a device are read: those that it lists, or those of its EDE file; and what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from devices.protocols.bacnet.bacnet_client import BacnetClient, BacnetRefusedError, ObjectValues
from devices.protocols.bacnet.bacnet_objects import TYPES
from devices.protocols.bacnet.ede_file import EdeFile, EdeObject
from twin.model.skipped import Skipped
from twin.model.text import Text

MAX_OBJECTS = 5_000


class ObjectChoice:
    """The objects of one device. Without an EDE file they are those that it lists."""

    def __init__(self, ede: EdeFile | None) -> None:
        self._ede = ede
        self._rows: Mapping[str, EdeObject] = {}
        self._passed_over: Counter[str] = Counter()
        self._not_in_ede: Counter[str] = Counter()
        self._beyond = 0

    async def wanted(self, client: BacnetClient, device: str) -> list[str]:
        """The objects to read; a device with an EDE file need not list its own. Raises BacnetRefusedError, TimeoutError,
        ProblemError.
        """
        if self._ede is not None:
            self._rows = self._ede.of_device(device)
        try:
            listed, unlisted = await client.object_list(device)
        except (BacnetRefusedError, TimeoutError):
            if self._ede is None:
                raise
            listed, unlisted = [], 0
        self._passed_over = Counter(_type(one) for one in listed if _type(one) not in TYPES)
        readable = [one for one in listed if _type(one) in TYPES]
        if self._ede is not None:
            if not listed:
                self._passed_over = self._ede.unread(device)
            self._not_in_ede = Counter(_type(one) for one in readable if one not in self._rows)
            readable, unlisted = list(self._rows), 0
        self._passed_over.pop(_type(device), None)
        self._beyond = max(0, len(readable) - MAX_OBJECTS) + unlisted
        return readable[:MAX_OBJECTS]

    def completed(self, found: ObjectValues, wanted: Iterable[str]) -> ObjectValues:
        """The properties that were read of these objects, with those of the EDE file."""
        if self._ede is None:
            return found
        return {one: self._ede.with_row(found.get(one, {}), self._rows[one]) for one in wanted}

    def notifies(self, object: str) -> bool:
        """Whether an object may notify changes of value: False where the EDE file denies it."""
        row = self._rows.get(object)
        return row is None or row.cov is not False

    def skipped(self) -> Iterator[Skipped]:
        """Objects of types that are not read, by type, those that the EDE file leaves out, its bad lines, and those too many."""
        for type, n in self._passed_over.items():
            yield Skipped(f"{type} ({n})", Text("bacnet.type"))
        for type, n in self._not_in_ede.items():
            yield Skipped(f"{type} ({n})", Text("bacnet.not_in_ede"))
        if self._ede is not None:
            yield from self._ede.faults
        if self._beyond:
            yield Skipped("", Text("bacnet.objects_beyond", count=self._beyond, most=MAX_OBJECTS))


def _type(object: str) -> str:
    return object.partition(",")[0]
