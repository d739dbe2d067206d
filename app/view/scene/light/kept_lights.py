"""Light of states that a storey was in before, or may be in next: doors open and closed, kept ready for drawing."""

from __future__ import annotations

from app.view.scene.light.bake_queue import LightKey
from app.view.scene.light.lit_model import LitModel

MOST_BYTES = 70_000_000
"""Most memory of all kept models; the project keeps the light of further states."""


class KeptLights:
    """Models of baked light by what they were baked for; the least recently used ones are dropped."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._models: dict[LightKey, LitModel] = {}

    def keep(self, key: LightKey, model: LitModel) -> None:
        """Keeps a model, unless it is larger than all that may be kept."""
        self._models.pop(key, None)
        self._models[key] = model
        while self._models and sum(one.memory_bytes for one in self._models.values()) > self._most:
            del self._models[next(iter(self._models))]

    def find(self, key: LightKey) -> LitModel | None:
        """The model baked for exactly this; None where there is none."""
        model = self._models.pop(key, None)
        if model is not None:
            self._models[key] = model
        return model

    def clear(self) -> None:
        """Drops all models."""
        self._models.clear()
