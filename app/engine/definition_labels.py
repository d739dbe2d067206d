"""Labels of edits of definitions, which everybody who may undo them reads."""

from __future__ import annotations

from collections.abc import Sequence

from twin.model.definition import DefinitionEdit, DefinitionKind, Definitions
from twin.model.text import Text
from twin.rules.care_alarms import care_ids, is_of_care
from twin.store.project.edit_labels import of_definitions


def label_of(changes: Sequence[DefinitionEdit], there: Definitions) -> Text:
    """The label of changes of the definitions `there`; without titles where they concern a person's care, of which not
    everybody may know."""
    if any(_is_of_care(one, there) for one in changes):
        return Text("edit.care")
    return of_definitions(changes, {one.id: one.title for kind in DefinitionKind for one in there.of(kind)})


def _is_of_care(change: DefinitionEdit, there: Definitions) -> bool:
    both = (there.find(change.kind, change.id), change.definition)
    return is_of_care(change.id) or any(care_ids(one.body) for one in both if one is not None)
