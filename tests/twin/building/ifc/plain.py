"""A house of boxes as an IFC file, in any schema and unit, for what real files do not show."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import ifcopenshell
import ifcopenshell.guid

FOOT_M = 0.3048


@dataclass
class House:
    """One storey; `room` adds a box of metres, `write` makes the file."""

    schema: str = "IFC4"
    unit_m: float = 1.0
    file: Any = field(init=False)
    project: Any = field(init=False)
    storey: Any = field(init=False)
    context: Any = field(init=False)
    building: Any = field(init=False)
    site: Any = field(init=False)

    def __post_init__(self) -> None:
        self.file = ifcopenshell.file(schema=cast("Any", self.schema))
        self.context = self.make(
            "IfcGeometricRepresentationContext",
            ContextType="Model",
            CoordinateSpaceDimension=3,
            Precision=1e-5,
            WorldCoordinateSystem=self.axes(0, 0, 0),
        )
        self.project = self.root("IfcProject", "Project")
        self.project.UnitsInContext = self.make("IfcUnitAssignment", Units=self._units())
        self.project.RepresentationContexts = [self.context]
        self.site, self.building = self.root("IfcSite", "Site"), self.root("IfcBuilding", "House")
        self.storey = self.root("IfcBuildingStorey", "Ground")
        self.storey.Elevation = 0.0
        for above, below in ((self.project, self.site), (self.site, self.building), (self.building, self.storey)):
            self.root("IfcRelAggregates", RelatingObject=above, RelatedObjects=[below])

    def make(self, kind: str, **facts: object) -> Any:
        return self.file.create_entity(kind, **facts)

    def root(self, kind: str, name: str = "", **facts: object) -> Any:
        return self.make(kind, GlobalId=ifcopenshell.guid.new(), Name=name or None, **facts)

    def room(self, name: str, low: tuple[float, float, float], size: tuple[float, float, float]) -> Any:
        """A space; metres."""
        space = self.root("IfcSpace", name)
        self.shape(space, low, size)
        self.root("IfcRelAggregates", RelatingObject=self.storey, RelatedObjects=[space])
        return space

    def thing(self, kind: str, name: str, low: tuple[float, float, float], size: tuple[float, float, float]) -> Any:
        """An element on the storey; metres."""
        made = self.root(kind, name)
        self.shape(made, low, size)
        self.root("IfcRelContainedInSpatialStructure", RelatingStructure=self.storey, RelatedElements=[made])
        return made

    def shape(self, product: Any, low: tuple[float, float, float], size: tuple[float, float, float]) -> None:
        """Gives a product the body of a box."""
        x, y, z = (part / self.unit_m for part in size)
        flat = self.make("IfcCartesianPoint", Coordinates=(x / 2, y / 2))
        profile = self.make(
            "IfcRectangleProfileDef",
            ProfileType="AREA",
            Position=self.make("IfcAxis2Placement2D", Location=flat),
            XDim=x,
            YDim=y,
        )
        up = self.make("IfcDirection", DirectionRatios=(0.0, 0.0, 1.0))
        solid = self.make(
            "IfcExtrudedAreaSolid",
            SweptArea=profile,
            Position=self.axes(0, 0, 0),
            ExtrudedDirection=up,
            Depth=z,
        )
        body = self.make(
            "IfcShapeRepresentation",
            ContextOfItems=self.context,
            RepresentationIdentifier="Body",
            RepresentationType="SweptSolid",
            Items=[solid],
        )
        product.Representation = self.make("IfcProductDefinitionShape", Representations=[body])
        product.ObjectPlacement = self.make("IfcLocalPlacement", RelativePlacement=self.axes(*low))

    def axes(self, x: float, y: float, z: float) -> Any:
        """A placement; metres."""
        spot = tuple(float(part / self.unit_m) for part in (x, y, z))
        return self.make("IfcAxis2Placement3D", Location=self.make("IfcCartesianPoint", Coordinates=spot))

    def group(self, kind: str, name: str, *members: Any) -> Any:
        made = self.root(kind, name)
        self.root("IfcRelAssignsToGroup", RelatedObjects=list(members), RelatingGroup=made)
        return made

    def classify(self, system: str, code: str, name: str, *things: Any) -> None:
        facts: dict[str, object] = {"Name": system}
        if self.schema == "IFC2X3":
            facts |= {"Source": "", "Edition": ""}
        whole = self.make("IfcClassification", **facts)
        word = "ItemReference" if self.schema == "IFC2X3" else "Identification"
        reference = self.make("IfcClassificationReference", Name=name, ReferencedSource=whole, **{word: code})
        self.root("IfcRelAssociatesClassification", RelatedObjects=list(things), RelatingClassification=reference)

    def quantities(self, space: Any, **sizes: float) -> None:
        """Qto_SpaceBaseQuantities, in the project's own units."""
        made: list[Any] = []
        for name, size in sizes.items():
            kind = "Area" if "Area" in name else "Volume" if "Volume" in name else "Length"
            made.append(self.make(f"IfcQuantity{kind}", Name=name, **{f"{kind}Value": size}))
        whole = self.root("IfcElementQuantity", "Qto_SpaceBaseQuantities", Quantities=made)
        self.root("IfcRelDefinesByProperties", RelatedObjects=[space], RelatingPropertyDefinition=whole)

    def write(self, folder: Path) -> Path:
        path = folder / f"{self.schema}.ifc"
        self.file.write(str(path))
        return path

    def _units(self) -> list[Any]:
        if self.unit_m == 1.0:
            return [self.make("IfcSIUnit", UnitType=f"{k}UNIT", Name=n) for k, n in _SI]
        if self.unit_m == 0.001:
            length = self.make("IfcSIUnit", UnitType="LENGTHUNIT", Prefix="MILLI", Name="METRE")
            return [length, *(self.make("IfcSIUnit", UnitType=f"{k}UNIT", Name=n) for k, n in _SI[1:])]
        return [self._imperial(k, n, power) for power, (k, n) in enumerate(_SI, 1)]

    def _imperial(self, kind: str, name: str, power: int) -> Any:
        base = self.make("IfcSIUnit", UnitType=f"{kind}UNIT", Name=name)
        value = self.file.create_entity("IfcReal", self.unit_m**power)
        factor = self.make("IfcMeasureWithUnit", ValueComponent=value, UnitComponent=base)
        sizes = {"LengthExponent": power}
        others = dict.fromkeys(
            (
                "MassExponent", "TimeExponent", "ElectricCurrentExponent", "ThermodynamicTemperatureExponent",
                "AmountOfSubstanceExponent", "LuminousIntensityExponent",
            ), 0
        )  # fmt: skip
        return self.make(
            "IfcConversionBasedUnit",
            Dimensions=self.make("IfcDimensionalExponents", **sizes, **others),
            UnitType=f"{kind}UNIT",
            Name=("FOOT", "SQUARE FOOT", "CUBIC FOOT")[power - 1],
            ConversionFactor=factor,
        )


_SI = (("LENGTH", "METRE"), ("AREA", "SQUARE_METRE"), ("VOLUME", "CUBIC_METRE"))
