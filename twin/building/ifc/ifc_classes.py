"""Maps IFC classes to mesh category, default colour and device kind."""

from __future__ import annotations

import re
from typing import Any

CATEGORY: tuple[tuple[str, str], ...] = (
    ("IfcWindow", "window"), ("IfcCurtainWall", "window"), ("IfcDoor", "door"), ("IfcWall", "wall"), ("IfcRoof", "roof"),
    ("IfcSlab", "slab"), ("IfcFooting", "slab"), ("IfcPile", "slab"), ("IfcCovering", "ceiling"), ("IfcStair", "stair"),
    ("IfcRamp", "stair"), ("IfcStairFlight", "stair"), ("IfcRampFlight", "stair"), ("IfcRailing", "railing"),
    ("IfcColumn", "column"), ("IfcBeam", "column"), ("IfcMember", "column"), ("IfcReinforcingElement", "column"),
    ("IfcChimney", "wall"), ("IfcFurnishingElement", "furniture"), ("IfcDistributionElement", "fixture"),
    ("IfcTransportElement", "fixture"), ("IfcSpace", "space"), ("IfcSpatialZone", "space"),
)  # fmt: skip
_WHOLES = (
    ("IfcRoof", "roof"), ("IfcStair", "stair"), ("IfcRamp", "stair"), ("IfcCurtainWall", "window"), ("IfcWindow", "window"),
    ("IfcDoor", "door"), ("IfcRailing", "railing"), ("IfcWall", "wall"), ("IfcSlab", "slab"),
)  # fmt: skip
"""Category of a part by the class of the element that it is a part of."""
_PARTS = (
    "IfcSlab",
    "IfcMember",
    "IfcPlate",
    "IfcBeam",
    "IfcBuildingElementPart",
    "IfcBuildingElementProxy",
    "IfcCovering",
)
_COVERING = {"FLOORING": "slab", "ROOFING": "roof", "CLADDING": "wall", "SKIRTINGBOARD": "wall", "MOLDING": "wall"}
_GLASS_ALPHA = 200
COLOUR: dict[str, tuple[int, int, int, int]] = {
    "wall": (226, 223, 217, 255), "slab": (176, 178, 182, 255), "roof": (150, 88, 74, 255),
    "ceiling": (236, 234, 230, 255), "window": (156, 195, 222, 110), "door": (173, 133, 92, 255),
    "stair": (190, 184, 174, 255), "railing": (120, 126, 136, 255), "column": (186, 188, 192, 255),
    "furniture": (201, 174, 140, 255), "fixture": (238, 238, 240, 255), "space": (160, 190, 220, 60),
    "other": (190, 190, 190, 255),
}  # fmt: skip

