"""Builds drawings: storey sketches while drawing, the whole building on save. Geometry runs on the thread pool."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from app.engine.context import EngineContext
from app.engine.session import ProjectSession
from twin.model.building import Building
from twin.model.drawing import Drawing, DrawingWithPictures
from twin.model.text import Text

if TYPE_CHECKING:
    from twin.building.plan.drawing_builder import DrawingBuilder


class DrawingSketches:
    """Builds storey sketches and keeps drawings. Caches the walls of the last sketch, so that only changed ones are
    cut.
    """

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._drafting: DrawingBuilder | None = None
        self._one = asyncio.Lock()

    async def sketch(self, drawing: Drawing, storey: int) -> Building:
        """Builds one storey of a drawing."""
        async with self._one:
            drafting = self._drafting or await self._made()
            return await self._context.run_blocking(lambda: drafting.build(drawing, only=storey))

    async def save_drawing(self, session: ProjectSession, drawn: DrawingWithPictures) -> None:
        """Saves the drawing and its building as one edit. Raises ProblemError and leaves the project unchanged."""
        async with self._one:
            drafting = self._drafting or await self._made()
            building = await self._context.run_blocking(lambda: drafting.build(drawn.drawing))
        match = import_module("twin.building.room_matching").match_rooms
        keep = await self._context.run_blocking(lambda: match(session.twin.rooms, building.rooms).keep)
        await session.edits.edit(
            lambda project: project.set_drawing(drawn, building, keep=keep, label=Text("edit.draw_building")),
            label=Text("edit.draw_building"),
        )
        self._context.raise_problem(*building.problems)

    async def _made(self) -> DrawingBuilder:
        def load() -> DrawingBuilder:
            from twin.building.plan.drawing_builder import DrawingBuilder  # brings the geometry libraries

            return DrawingBuilder()

        self._drafting = await self._context.run_blocking(load)
        return self._drafting
