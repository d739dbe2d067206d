"""A 3D view without 3D: the same interface as TwinView, painting nothing, remembering everything."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QImage

from app.view.scene_widget import SceneWidget


class PlainView(SceneWidget):
    """Stands in for app.view.scene.view.TwinView."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.told: list[tuple[str, object]] = []

    def __getattr__(self, name: str) -> object:
        if name.startswith(
            (
                "set_",
                "fly_to",
                "fit",
                "grow",
                "come_back",
                "from_above",
                "walk",
                "north_up",
                "cut_by",
                "visit",
                "apply",
                "follow",
                "wait_painted",
                "release",
            )
        ):
            return lambda *args: self.told.append((name, args))
        raise AttributeError(name)

    @property
    def awaits_light(self) -> bool:
        """It shows no light."""
        return False

    def shows_storey(self, storey: str) -> bool:
        """Nothing is painted, so nothing covers anything."""
        del storey
        return True

    def set_mesh(self, mesh: object) -> None:
        """There at once."""
        self.told.append(("set_mesh", (mesh,)))
        self.entered.emit()
        self.built.emit()

    def stop_fine_picture(self) -> bool:
        return False

    def fine_picture(self, width: int, height: int, done: Callable[[QImage | None], None]) -> bool:
        """There at once."""
        done(self.picture(width, height))
        return True

    def picture(self, width: int, height: int) -> QImage:
        """An empty picture of the size."""
        return QImage(width, height, QImage.Format.Format_RGB32)