DEVICE: dict[str, str] = {
    "IfcActuator": "valve", "IfcController": "controller", "IfcAlarm": "smoke_alarm", "IfcUnitaryControlElement": "thermostat",
    "IfcFlowInstrument": "meter", "IfcLightFixture": "light", "IfcLamp": "lamp", "IfcOutlet": "outlet",
    "IfcSwitchingDevice": "switch", "IfcAirTerminal": "air_terminal", "IfcAirTerminalBox": "air_terminal",
    "IfcSpaceHeater": "radiator", "IfcFan": "fan", "IfcPump": "device", "IfcBoiler": "boiler", "IfcChiller": "heat_pump",
    "IfcUnitaryEquipment": "air_conditioner", "IfcElectricAppliance": "plug", "IfcFlowMeter": "meter", "IfcValve": "valve",
    "IfcDamper": "valve", "IfcElectricDistributionBoard": "board", "IfcElectricDistributionPoint": "board",
    "IfcSolarDevice": "solar", "IfcAudioVisualAppliance": "speaker", "IfcCommunicationsAppliance": "bridge",
    "IfcProtectiveDevice": "board", "IfcMedicalDevice": "device", "IfcSensor": "climate_sensor",
}  # fmt: skip
"""Device kind by IFC 4 class, or by the class of the type of an IFC 2x3 element."""
_GENERIC = (
    ("IfcDistributionControlElement", "controller"), ("IfcFlowTerminal", "device"), ("IfcFlowController", "switch"),
    ("IfcEnergyConversionDevice", "boiler"), ("IfcFlowMovingDevice", "fan"),
)  # fmt: skip
_SENSOR = (
    ("temperature", "temperature_sensor"), ("thermo", "temperature_sensor"), ("humid", "humidity_sensor"), ("co2", "air_sensor"),
    ("air quality", "air_sensor"), ("gas", "air_sensor"), ("movement", "motion_sensor"), ("motion", "motion_sensor"),
    ("pir", "motion_sensor"), ("occup", "occupancy_sensor"), ("presence", "occupancy_sensor"), ("smoke", "smoke_alarm"),
    ("fire", "smoke_alarm"), ("heatsensor", "smoke_alarm"), ("light", "light_sensor"), ("lux", "light_sensor"),
    ("pressure", "pressure_sensor"), ("flow", "flow_sensor"), ("contact", "contact_sensor"), ("leak", "leak_sensor"),
    ("moisture", "leak_sensor"), ("camera", "camera"), ("meter", "meter"),
)  # fmt: skip
_WORDS = (
    ("light", "light"), ("lamp", "lamp"), ("luminaire", "light"), ("leuchte", "light"), ("lumin", "light"),
    ("receptacle", "outlet"), ("outlet", "outlet"), ("socket", "outlet"), ("steckdose", "outlet"),
    ("panelboard", "board"), ("panel", "board"), ("distribution", "board"), ("smoke", "smoke_alarm"), ("thermostat", "thermostat"),
    ("diffuser", "air_terminal"), ("grille", "air_terminal"), ("radiator", "radiator"), ("temperature", "temperature_sensor"),
    ("humidity", "humidity_sensor"), ("co2", "air_sensor"), ("occupancy", "occupancy_sensor"), ("motion", "motion_sensor"),
    ("camera", "camera"), ("energy meter", "meter"), ("water meter", "meter"), ("zähler", "meter"), ("fan", "fan"), ("boiler", "boiler"), ("water heater", "boiler"),
)  # fmt: skip
_SURE = (
    ("switchboard", "board"), ("panelboard", "board"), ("smoke", "smoke_alarm"), ("rauchmelder", "smoke_alarm"),
    ("thermostat", "thermostat"), ("switch", "switch"), ("schalter", "switch"), ("telephone", "device"),
)  # fmt: skip
"""Words in names that determine the kind whatever the class: exporters class switches as lights and smoke detectors as
breakers.
"""
_VAGUE = {"device", "controller", "switch", "boiler"}
"""Kinds that words in the name may refine."""
_NOT_DEVICES = (
    "IfcFlowSegment", "IfcFlowFitting", "IfcDistributionPort", "IfcFlowStorageDevice", "IfcFlowTreatmentDevice",
    "IfcDistributionChamberElement",
)  # fmt: skip
_NOT_BY_TYPE = {
    "IfcSanitaryTerminal",
    "IfcWasteTerminal",
    "IfcStackTerminal",
    "IfcFireSuppressionTerminal",
    "IfcJunctionBox",
}
_FIXTURES = re.compile(
    r"\b(wc|klo|tub)\b|toilet|\bsink|wash ?basin|basin\b|\bbath(tub)?\b|shower|lavator|urinal|bidet|water ?closet"
    r"|toilette|waschbecken|waschtisch|spülbecken|spüle|badewanne|\bwanne|dusch|handwaschb|ausguss"
    r"|lavabo|évier|baignoire|douche|lavello|vasca|doccia|inodoro|fregadero|bañera|ducha|wastafel|gootsteen"
    r"|马桶|坐便|蹲便|便器|洗手盆|洗脸盆|面盆|水槽|浴缸|淋浴|小便|座便|便池"
    r"|elevator|\blift\b|escalator|aufzug|fahrstuhl|rolltreppe|fahrtreppe|ascenseur|ascensor|电梯|扶梯|升降机"
)
"""Names of sanitary ware and lifts in several languages; such elements are no devices, whatever their class."""


def is_a(entity: Any, kind: str) -> bool:
    """Whether an entity is of a class; False where the schema lacks the class."""
    try:
        return bool(entity.is_a(kind))
    except RuntimeError:
        return False


def category(entity: Any, whole: Any = None, *, alpha: int = 255) -> str:
    """Category of the mesh part; `whole` is the element that it is a part of, `alpha` its most transparent colour's (0
    to 255).
    """
    if any(is_a(entity, kind) for kind in _PARTS):
        if str(getattr(entity, "PredefinedType", "")) == "ROOF":
            return "roof"
        if whole is not None and (found := next((word for kind, word in _WHOLES if is_a(whole, kind)), None)):
            return found
        if is_a(entity, "IfcCovering"):
            return _COVERING.get(str(getattr(entity, "PredefinedType", "")), "ceiling")
        if is_a(entity, "IfcPlate"):
            return "window" if alpha < _GLASS_ALPHA else "other"
    return next((word for kind, word in CATEGORY if is_a(entity, kind)), "other")


def device_kind(entity: Any, type_class: str, description: str) -> str | None:
    """The device kind that an element represents, None for none; `type_class` is the class of its type object."""
    if not is_a(entity, "IfcDistributionElement") or any(is_a(entity, kind) for kind in _NOT_DEVICES):
        return None
    low = description.casefold()
    names = (type_class.removesuffix("Type"), str(entity.is_a()))
    if _NOT_BY_TYPE & set(names):
        return None
    if "IfcSensor" in names:
        return next((word for part, word in _SENSOR if part in low), "climate_sensor")
    kind = next((DEVICE[name] for name in names if name in DEVICE), None)
    if kind is None:
        kind = next((word for name, word in _GENERIC if is_a(entity, name)), None)
        if kind == "device" and _FIXTURES.search(low):
            return None
    if sure := next((word for part, word in _SURE if part in low), None):
        return sure
    if kind in _VAGUE:
        return next((word for part, word in _WORDS if part in low), kind)
    return kind
