"""The project file: the building, what is in it, and how to take edits back."""

from twin.store.project.edits import UndoEntry as UndoEntry
from twin.store.project.project import Project as Project
