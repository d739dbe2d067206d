"""Table of settings, read from and written to `settings.toml` in OIKOS_HOME. Bad values become problems."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import cast

from app.i18n import known_languages
from devices.folders import home as home
from twin.files import atomic
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.text import Text

type SettingValue = bool | int | float | str | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. Its type is that of the default; `choices` or the range limit the value."""

    name: str
    default: SettingValue
    sentence: str
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    on_page: bool = True
    """Whether the settings page shows it; values that the window stores by itself are not shown."""
    of_engine: bool = False
    """Whether the setting belongs to the engine (shared by its windows), else to the window."""


BACKGROUND = "background"
"""Name of the setting for what happens to a window's engine on closing: ask, always (continues), never (ends)."""

REPORTS_FOLDER = "reports_folder"
"""Name of the setting for the folder of scheduled reports, which only the engine's own computer tells and changes."""
TEMPERATURE_UNIT = "temperature_unit"
"""Name of the setting for the unit in which temperatures are shown: °C or °F."""
ALARM_SOUND, ALARM_NOTIFICATION = "alarm_sound", "alarm_notification"

ROWS: tuple[Setting, ...] = (
    Setting(name="theme", default="system", choices=("system", "light", "dark"), sentence="Light or dark"),
    Setting(name="language", default="system", choices=("system", *known_languages()), sentence="Language"),
    Setting(name=TEMPERATURE_UNIT, default="°C", choices=("°C", "°F"), sentence="Unit of temperatures"),
    Setting(name="smooth", default=False, sentence="Colours run from sensor to sensor"),
    Setting(name="last_project", default="", sentence="The project that opens when none is named.", on_page=False),
    Setting(
        name="recent_projects",
        default=(),
        sentence="Projects that the welcome page offers, newest first.",
        on_page=False,
    ),
    Setting(
        name="window_geometry", default="", sentence="Where the window was, as Qt saves it (base64).", on_page=False
    ),
    Setting(name="window_state", default="", sentence="Where the docks were, as Qt saves it (base64).", on_page=False),
    Setting(
        name=BACKGROUND,
        default="ask",
        choices=("ask", "always", "never"),
        sentence="Keep recording when the window is closed",
    ),
    Setting(name=ALARM_SOUND, default="urgent", choices=("off", "urgent", "all"), sentence="Sound at alarms"),
    Setting(
        name=ALARM_NOTIFICATION,
        default=True,
        sentence="Desktop notification at alarms behind other windows",
    ),
    Setting(name="internet", default=False, of_engine=True, sentence="Protocols may use the internet"),
    Setting(
        name="command_deadline_s",
        of_engine=True,
        default=10.0,
        minimum=1.0,
        maximum=120.0,
        sentence="Seconds for a device to confirm a command",
    ),
    Setting(
        name="readers",
        of_engine=True,
        default=2,
        minimum=1,
        maximum=8,
        sentence="Threads that read history for charts",
    ),
    Setting(
        name="keep_raw_days",
        of_engine=True,
        default=730,
        minimum=7,
        maximum=36500,
        sentence="Days of full samples; quarter-hours stay for ever",
    ),
    Setting(
        name="keep_audit_days",
        of_engine=True,
        default=3650,
        minimum=30,
        maximum=36500,
        sentence="Days of the event log: who did what",
    ),
    Setting(
        name=REPORTS_FOLDER,
        of_engine=True,
        default="",
        on_page=False,
        sentence="Folder of scheduled reports; empty: beside the project.",
    ),
)

SETTINGS: dict[str, Setting] = {row.name: row for row in ROWS}


def of_engine(name: str) -> str:
    """Returns the name if it is a setting of the engine. Raises ProblemError otherwise."""
    if name not in SETTINGS or not SETTINGS[name].of_engine:
        raise ProblemError(Problem(code="settings.not_engine", args={"name": name[:60]}))
    return name


