"""Roles of clients, and the role that each method of EngineApi needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from app.actions import DEFAULT_SENDER
from twin.model.grant import ROLES, Grant


class Role(IntEnum):
    """Roles of clients; each includes the rights of those before it."""

    NONE = 0
    VIEWER = 1
    OPERATOR = 2
    INSTALLER = 3
    ADMIN = 4


_VIEWER = (
    "mesh", "drawing", "columns", "moments", "consumption", "energy", "energy_setup", "comfort", "warnings", "warning_chart", "links", "setting", "strings", "undo_labels", "undo_authors", "engine_settings", "project",
    "now_ms", "check_code", "compute", "light", "resync", "alarms", "alarm_log", "alarm_metrics", "rules", "checkout_photo", "kept_light", "run_log", "why_not", "preview_rule", "capture_scene", "approvals", "digest",
    "notifications", "may", "radio_map", "privacy", "presence_hours", "home_presence", "care", "withdraw_care", "pause_care", "answer_care",
    "report_schedules",
)  # fmt: skip
_OPERATOR = (
    "command",
    "comfort_evidence",
    "command_many",
    "send",
    "act_on_alarms",
    "run_rule",
    "set_scene",
    "put_back_scene",
    "release_points",
    "decide_command",
    "change_work_orders",
    "write_report",
    "write_comfort_evidence",
    "run_report",
    "copy_report",
    "write_work_orders",
    "dismiss_warning",
    "security_events",
    "restore_warning",
    "set_home_presence",
    "cancel",
)
_INSTALLER = (
    "bind", "bind_all", "unbind", "place_in_room", "plan_device", "unplan_device", "take_place", "rename", "remove", "replace_device", "undo", "redo", "discover", "ignore_candidate", "add", "certificate",
    "log_in", "trust", "table_changes", "link_options", "remove_link", "pair", "pair_many", "retry_pairing", "cancel_pairing", "forget_pairing", "pairing_jobs", "export", "export_devices", "import_building", "review", "review_again", "accept", "sketch",
    "page", "set_drawing", "check_network", "check_out", "mark_meter", "unmark_meter", "keep_energy_setup", "keep_light", "keep_setting", "require_approval", "watch_security", "change_definitions",
    "share_device", "memberships", "end_membership", "software_state", "join_networks", "permit_join", "software_states", "change_software",
    "load_software", "setup_codes", "setup_code", "keep_setup_code", "forget_setup_code",
    "test_channel", "keep_channel_password", "survey_radio", "agree_to_care",
)  # fmt: skip
_ADMIN = (
    "change_engine_setting", "open_project", "new_project", "open_again", "open_demo", "grants", "add_grant", "revoke_grant",
    "served", "serve", "set_privacy",
)  # fmt: skip

NEED: Mapping[str, Role] = {
    method: role
    for role, methods in zip([*Role][1:], (_VIEWER, _OPERATOR, _INSTALLER, _ADMIN), strict=True)
    for method in methods
}
"""The role that each method of EngineApi needs."""

NOT_CARRIED = frozenset({"compute", "may", "light", "resync", "open_project", "new_project", "open_again", "open_demo"})
"""Methods that clients cannot call remotely: they concern the client's own process, inbox or window."""
READING = frozenset(_VIEWER) - NOT_CARRIED - {"withdraw_care", "pause_care", "answer_care"} | {
    "page",
    "pairing_jobs",
    "memberships",
    "software_state",
    "software_states",
    "setup_codes",
    "join_networks",
    "certificate",
    "link_options",
    "table_changes",
    "grants",
    "served",
}
"""Methods that change nothing; an HTTP GET may call them."""
MIRRORED = frozenset({"strings", "undo_labels", "undo_authors", "project", "now_ms"})
"""Methods that a client answers by itself, at once, from state that the engine sent."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The identity and role of the client of a connection."""

    name: str = DEFAULT_SENDER
    role: Role = Role.ADMIN
    """By default the engine's own user, who may do everything."""
    client: str = ""
    """Id of the door's client; empty inside the engine's own process."""
    grant: Grant | None = None
    """The grant of a client of another machine; None for programs of the engine's own user."""
    origin: str = ""
    """Network address that a client of another machine calls from; empty for this machine."""

    @classmethod
    def of(cls, grant: Grant, origin: str) -> Caller:
        """The caller who has this grant; a role that this program does not know may nothing."""
        role = Role[grant.role.upper()] if grant.role in ROLES else Role.NONE
        return cls(grant.name, role, grant=grant, origin=origin)

    @property
    def remote(self) -> bool:
        """Whether the client may be on another machine: its paths are not those of the engine's."""
        return self.grant is not None

    @property
    def person(self) -> str:
        """Name of the author of edits; empty for the engine's own user."""
        return "" if self.grant is None and self.name == DEFAULT_SENDER else self.name

    def may(self, method: str) -> bool:
        """Whether the role allows the method; False for unknown methods."""
        need = NEED.get(method)
        return need is not None and self.role >= need
