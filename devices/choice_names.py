"""Names of choices: as a device spells them, and as they are shown. A command carries the device's own spelling."""

from __future__ import annotations

from collections.abc import Iterable

from twin.model.ids import MAX_NAME, clean_name


def unique_names(spelled: Iterable[str], limit: int = MAX_NAME) -> tuple[str, ...]:
    """A name to show for each spelling, in their order: cleaned, at most `limit` characters, and each different from all
    others, with a number in brackets behind those that come again or are empty.
    """
    cleaned = [clean_name(one, limit) for one in spelled]
    taken, found = set(cleaned), list[str]()
    seen: set[str] = set()
    for name in cleaned:
        shown, number = name, 1
        while not shown or shown in seen or (number > 1 and shown in taken):
            number += 1
            shown = f"{name} ({number})".strip()
        seen.add(shown)
        found.append(shown)
    return tuple(found)


class ChoiceNames:
    """The choices of one point, where the device names its choices by text."""

    def __init__(self, spelled: Iterable[str], limit: int = MAX_NAME) -> None:
        different = tuple(dict.fromkeys(spelled))
        self._limit = limit
        self.shown = unique_names(different, limit)
        """The names of the choices, in the device's order."""
        self._shown_of = dict(zip(different, self.shown, strict=True))
        self._spelling_of = dict(zip(self.shown, different, strict=True))

    def __contains__(self, spelled: object) -> bool:
        """Whether a text from the device is one of its choices, whatever blanks it has around it."""
        return isinstance(spelled, str) and (
            spelled in self._shown_of or clean_name(spelled, self._limit) in self.shown
        )

    def name_of(self, spelled: str) -> str:
        """The name to show for a text from the device, which may be none of its choices."""
        return self._shown_of.get(spelled) or clean_name(spelled, self._limit)

    def spelling_of(self, shown: str) -> str:
        """The device's own spelling of a choice; a text that is none of them as it is."""
        return self._spelling_of.get(shown, shown)
