"""Labels of project edits, as the undo menu shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.text import Text

IMPORT_BUILDING, DRAW = Text("edit.import_building"), Text("edit.draw_building")
UNLOGGED = Text("edit.unlogged")
"""Label of edits that are not undoable."""
SAME_CONTENT = frozenset({"edit.replace"})
"""Codes of edits that exchange ids within definitions and leave what these do as it was."""


def of_devices(code: str, names: list[str]) -> Text:
    """Label of an edit of one device, or of several (`code` with `_all`)."""
    return Text(code, name=names[0]) if len(names) == 1 else Text(f"{code}_all", n=len(names))


def of_definitions(changes: Sequence[DefinitionEdit], titles: Mapping[str, str]) -> Text:
    """Label of an edit of definitions. `titles`: by id, of those that are removed."""
    if len(changes) != 1:
        return Text("edit.define_some", n=len(changes))
    (one,) = changes
    if one.kind is DefinitionKind.ENERGY_SETUP:
        return Text("edit.energy_setup")
    if one.kind is DefinitionKind.NORMAL_MARK:
        title = one.definition.title if one.definition is not None else titles.get(one.id, one.id)
        return Text("edit.not_normal" if one.definition is None else "edit.normal", name=title)
    if one.definition is None:
        return Text("edit.undefine", title=titles.get(one.id, one.id))
    return Text("edit.define", title=one.definition.title or one.id)
