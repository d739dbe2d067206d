"""Entity ids that Home Assistant gives discovered entities, to match its registries and floor plans.

Home Assistant documentation, MQTT, "Naming of MQTT entities": `default_entity_id` (2025.10), before it `object_id`,
else the device's name and the entity's, as a slug. A user may have renamed an entity in its registry.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from devices.protocols.mqtt.discovery_payload import EntityConfig

_LETTERS = str.maketrans({"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "œ": "oe"})
_LONGEST = 255


def entity_ids(configs: Iterable[EntityConfig]) -> tuple[str, ...]:
    """Every id that the entities of one device may have; requested ids come before derived ones."""
    ranked = sorted((rank, number, id) for number, config in enumerate(configs) for rank, id in _ids(config))
    return tuple(dict.fromkeys(id for _, _, id in ranked))


def _ids(config: EntityConfig) -> Iterator[tuple[int, str]]:
    wanted = config.text("default_entity_id").casefold()
    if wanted.startswith(f"{config.component}."):
        yield 0, wanted
    name = config.text("name")
    called = f"{config.about('name')} {name}" if name.casefold() != config.about("name").casefold() else name
    for rank, text in ((1, config.text("object_id")), (2, called), (3, config.text("unique_id"))):
        if slugged := slug(text):
            yield rank, f"{config.component}.{slugged}"[:_LONGEST]


def slug(text: str) -> str:
    """A name as Home Assistant writes it in ids: `Küche 1` becomes `kuche_1`."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
