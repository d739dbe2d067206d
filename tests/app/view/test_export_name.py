"""What a window proposes to call a file is named after the project, never after an address."""

from __future__ import annotations

import pytest

from app.view.export_name import export_name


@pytest.mark.parametrize(
    ("project", "title", "name"),
    [
        ("/home/me/Haus am See.oikos", "another", "Haus am See"),
        ("https://127.0.0.1:8443", "School / east: 2", "School east 2"),
        ("https://[2001:db8::1]:8443", "别墅", "别墅"),
        ("https://house.local:8443", "..", "oikos"),
        ("", "", "oikos"),
    ],
)
def test_files_are_named_after_the_project(project: str, title: str, name: str) -> None:
    assert export_name(project, title) == name
