"""IFC classes for devices and mesh parts in exports (IFC 4 ADD2 TC1, 2x3 TC1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IfcClass:
    """IFC 4 class with its predefined type, and the IFC 2x3 occurrence whose meaning is given by its type object."""

    name: str
    predefined: str = "NOTDEFINED"
    occurrence_2x3: str = "IfcDistributionControlElement"
    predefined_2x3: str = ""
    """Predefined type in 2x3 where it differs from that of IFC 4; empty: the same."""

    @property
    def type_2x3(self) -> str:
        """Class of the type object that gives an IFC 2x3 occurrence its meaning."""
        return f"{self.name}Type" if self.name not in _NO_TYPE_2X3 else "IfcControllerType"


_NO_TYPE_2X3 = ("IfcUnitaryControlElement", "IfcCommunicationsAppliance", "IfcSolarDevice", "IfcAudioVisualAppliance")
_TERMINAL, _CONTROLLER = "IfcFlowTerminal", "IfcFlowController"


def _sensor(word: str, *, in_2x3: bool = True) -> IfcClass:
    return IfcClass("IfcSensor", word, predefined_2x3="" if in_2x3 else "NOTDEFINED")


DEVICES: dict[str, IfcClass] = {
    "light": IfcClass("IfcLightFixture", "NOTDEFINED", _TERMINAL),
    "lamp": IfcClass("IfcLightFixture", "POINTSOURCE", _TERMINAL),
    "switch": IfcClass("IfcSwitchingDevice", "NOTDEFINED", _CONTROLLER),
    "button": IfcClass("IfcSwitchingDevice", "MOMENTARYSWITCH", _CONTROLLER, "NOTDEFINED"),
    "plug": IfcClass("IfcOutlet", "POWEROUTLET", _TERMINAL),
    "outlet": IfcClass("IfcOutlet", "POWEROUTLET", _TERMINAL),
    "meter": IfcClass("IfcFlowMeter", "ENERGYMETER", _CONTROLLER, "ELECTRICMETER"),
    "thermostat": IfcClass("IfcUnitaryControlElement", "THERMOSTAT", predefined_2x3="NOTDEFINED"),
    "radiator": IfcClass("IfcActuator", "THERMOSTATICACTUATOR"),
    "valve": IfcClass("IfcActuator", "ELECTRICACTUATOR"),
    "cover": IfcClass("IfcActuator", "ELECTRICACTUATOR"),
    "lock": IfcClass("IfcActuator", "ELECTRICACTUATOR"),
    "climate_sensor": _sensor("TEMPERATURESENSOR"),
    "temperature_sensor": _sensor("TEMPERATURESENSOR"),
    "humidity_sensor": _sensor("HUMIDITYSENSOR"),
    "air_sensor": _sensor("CO2SENSOR"),
    "light_sensor": _sensor("LIGHTSENSOR"),
    "pressure_sensor": _sensor("PRESSURESENSOR"),
    "flow_sensor": _sensor("FLOWSENSOR"),
    "motion_sensor": _sensor("MOVEMENTSENSOR"),
    "occupancy_sensor": _sensor("MOVEMENTSENSOR"),
    "contact_sensor": _sensor("CONTACTSENSOR", in_2x3=False),
    "smoke_alarm": _sensor("SMOKESENSOR"),
    "leak_sensor": _sensor("MOISTURESENSOR"),
    "controller": IfcClass("IfcController"),
    "bridge": IfcClass("IfcController"),
}
"""Class by device kind; other kinds are IfcController if writable, else IfcSensor."""

SENSOR = IfcClass("IfcSensor")
CONTROLLER = IfcClass("IfcController")

ELEMENTS: dict[str, str] = {
    "wall": "IfcWall", "slab": "IfcSlab", "roof": "IfcRoof", "ceiling": "IfcCovering", "window": "IfcWindow",
    "door": "IfcDoor", "stair": "IfcStair", "railing": "IfcRailing", "column": "IfcColumn",
    "furniture": "IfcFurniture", "fixture": "IfcFurniture",
}  # fmt: skip
"""Class by category of the mesh part; others are IfcBuildingElementProxy."""
