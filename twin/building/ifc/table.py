"""Which IFC class is what: the part of the mesh it belongs to, its colour where the file has none, its device kind."""

from __future__ import annotations

from typing import Any

CATEGORY: tuple[tuple[str, str], ...] = (
    ("IfcWindow", "window"), ("IfcCurtainWall", "window"), ("IfcPlate", "window"), ("IfcDoor", "door"),
    ("IfcWall", "wall"), ("IfcRoof", "roof"), ("IfcSlab", "slab"), ("IfcCovering", "ceiling"),
    ("IfcStair", "stair"), ("IfcRamp", "stair"), ("IfcStairFlight", "stair"), ("IfcRampFlight", "stair"),
    ("IfcRailing", "railing"), ("IfcColumn", "column"), ("IfcBeam", "column"), ("IfcMember", "column"),
    ("IfcFurnishingElement", "furniture"), ("IfcDistributionElement", "fixture"), ("IfcFooting", "slab"),
    ("IfcSpace", "space"),
)  # fmt: skip
COLOUR: dict[str, tuple[int, int, int, int]] = {
    "wall": (226, 223, 217, 255), "slab": (176, 178, 182, 255), "roof": (150, 88, 74, 255),
    "ceiling": (236, 234, 230, 255), "window": (156, 195, 222, 110), "door": (173, 133, 92, 255),
    "stair": (190, 184, 174, 255), "railing": (120, 126, 136, 255), "column": (186, 188, 192, 255),
    "furniture": (201, 174, 140, 255), "fixture": (238, 238, 240, 255), "space": (160, 190, 220, 60),
    "other": (190, 190, 190, 255),
}  # fmt: skip
DEVICE: tuple[tuple[str, str], ...] = (
    ("IfcSensor", "climate_sensor"), ("IfcActuator", "valve"), ("IfcController", "controller"), ("IfcAlarm", "smoke_alarm"),
    ("IfcUnitaryControlElement", "thermostat"), ("IfcFlowInstrument", "meter"), ("IfcLightFixture", "light"),
    ("IfcLamp", "lamp"), ("IfcOutlet", "outlet"), ("IfcSwitchingDevice", "switch"), ("IfcAirTerminal", "air_terminal"),
    ("IfcSpaceHeater", "radiator"), ("IfcFan", "fan"), ("IfcPump", "device"), ("IfcBoiler", "boiler"),
    ("IfcUnitaryEquipment", "air_conditioner"), ("IfcElectricAppliance", "plug"), ("IfcFlowMeter", "meter"),
    ("IfcValve", "valve"), ("IfcDamper", "valve"), ("IfcElectricDistributionBoard", "board"),
    ("IfcElectricDistributionPoint", "board"), ("IfcSolarDevice", "solar"), ("IfcAudioVisualAppliance", "speaker"),
    ("IfcCommunicationsAppliance", "bridge"), ("IfcDistributionControlElement", "controller"),
    ("IfcFlowTerminal", "device"), ("IfcFlowController", "switch"), ("IfcEnergyConversionDevice", "boiler"),
    ("IfcFlowMovingDevice", "fan"),
)  # fmt: skip
_WORDS = (
    ("light", "light"), ("lamp", "lamp"), ("luminaire", "light"), ("leuchte", "light"), ("lumin", "light"), ("downlight", "light"),
    ("receptacle", "outlet"), ("outlet", "outlet"), ("socket", "outlet"), ("steckdose", "outlet"), ("switch", "switch"),
    ("panelboard", "board"), ("panel", "board"), ("distribution", "board"), ("smoke", "smoke_alarm"), ("thermostat", "thermostat"),
    ("diffuser", "air_terminal"), ("grille", "air_terminal"), ("radiator", "radiator"), ("temperature", "temperature_sensor"),
    ("humidity", "humidity_sensor"), ("co2", "air_sensor"), ("occupancy", "occupancy_sensor"), ("motion", "motion_sensor"),
    ("camera", "camera"), ("meter", "meter"), ("fan", "fan"), ("boiler", "boiler"), ("water heater", "boiler"),
)  # fmt: skip
_NOT_DEVICES = (
    "IfcFlowSegment",
    "IfcFlowFitting",
    "IfcDistributionPort",
    "IfcFlowStorageDevice",
    "IfcFlowTreatmentDevice",
)
_SANITARY = ("toilet", "sink", "basin", "bath", "shower", "lavatory", "wc", "urinal", "tub")


def is_a(entity: Any, kind: str) -> bool:
    """Whether an entity is of a class; False where the schema does not have the class."""
    try:
        return bool(entity.is_a(kind))
    except RuntimeError:
        return False


def category(entity: Any) -> str:
    """The class of the mesh part."""
    if entity.is_a("IfcSlab") and str(getattr(entity, "PredefinedType", "")) == "ROOF":
        return "roof"
    return next((word for kind, word in CATEGORY if is_a(entity, kind)), "other")


def device_kind(entity: Any, words: str) -> str | None:
    """The device kind an element stands for, by its words first (authors name better than they class); None for none."""
    if not is_a(entity, "IfcDistributionElement") or any(is_a(entity, kind) for kind in _NOT_DEVICES):
        return None
    low = words.casefold()
    kind = next((word for name, word in DEVICE if is_a(entity, name)), None)
    if kind in (None, "device") and any(word in low for word in _SANITARY):
        return None
    if kind is None or kind in ("device", "controller", "climate_sensor", "switch"):
        return next((word for part, word in _WORDS if part in low), kind)
    return kind
