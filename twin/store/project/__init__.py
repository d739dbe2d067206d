"""The project file: building, devices, settings and the undo log."""

from twin.store.project.edits import UndoEntry as UndoEntry
from twin.store.project.note import ProjectNote as ProjectNote
from twin.store.project.project import Project as Project
