"""Credentials of a link. Imports only the standard library, for fast verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """Credentials of a link. Never logged; the fields do not appear in repr."""

    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    data: str = field(default="", repr=False)
    """Longer secrets of a protocol (pairing keys as JSON)."""
    table_password: str = field(default="", repr=False)
    """Password of the link's table (KNX: the ETS project), where it has another than `password`."""

    def with_further(self, passwords: Mapping[str, str]) -> Secret:
        """This secret with the passwords of options (OptionKind.SECRET), by the names of the fields."""
        return replace(self, **passwords)

    def after(self, kept: Secret | None) -> Secret:
        """What to store where `kept` was: keys that the peer has handed out outlive a newly typed login, and of login and
        further password the one that was not given remains.
        """
        if kept is None or self.data:
            return self
        login = self if self.user or self.password or not self.table_password else kept
        return Secret(
            user=login.user,
            password=login.password,
            data=kept.data,
            table_password=self.table_password or kept.table_password,
        )