@dataclass(slots=True)
class Settings:
    """The values in force. Reading never raises; `set` raises ProblemError for a value the table does not allow."""

    file: Path | None = None
    """Path of the settings file; None keeps the values for this run only."""
    values: dict[str, SettingValue] = field(default_factory=dict[str, SettingValue])
    problems: tuple[Problem, ...] = ()
    _unsaved: dict[str, SettingValue] = field(default_factory=dict[str, SettingValue], repr=False, compare=False)
    """Values in force that are not in the file yet."""
    _changing: Lock = field(default_factory=Lock, repr=False, compare=False)
    _saving: Lock = field(default_factory=Lock, repr=False, compare=False)
    """Held around changes in memory, which take no time, and around the writing of the file."""

    @classmethod
    def load(cls, folder: Path) -> Settings:
        """Reads `settings.toml` of the folder; invalid entries keep their defaults and are named in `problems`."""
        file = folder / "settings.toml"
        try:
            found = tomllib.loads(regular(file).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(file)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            return cls(file, problems=(_unreadable(file, error),))
        values: dict[str, SettingValue] = {}
        problems: list[Problem] = []
        for name, value in found.items():
            if name in SETTINGS:
                try:
                    values[name] = checked(name, value)
                except ProblemError as error:
                    problems.extend(error.problems)
            else:
                problems.append(_unknown_setting(file, name))
        return cls(file, values, tuple(problems))

    def __getitem__(self, name: str) -> SettingValue:
        return self.values.get(name, SETTINGS[name].default)

    def text(self, name: str) -> str:
        """Value of a text setting."""
        return str(self[name])

    def number(self, name: str) -> float:
        """Value of a number setting; 0 for another type."""
        value = self[name]
        return float(value) if isinstance(value, int | float) else 0.0

    def set(self, name: str, value: object) -> None:
        """Changes a value and writes the file (atomically); raises ProblemError for a bad value or an unwritable file."""
        if self.change(name, value):
            self.save()

    def change(self, name: str, value: object) -> bool:
        """Changes a value in force, which `save` writes later; returns whether there is something to write: this value,
        or one whose writing failed. Raises ProblemError for a bad value."""
        good = checked(name, value)
        if self[name] != good:
            self._put({name: good})
        return bool(self._unsaved)

    def opened(self, project: Path, *, demo: bool = False) -> None:
        """Stores a project as the last one and first of the recent ones; never raises. A demo is the last one only
        where that was a demo too, or there was none: who looks at it once finds the own project at the next start.
        """
        path = str(project.resolve())
        recent, last = self["recent_projects"], self.text("last_project")
        others = [old for old in recent if old != path] if isinstance(recent, tuple) else []
        if demo and Path(last).is_file() and Path(last).parent != project.resolve().parent:
            path, others = last, [path, *(old for old in others if old != last)]
        try:
            self._put({"last_project": path, "recent_projects": (path, *others[:9])})
            self.save()
        except ProblemError:
            return  # a read-only home costs the memory, nothing else

    def _put(self, changed: Mapping[str, SettingValue]) -> None:
        with self._changing:
            self.values |= changed
            if self.file is not None:
                self._unsaved |= changed

    def save(self) -> None:
        """Writes the changed values, on any thread; all others as the file has them now, since engine and windows share
        it. Raises ProblemError where the file cannot be written; the next call then tries again."""
        if self.file is None:
            return
        with self._saving:
            there = Settings.load(self.file.parent)
            with self._changing:
                changed = dict(self._unsaved)
                if not there.problems:
                    self.values |= there.values | changed
                values = dict(self.values)
            if not changed:
                return  # another thread has written them
            lines = [f"# {row.sentence}\n{row.name} = {_toml(values[row.name])}" for row in ROWS if row.name in values]
            try:
                atomic.private_folder(self.file.parent)
                atomic.write(self.file, "\n".join(lines) + "\n")
            except OSError as error:
                raise ProblemError(os_problem(error, self.file, code="settings.unwritable")) from error
            with self._changing:
                for name in [name for name, value in changed.items() if self._unsaved[name] == value]:
                    del self._unsaved[name]


def checked(name: str, value: object) -> SettingValue:
    """The value converted to the row's type. Raises ProblemError where the row does not allow it."""
    row = SETTINGS.get(name)
    if row is None:
        raise ProblemError(_unknown_setting(Path("settings.toml"), name))
    match row.default:
        case bool():
            good = value if isinstance(value, bool) else None
        case int() | float():
            good = _in_range(row, value)
        case str():
            good = value if isinstance(value, str) and (not row.choices or value in row.choices) else None
        case tuple():
            good = _texts(value)
    if good is None:
        raise ProblemError(_bad(row, value))
    return good


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list | tuple):
        return None
    items = cast("list[object] | tuple[object, ...]", value)
    return tuple(str(item) for item in items[:50] if isinstance(item, str))


def _in_range(row: Setting, value: object) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    low, high = row.minimum, row.maximum
    if (low is not None and value < low) or (high is not None and value > high):
        return None
    return int(value) if isinstance(row.default, int) else float(value)


def _toml(value: SettingValue) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    # a JSON number, truth or (but for DEL) string is also a TOML one
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def describe(row: Setting) -> Text:
    """Text for the allowed values: choices, range or type."""
    if row.choices:
        return Text("settings.one_of", choices=row.choices)
    if row.minimum is not None and row.maximum is not None:
        return Text("settings.range", low=row.minimum, high=row.maximum)
    match row.default:
        case bool():
            return Text("settings.truth")
        case str():
            return Text("settings.text")
        case tuple():
            return Text("settings.texts")
        case _:
            return Text("settings.number")


def table() -> Mapping[str, Setting]:
    """Every setting by name."""
    return SETTINGS


def _bad(row: Setting, value: object) -> Problem:
    return Problem(
        code="settings.value",
        args={"setting": row.name, "value": str(value)[:60], "takes": describe(row)},
        where="settings.toml",
        severity=Severity.WARNING,
    )


def _unknown_setting(file: Path, name: str) -> Problem:
    return Problem(code="settings.name", args={"name": name[:60]}, where=str(file), severity=Severity.WARNING)


def _unreadable(file: Path, error: Exception) -> Problem:
    return Problem(code="settings.unreadable", where=str(file), severity=Severity.WARNING, detail=str(error))
