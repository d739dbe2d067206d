"""Converts ifcXML of IFC 2x3 (ISO 10303-28 ed. 1, configuration i-ifc2x2) to STEP text (ISO 10303-21).

ifcopenshell cannot read ifcXML. Elements unknown to the schema are skipped; missing references are left for the STEP
reader, which repairs and reports them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import Element

import ifcopenshell
from defusedxml.ElementTree import fromstring

type StepLine = tuple[int, str]

_HEAD = (
    "ISO-10303-21;\nHEADER;\nFILE_DESCRIPTION((''),'2;1');\nFILE_NAME('','',(''),(''),'','','');\n"
    "FILE_SCHEMA(('IFC2X3'));\nENDSEC;\nDATA;\n"
)
_TAIL = "ENDSEC;\nEND-ISO-10303-21;\n"
_LOGICAL = {"true": ".T.", "false": ".F.", "unknown": ".U.", "1": ".T.", "0": ".F."}


def step_of(data: bytes) -> bytes:
    """The same model as STEP. Raises ValueError where it is no ifcXML of IFC 2x3."""
    root = fromstring(data)
    units = next((one for one in root.iter() if _name(one) == "uos"), None)
    if units is None or "IFC2" not in units.tag.upper() + data[:4000].decode("latin-1").upper():
        raise ValueError("no ifcXML of IFC 2x3")
    writer = _StepWriter()
    for element in units:
        writer.instance(element)
    body = "".join(f"#{number}={text};\n" for number, text in sorted(writer.lines))
    return (_HEAD + body + _TAIL).encode("latin-1", "replace")


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


@dataclass(slots=True)
class _StepWriter:
    """Writes the model as STEP: numbers every instance and writes it once."""

    schema: Any = field(default_factory=lambda: ifcopenshell.ifcopenshell_wrapper.schema_by_name("IFC2X3"))  # pyright: ignore[reportAttributeAccessIssue]
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    lines: list[StepLine] = field(default_factory=list[StepLine])
    declared: dict[str, Any] = field(default_factory=dict[str, Any])
    last: int = 0

    def declaration(self, name: str) -> Any:
        """The schema's declaration of this name; None where there is none."""
        if name not in self.declared:
            try:
                self.declared[name] = self.schema.declaration_by_name(name)
            except RuntimeError:
                self.declared[name] = None
        return self.declared[name]

    def number(self, id: str | None) -> int:
        """The STEP number of an instance by its XML id; a new one where it has none."""
        if id is not None and id in self.numbers:
            return self.numbers[id]
        self.last += 1
        if id is not None:
            self.numbers[id] = self.last
        return self.last

    def instance(self, element: Element) -> str:
        """An entity, or a reference to one; its text as a value."""
        if (ref := element.get("ref")) is not None:
            return f"#{self.number(ref)}"
        found = self.declaration(_name(element))
        entity = found.as_entity() if found is not None else None
        if entity is None:
            return "$"
        number = self.number(element.get("id"))
        parts = {_name(part): part for part in element}
        given: list[str] = []
        for attribute, derived in zip(entity.all_attributes(), entity.derived(), strict=True):
            part = parts.pop(attribute.name(), None)
            value = "$" if part is None else self.value(part, attribute.type_of_attribute())
            given.append("*" if derived else value)
        for rest in parts.values():  # the other ends of relations, with what hangs on them
            for one in rest:
                self.instance(one)
        self.lines.append((number, f"{entity.name().upper()}({','.join(given)})"))
        return f"#{number}"

    def value(self, element: Element, kind: Any) -> str:
        """An element's content as a STEP value, according to its declared type."""
        if (named := kind.as_named_type()) is not None:
            return self.named(element, named.declared_type())
        if (many := kind.as_aggregation_type()) is not None:
            return f"({','.join(self.aggregate(element, many.type_of_element()))})"
        return _plain(element.text or "", kind.as_simple_type().declared_type())

    def named(self, element: Element, declared: Any) -> str:
        """A value of a type with a name: an enumeration, a defined type, an entity or a choice."""
        if declared.as_enumeration_type() is not None:
            return f".{(element.text or '').strip().upper()}."
        if (defined := declared.as_type_declaration()) is not None:
            return self.value(element, defined.declared_type())
        chosen = element if self.declaration(_name(element)) is not None else next(iter(element), None)
        return "$" if chosen is None else self.chosen(chosen)

    def chosen(self, element: Element) -> str:
        """An entity, or a value preceded by the name of its type."""
        found = self.declaration(_name(element))
        if found is None or found.as_entity() is not None or element.get("ref") is not None:
            return self.instance(element)
        return f"{found.name().upper()}({self.named(element, found)})"

    def aggregate(self, element: Element, kind: Any) -> Iterator[str]:
        """The members of an aggregate: numbers in one text, or one element each."""
        parts = list(element)
        if not parts:
            return iter([self.value(_texted(text), kind) for text in (element.text or "").split()])
        parts.sort(key=lambda part: _position(part))
        return iter([self.value(part, kind) for part in parts])


def _position(part: Element) -> int:
    text = next((value for name, value in part.attrib.items() if name.rpartition("}")[2] == "pos"), "0")
    first = text.split()[0] if text.split() else "0"
    return int(first) if first.isdigit() else 0


def _texted(text: str) -> Element:
    made = Element("text")
    made.text = text
    return made


def _plain(text: str, kind: str) -> str:
    if kind == "string":
        return f"'{_quoted(text)}'"
    text = text.strip()
    if kind in ("boolean", "logical"):
        return _LOGICAL.get(text.lower(), "$")
    try:
        if kind == "integer":
            return str(int(text))
        number = repr(float(text)).upper()
    except ValueError:
        return "$"
    return number if "." in number or "N" in number else number.replace("E", ".E") if "E" in number else f"{number}."


def _quoted(text: str) -> str:
    """A string of ISO 10303-21, 6.4.3: quotes and backslashes doubled, other alphabets in UTF-16."""
    out: list[str] = []
    for ch in text:
        if ch in "'\\":
            out.append(ch * 2)
        elif " " <= ch <= "~":
            out.append(ch)
        elif ch in "\r\n\t":
            out.append(" ")
        else:
            out.append(f"\\X2\\{ch.encode('utf-16-be', 'replace').hex().upper()}\\X0\\")
    return "".join(out)
