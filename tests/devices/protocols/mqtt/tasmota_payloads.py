"""Announcements as Tasmota 14 makes them, by its documentation; devices are told apart by the last digits of the MAC."""

from __future__ import annotations

from typing import Any

ENERGY = {
    "TotalStartTime": "2026-01-01T00:00:00", "Total": 12.5, "Yesterday": 1.2, "Today": 0.4, "Power": 60, "ApparentPower": 75,
    "ReactivePower": 20, "Factor": 0.8, "Voltage": 230, "Current": 0.3, "Frequency": 50.0, "ExportActive": 3.1,
}  # fmt: skip


def announced(mac: str = "DC4F220848A2", **more: Any) -> dict[str, Any]:
    """The content of `config` for a device with one relay."""
    options = dict.fromkeys(("4", "11", "13", "17", "20", "30", "68", "73", "82", "114", "117"), 0)
    known = {
        "ip": "192.168.1.20", "dn": "Plug", "fn": ["Plug", None, None, None, None, None, None, None],
        "hn": "tasmota-0848A2-2210", "mac": mac, "md": "Sonoff Basic", "ty": 0, "if": 0, "ofln": "Offline", "onln": "Online",
        "state": ["OFF", "ON", "TOGGLE", "HOLD"], "sw": "14.2.0", "t": "tasmota_0848A2", "ft": "%prefix%/%topic%/",
        "tp": ["cmnd", "stat", "tele"], "rl": [1, 0, 0, 0, 0, 0, 0, 0], "swc": [-1] * 8, "swn": [None] * 8, "btn": [0] * 8,
        "lk": 0, "lt_st": 0, "bat": 0, "dslp": 0, "sho": [], "sht": [], "ver": 1,
    }  # fmt: skip
    known["so"] = options | more.pop("so", {})
    return known | more


TWO_RELAYS = announced("DC4F22000001", dn="Double", fn=["Pump", "Fan", None], t="double", rl=[1, 1, 0])
AS_LIGHT = announced("DC4F22000002", dn="Hall", fn=["Hall"], t="hall", so={"30": 1})
DIMMER = announced("DC4F22000003", dn="Dim", fn=["Dim"], t="dim", rl=[2], lt_st=1, lk=1)
WHITE = announced("DC4F22000004", dn="White", fn=["White"], t="white", rl=[2], lt_st=2, lk=1, so={"82": 1})
COLOUR = announced("DC4F22000005", dn="Strip", fn=["Strip"], t="strip", rl=[2], lt_st=5, lk=1)
CHANNELS = announced("DC4F22000006", dn="Chan", fn=["Left", "Right"], t="chan", rl=[2, 2], lt_st=2, so={"68": 1})
BLINDS = announced(
    "DC4F22000007", dn="Blinds", fn=["East", "West"], t="blinds", rl=[3, 3, 3, 3], sho=[0, 1], sht=[[-90, 90, 10], [0, 0, 0]]
)  # fmt: skip
INPUTS = announced(
    "DC4F22000008", dn="Inputs", fn=["Inputs"], t="inputs", rl=[0], swc=[1, 5, 13, 0, -1], swn=["Door", None, "PIR", None, None],
    btn=[1, 0], so={"73": 1, "114": 1}, ft="home/%topic%/%prefix%/"
)  # fmt: skip
FAN = announced("DC4F22000009", dn="Ceiling", fn=["Ceiling"], t="fan", rl=[2, 0, 0, 0], **{"if": 1})
SLEEPER = announced("DC4F2200000A", dn="Sleeper", fn=["Sleeper"], t="sleeper", rl=[0], dslp=1)
DEVICES = (announced(), TWO_RELAYS, AS_LIGHT, DIMMER, WHITE, COLOUR, CHANNELS, BLINDS, INPUTS, FAN, SLEEPER)

SENSORS: dict[str, Any] = {
    "sn": {
        "Time": "2026-11-30T02:00:00", "Switch1": "ON", "ENERGY": ENERGY, "AM2301": {"Temperature": 21.5, "Humidity": 48, "DewPoint": 10.0},
        "BMP280": {"Temperature": 70.7, "Pressure": 1013.2}, "ESP32": {"Temperature": 53.3}, "TSL2561": {"Illuminance": 300},
        "SGP30": {"eCO2": 450, "TVOC": 12}, "PMS5003": {"CF1": 1, "PM2.5": 7, "PM10": 9}, "DS18B20-1": {"Id": "01131B", "Temperature": 19.0},
        "THREE": {"Power": [10, 20, 30]}, "TX23": {"Speed": {"Act": 14.8}}, "ANALOG": {"Temperature1": 20.0},
        "Shutter1": {"Position": 50, "Direction": 0}, "TempUnit": "C", "PressureUnit": "hPa", "SpeedUnit": "km/h",
    },
    "ver": 1,
}  # fmt: skip
