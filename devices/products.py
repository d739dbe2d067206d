"""Table that identifies DNS-SD announcements: service type, name and TXT values to product, maker and protocol.

Sources: the discovery table of Home Assistant 2026.11.0 (types, names and TXT values as facts), Matter 1.4 core
specification section 4.3, the vendors' documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from devices.contract import Service
from twin.model.candidate import Need
from twin.model.ids import clean_name

_N = Need


@dataclass(frozen=True, slots=True)
class Product:
    """One product. `name` is a glob on the lower-cased instance, `txt` globs on lower-cased values; all must match."""

    type: str
    title: str
    protocol: str
    maker: str = ""
    needs: Need = Need.NOTHING
    name: str = "*"
    txt: tuple[tuple[str, str], ...] = ()
    weak: bool = False
    """Unspecific service (a web page, a shell): merged with another row of the same host where there is one."""


# fmt: off
ROWS: tuple[Product, ...] = (
    Product("_matter._tcp", "Matter device", "matter", needs=_N.CODE),
    Product("_matterc._udp", "Matter device, ready to pair", "matter", needs=_N.CODE),
    Product("_meshcop._udp", "Thread border router", "thread"),
    Product("_hap._tcp", "HomeKit accessory", "homekit", needs=_N.PIN),
    Product("_hap._tcp", "Hue bridge", "homekit", "Signify", _N.PIN, txt=(("md", "bsb0*"),), weak=True),
    Product("_hap._udp", "HomeKit accessory over Thread", "homekit", needs=_N.PIN),
    Product("_esphomelib._tcp", "ESPHome device", "esphome", "ESPHome", _N.KEY),
    Product("_shelly._tcp", "Shelly", "shelly", "Shelly", _N.PASSWORD),
    Product("_http._tcp", "Shelly", "identify", "Shelly", name="shelly*", weak=True),
    Product("_hue._tcp", "Hue bridge", "hue", "Signify", _N.BUTTON),
    Product("_wled._tcp", "WLED light", "wled", "WLED"),
    Product("_mqtt._tcp", "MQTT broker", "mqtt", needs=_N.PASSWORD),
    Product("_secure-mqtt._tcp", "MQTT broker", "mqtt", needs=_N.PASSWORD),
    Product("_http._tcp", "Tasmota device", "tasmota", "Tasmota", _N.NOTHING, "tasmota*"),
    Product("_zwave-js-server._tcp", "Z-Wave JS server", "zwave"),
    Product("_slzb-06._tcp", "Zigbee coordinator", "zigbee", "SMLIGHT"),
    Product("_uzg-01._tcp", "Zigbee coordinator", "zigbee"),
    Product("_xzg._tcp", "Zigbee coordinator", "zigbee"),
    Product("_czc._tcp", "Zigbee coordinator", "zigbee"),
    Product("_zigstar_gw._tcp", "Zigbee coordinator", "zigbee"),
    Product("_zigate-zigbee-gateway._tcp", "Zigbee coordinator", "zigbee"),
    Product("_zigbee-coordinator._tcp", "Zigbee coordinator", "zigbee"),
    Product("_home-assistant._tcp", "Home Assistant", "home_assistant", "Home Assistant"),
    Product("_hwenergy._tcp", "HomeWizard meter", "homewizard", "HomeWizard"),
    Product("_homewizard._tcp", "HomeWizard meter", "homewizard", "HomeWizard", _N.BUTTON),
    Product("_elg._tcp", "Elgato light", "elgato", "Elgato"),
    Product("_nanoleafapi._tcp", "Nanoleaf light", "nanoleaf", "Nanoleaf", _N.BUTTON),
    Product("_nanoleafms._tcp", "Nanoleaf light", "nanoleaf", "Nanoleaf", _N.BUTTON),
    Product("_lifx._udp", "LIFX light", "lifx", "LIFX"),
    Product("_miio._udp", "Yeelight", "miio", "Yeelight", _N.KEY, "yeelink-*"),
    Product("_miio._udp", "Xiaomi device", "miio", "Xiaomi", _N.KEY),
    Product("_lutron._tcp", "Lutron bridge", "lutron", "Lutron", _N.BUTTON),
    Product("_homekit._tcp", "Apple home hub", "identify", "Apple"),
    Product("_axis-video._tcp", "DoorBird", "identify", "Bird Home Automation", txt=(("macaddress", "1ccae3*"),)),
    Product("_axis-video._tcp", "Axis camera", "identify", "Axis"),
    Product("_googlecast._tcp", "Cast device", "cast", "Google"),
    Product("_airplay._tcp", "Apple TV", "airplay", "Apple", txt=(("model", "appletv*"),)),
    Product("_airplay._tcp", "HomePod", "airplay", "Apple", txt=(("model", "audioaccessory*"),)),
    Product("_airplay._tcp", "Television", "airplay", "Samsung", txt=(("manufacturer", "samsung*"),)),
    Product("_airplay._tcp", "AirPlay device", "airplay"),
    Product("_raop._tcp", "AirPlay speaker", "airplay", weak=True),
    Product("_mediaremotetv._tcp", "Apple TV", "airplay", "Apple", weak=True),
    Product("_companion-link._tcp", "Apple device", "airplay", "Apple", weak=True),
    Product("_appletv-v2._tcp", "Apple TV", "airplay", "Apple", weak=True),
    Product("_touch-able._tcp", "Apple remote", "airplay", "Apple", weak=True),
    Product("_hscp._tcp", "Apple device", "airplay", "Apple", weak=True),
    Product("_sleep-proxy._udp", "Apple sleep proxy", "airplay", "Apple", weak=True),
    Product("_airport._tcp", "AirPort base station", "identify", "Apple"),
    Product("_sonos._tcp", "Sonos speaker", "sonos", "Sonos"),
    Product("_spotify-connect._tcp", "Spotify speaker", "identify", weak=True),
    Product("_heos-audio._tcp", "HEOS speaker", "identify", "Denon"),
    Product("_musc._tcp", "Bluesound player", "identify", "Bluesound"),
    Product("_linkplay._tcp", "LinkPlay speaker", "identify", "LinkPlay"),
    Product("_soundtouch._tcp", "SoundTouch speaker", "identify", "Bose"),
    Product("_bangolufsen._tcp", "Bang & Olufsen speaker", "identify", "Bang & Olufsen"),
    Product("_devialet-http._tcp", "Devialet speaker", "identify", "Devialet"),
    Product("_smoip._tcp", "Cambridge Audio player", "identify", "Cambridge Audio"),
    Product("_stream-magic._tcp", "Cambridge Audio player", "identify", "Cambridge Audio"),
    Product("_rio._tcp", "Russound controller", "identify", "Russound"),
    Product("_volumio._tcp", "Volumio player", "identify", "Volumio"),
    Product("_mass._tcp", "Music Assistant", "identify"),
    Product("_daap._tcp", "Music library", "identify", weak=True),
    Product("_plexmediasvr._tcp", "Plex server", "identify", "Plex"),
    Product("_xbmc-jsonrpc-h._tcp", "Kodi player", "identify", "Kodi"),
    Product("_androidtvremote2._tcp", "Android television", "identify", "Google", _N.PIN),
    Product("_philipstv_rpc._tcp", "Philips television", "identify", "Philips"),
    Product("_philipstv_s_rpc._tcp", "Philips television", "identify", "Philips"),
    Product("_viziocast._tcp", "Vizio television", "identify", "Vizio"),
    Product("_tvm._tcp", "MotionMount", "identify", "Vogel's"),
    Product("_ipp._tcp", "Printer", "identify"),
    Product("_ipps._tcp", "Printer", "identify"),
    Product("_printer._tcp", "Printer", "identify"),
    Product("_pdl-datastream._tcp", "Printer", "identify"),
    Product("_uscan._tcp", "Scanner", "identify", weak=True),
    Product("_uscans._tcp", "Scanner", "identify", weak=True),
    Product("_scanner._tcp", "Scanner", "identify", weak=True),
    Product("_octoprint._tcp", "3D printer", "identify", "OctoPrint"),
    Product("_enphase-envoy._tcp", "Enphase Envoy", "enphase", "Enphase", _N.PASSWORD),
    Product("_solaredge-modbus._tcp", "SolarEdge inverter", "modbus", "SolarEdge"),
    Product("_solarman._tcp", "Solarman logger", "identify", "Solarman"),
    Product("_openevse._tcp", "Car charger", "identify", "OpenEVSE"),
    Product("_technove-stations._tcp", "Car charger", "identify", "TechnoVE"),
    Product("_nrgkick._tcp", "Car charger", "identify", "NRGkick"),
    Product("_http._tcp", "Car charger", "identify", "Peblar", name="pblr-*"),
    Product("_http._tcp", "Car charger", "identify", "Lektrico", name="lektrico*"),
    Product("_http._tcp", "Home battery", "identify", "Homevolt", name="homevolt*"),
    Product("_http._tcp", "Home battery", "identify", "Indevolt", name="igen_fw*"),
    Product("_http._tcp", "Energy meter", "identify", "powerfox", name="powerfox*"),
    Product("_http._tcp", "Energy meter", "identify", "Pure Energie", name="smartbridge*"),
    Product("_iometer._tcp", "Energy meter", "identify", "IOmeter"),
    Product("_wattwaechter._tcp", "Energy meter", "identify"),
    Product("_stromleser._tcp", "Electricity meter reader", "identify", "energieleser"),
    Product("_gasleser._tcp", "Gas meter reader", "identify", "energieleser"),
    Product("_wasserleser._tcp", "Water meter reader", "identify", "energieleser"),
    Product("_waermeleser._tcp", "Heat meter reader", "identify", "energieleser"),
    Product("_gaspulse._tcp", "Gas meter reader", "identify", "energieleser"),
    Product("_droplet._tcp", "Water meter", "identify", "Hydrific"),
    Product("_mypv._tcp", "Heating rod", "identify", "my-PV"),
    Product("_plugwise._tcp", "Plugwise gateway", "identify", "Plugwise", _N.PASSWORD),
    Product("_powerhub._udp", "Power hub", "identify", "Bitvis"),
    Product("_ecobee._tcp", "ecobee thermostat", "identify", "ecobee"),
    Product("_sideplay._tcp", "ecobee thermostat", "identify", "ecobee", txt=(("mdl", "eb-*"),)),
    Product("_sideplay._tcp", "ecobee thermostat", "identify", "ecobee", txt=(("mdl", "ecobee*"),)),
    Product("_dkapi._tcp", "Daikin air conditioner", "identify", "Daikin"),
    Product("_homeconnect._tcp", "Home Connect appliance", "identify", "BSH"),
    Product("_mieleathome._tcp", "Miele appliance", "identify", "Miele"),
    Product("_http._tcp", "Fridge", "identify", "Liebherr", name="liebherr*"),
    Product("_http._tcp", "Heating controller", "identify", "BSB-LAN", name="bsb-lan*"),
    Product("_http._tcp", "Ventilation", "identify", "Duco", name="duco [[]*"),
    Product("_prana._tcp", "Ventilation", "identify", "Prana"),
    Product("_tbk_vmc._tcp", "Ventilation", "identify", "Flow-it"),
    Product("_api._tcp", "Ceiling fan", "identify", "Big Ass Fans", txt=(("model", "haiku*"),)),
    Product("_api._tcp", "Ceiling fan", "identify", "Big Ass Fans", txt=(("model", "i6*"),)),
    Product("_easylink._tcp", "Ceiling fan", "identify", "Modern Forms", name="wac*"),
    Product("_rabbitair._udp", "Air purifier", "identify", "Rabbit Air"),
    Product("_airgradient._tcp", "Air quality sensor", "identify", "AirGradient"),
    Product("_altruist._tcp", "Air quality sensor", "identify", "Altruist"),
    Product("_haven._tcp", "Air quality sensor", "identify", "Haven"),
    Product("_http._tcp", "Air quality sensor", "identify", "air-Q", txt=(("device", "air-q"),)),
    Product("_http._tcp", "Air quality sensor", "identify", "Awair", name="awair*"),
    Product("_http._tcp", "Air quality sensor", "identify", "Nettigo", name="nam-*"),
    Product("_http._tcp", "Air quality sensor", "identify", "Nettigo", txt=(("manufacturer", "nettigo"),)),
    Product("_http._tcp", "Aquarium controller", "identify", "EHEIM", name="eheimdigital*"),
    Product("_http._tcp", "Smart home controller", "identify", "Bosch", _N.BUTTON, "bosch shc*"),
    Product("_http._tcp", "KLF 200", "identify", "Velux", _N.PASSWORD, "velux_klf_lan_*"),
    Product("_http._tcp", "Curtain motor", "identify", "Slide", name="slide*"),
    Product("_http._tcp", "Door lock", "identify", "LOQED", name="loqed*"),
    Product("_http._tcp", "Garage door opener", "identify", "tailwind", txt=(("vendor", "tailwind"),)),
    Product("_http._tcp", "DALI gateway", "identify", "Lunatone", txt=(("manufacturer", "lunatone industrielle elektronik gmbh"),)),
    Product("_http._tcp", "Irrigation", "identify", "Rachio", name="rachio*"),
    Product("_http._tcp", "Irrigation", "identify", "RainMachine", name="rainmachine*"),
    Product("_vege._tcp", "Irrigation", "identify", "VegeHub"),
    Product("_http._tcp", "HDMI matrix", "identify", "HDFury", name="vrroom-*"),
    Product("_http._tcp", "Network storage", "identify", "Synology", txt=(("vendor", "synology*"),)),
    Product("_bond._tcp", "Bond bridge", "identify", "Bond", _N.PIN),
    Product("_bbxsrv._tcp", "BleBox device", "identify", "BleBox"),
    Product("_deako._tcp", "Deako light switch", "identify", "Deako"),
    Product("_systemnexa2._tcp", "Light switch", "identify", "System Nexa"),
    Product("_lookin._tcp", "Infrared remote", "identify", "LOOKin"),
    Product("_powerview._tcp", "PowerView hub", "identify", "Hunter Douglas"),
    Product("_powerview-g3._tcp", "PowerView gateway", "identify", "Hunter Douglas"),
    Product("_dvl-deviceapi._tcp", "devolo device", "identify", "devolo"),
    Product("_elmax-ssl._tcp", "Alarm panel", "identify", "Elmax", _N.PASSWORD),
    Product("_api._udp", "Leak detector", "identify", "Guardian"),
    Product("_kizbox._tcp", "Somfy gateway", "identify", "Somfy", _N.PASSWORD),
    Product("_kizboxdev._tcp", "Somfy gateway", "identify", "Somfy", _N.PASSWORD),
    Product("_ssh._tcp", "homee gateway", "identify", "homee", name="homee-*"),
    Product("_ssh._tcp", "Energy monitor", "identify", "Smappee", name="smappee*"),
    Product("_https._tcp", "Door station", "identify", "Grandstream", name="gds_*"),
    Product("_ws._tcp", "Hot tub", "identify", "Watkins", name="watkins_spa*"),
    Product("_amzn-alexa._tcp", "Robot vacuum", "identify", "iRobot", name="irobot-*"),
    Product("_amzn-alexa._tcp", "Robot vacuum", "identify", "iRobot", name="roomba-*"),
    Product("_aicu-http._tcp", "Robot vacuum", "identify", "ROMY"),
    Product("_fbx-api._tcp", "Freebox", "identify", "Free"),
    Product("_nut._tcp", "Uninterruptible power supply", "identify"),
    Product("_owserver._tcp", "1-Wire server", "identify"),
    Product("_wyoming._tcp", "Voice satellite", "identify"),
    Product("_system-bridge._tcp", "Computer", "identify", "System Bridge"),
    Product("_kiosker._tcp", "Kiosk tablet", "identify", "Kiosker"),
    Product("_indi-allsky._tcp", "Sky camera", "identify"),
    Product("_rtsp._tcp", "Camera stream", "identify"),
    Product("_http._tcp", "Web page", "identify", weak=True),
    Product("_https._tcp", "Web page", "identify", weak=True),
    Product("_ssh._tcp", "Computer", "identify", weak=True),
    Product("_sftp-ssh._tcp", "Computer", "identify", weak=True),
    Product("_smb._tcp", "File server", "identify", weak=True),
    Product("_workstation._tcp", "Computer", "identify", weak=True),
    Product("_device-info._tcp", "Computer", "identify", weak=True),
)
# fmt: on

TYPES: tuple[str, ...] = tuple(dict.fromkeys(row.type for row in ROWS))
_BY_TYPE: dict[str, tuple[Product, ...]] = {
    type: tuple(sorted((row for row in ROWS if row.type == type), key=lambda row: row.name == "*" and not row.txt))
    for type in TYPES
}

_SERIAL = ("serial", "sn", "serialno", "serialnum", "serialnumber", "serial_number")
_MAC = ("mac", "macaddress", "mac_address", "deviceid", "bssid", "bridgeid", "id")
_MODEL = ("model", "md", "modelid", "product", "product_type", "app", "ty", "usb_mdl", "am")
_FIRMWARE = ("fw", "fw_ver", "firmware", "swversion", "sw_version", "sw ver", "ver", "version", "osvers")
_MAKER = ("manufacturer", "mf", "vendor", "usb_mfg", "vn")


def identify(service: Service) -> Product:
    """The best matching product: rows with a name or TXT value take precedence over those with the type alone; a
    generic one where none matches.
    """
    name = service.name.lower()
    for row in _BY_TYPE.get(service.type.lower(), ()):
        if fnmatchcase(name, row.name) and all(
            fnmatchcase(service.txt.get(key, "").lower(), glob) for key, glob in row.txt
        ):
            return row
    return Product(service.type, service.type.split(".")[0].lstrip("_"), "identify", weak=True)


def serial_of(txt: Mapping[str, str]) -> str:
    """The serial number under any of the usual keys; empty where there is none."""
    return next((clean_name(txt[key]) for key in _SERIAL if txt.get(key)), "")


def mac_of(txt: Mapping[str, str]) -> str:
    """The hardware address as 12 lower-case hex digits; empty where no key holds one."""
    for key in _MAC:
        digits = "".join(ch for ch in txt.get(key, "").lower() if ch not in ":-. ")
        if len(digits) == 16 and digits[6:10] == "fffe":  # made of a hardware address (EUI-64, RFC 4291 appendix A)
            digits = digits[:6] + digits[10:]
        if len(digits) == 12 and all(ch in "0123456789abcdef" for ch in digits) and set(digits) != {"0"}:
            return digits
    return ""


def model_of(txt: Mapping[str, str]) -> str:
    """The model under any of the usual keys; empty where there is none."""
    return next((clean_name(txt[key]).strip("()") for key in _MODEL if txt.get(key)), "")


def firmware_of(txt: Mapping[str, str]) -> str:
    """The version of the software under any of the usual keys; empty where there is none."""
    return next((clean_name(txt[key], 40) for key in _FIRMWARE if txt.get(key)), "")


def maker_of(txt: Mapping[str, str]) -> str:
    """The manufacturer named in the announcement's TXT values; empty where there is none."""
    return next((clean_name(txt[key]) for key in _MAKER if txt.get(key) and not txt[key].isdigit()), "")
