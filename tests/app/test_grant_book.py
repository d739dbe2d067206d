"""The grants that a door knows."""

from __future__ import annotations

import threading
from typing import cast

from app.engine.grant_book import GrantBook
from tests.twin.store.old_files import VERA
from twin.model.grant import Grant
from twin.store.project import Project


class SlowProject:
    """A project whose grants are read before, and arrive after, something else happens."""

    def __init__(self) -> None:
        self.reading, self.arrive = threading.Event(), threading.Event()

    def setting(self, name: str) -> None:
        """It has none."""

    def grants(self) -> dict[str, Grant]:
        self.reading.set()
        assert self.arrive.wait(60)
        return {"0" * 64: VERA}


def test_a_grant_that_is_revoked_while_all_are_read_does_not_come_back() -> None:
    project = SlowProject()
    book = GrantBook(cast("Project", project))
    reader, revoker = threading.Thread(target=book.read), threading.Thread(target=book.forget, args=(VERA,))
    reader.start()
    assert project.reading.wait(60)
    revoker.start()
    revoker.join(0.2)  # it waits for the reader; one that does not has ended by then
    project.arrive.set()
    reader.join(60)
    revoker.join(60)
    assert not book.known(VERA)
