"""The engine: project, links, pipeline and history at work without a screen. `engine.Engine` composes it."""
