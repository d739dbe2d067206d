"""The part of EngineApi for what the project's links are given, and for their tables of devices."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from types import MappingProxyType
from typing import Protocol

from twin.model.ids import LinkId
from twin.model.table_changes import TableChanges

NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


class LinksApi(Protocol):
    """Changes of links. Futures fail with ProblemError."""

    def trust(self, link: LinkId, trust: Mapping[str, str]) -> Future[None]:
        """Sets another `ca` or `pin` of a link, or neither; one undo step, and the link reconnects."""
        ...

    def table_changes(self, link: LinkId, options: Mapping[str, str] = NO_OPTIONS) -> Future[TableChanges]:
        """What the table of a link (KNX: its ETS project) would change if it were read now, with these options instead of the
        link's own: another file, or the same one that was exported anew. Changes nothing; `add` of the link's address with
        the options takes it over."""
        ...

    def remove_link(self, link: LinkId) -> Future[None]:
        """Removes a link, its devices and its secret; history stays, and undo restores all but the secret."""
        ...
