"""The level of a light: its brightness while it is on, and 0 while it is off, whatever brightness it is to return to."""

from __future__ import annotations

from collections.abc import Callable

from devices.protocols.mqtt.entity import (
    Convert,
    EntityDraft,
    Json,
    OutgoingMessage,
    ParsedValue,
    command_number,
    truth,
)
from devices.protocols.mqtt.template import UNSAID
from twin.model.observation import Value

type WriteBrightness = Callable[[str, Value], tuple[OutgoingMessage, ...]]


class LightLevel:
    """Combines what a light reports of its brightness and whether it is on, which may be two topics."""

    def __init__(self) -> None:
        self._brightness: ParsedValue = UNSAID
        """The last one that is not 0, as some lights report 0 while they are off."""
        self._is_off = self._is_zero = False
        """Whether it is off; whether the level reported last is 0."""

    def of_brightness(self, convert: Convert) -> Convert:
        """A converter of a brightness to the level."""

        def level(got: Json) -> ParsedValue:
            value = convert(got)
            if value is UNSAID:
                return UNSAID
            if value != 0:
                self._brightness = value
            self._is_zero = self._is_off or value == 0
            return 0.0 if self._is_off else value

        return level

    def of_state(self, convert: Convert) -> Convert:
        """A converter of the state "on" or "off" to the level."""

        def level(got: Json) -> ParsedValue:
            value = convert(got)
            if not isinstance(value, bool):
                return UNSAID
            was_zero, self._is_off, self._is_zero = self._is_zero, not value, not value
            if self._is_off:
                return 0.0
            return None if was_zero and self._brightness is UNSAID else self._brightness

        return level


def wire_level(value: Value, scale: float) -> int:
    """A level in percent as a brightness up to `scale`: 0 only for 0. Raises RefusedError for anything else."""
    percent = command_number(value)
    return max(1, round(percent * scale / 100)) if percent > 0 else 0


def add_level(draft: EntityDraft, topic: str, template: str, convert: Convert, write: WriteBrightness | None) -> None:
    """Adds the level of a light of the default schema, which is switched off to reach 0."""
    config = draft.config
    on, off = config.payload("payload_on", "ON"), config.payload("payload_off", "OFF")
    level = LightLevel()

    def command(verb: str, value: Value) -> tuple[OutgoingMessage, ...]:
        assert write is not None  # noqa: S101 - as below
        turned_off = draft.message("command_topic", "command_template", off) if value == 0 else ()
        return turned_off or write(verb, value)

    state = config.path("state_topic")
    if topic and state:  # read first: in a message with both, the brightness is newer than the one from before
        source = config.template("state_value_template", "value_template")
        draft.read(draft.key("level"), state, source, level.of_state(truth(on, off)))
    draft.add(
        "level",
        "level",
        topic=topic,
        template=template,
        convert=level.of_brightness(convert),
        write=command if write is not None else None,
    )
