"""Why something happened or did not."""

from __future__ import annotations

from twin.model.text import Text


def because(code: str, /, **args: str | float | bool | Text | None) -> Text:
    """A reason: names, numbers and times (UTC ms) by name, or a reason within it. Its sentence is written when something
    shows it; until then it is shown as code and arguments."""
    return Text(code, **args)
