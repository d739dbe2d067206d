"""The engine: project, links, pipeline and history at work without a screen."""

from app.engine.engine import Engine

__all__ = ["Engine"]
