"""Which files are exempt from a rule of types: the rules are on for the whole tree."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
EXEMPTION = re.compile(r"^# pyright: .*\breport\w+ ?= ?false", re.MULTILINE)
LIBRARIES = re.compile(
    r"^\s*(?:from|import) (?:vtkmodules|pyqtgraph|ifcopenshell|javaobj|ezdxf|svgelements|pypdfium2|shapely|manifold3d|chip|zeroconf|jinja2|zstandard|aiomqtt|paho|aiohttp|keyring|astral|embreex|icalendar|reportlab|xlsxwriter|aiohomekit|bacpypes3)\b",
    re.MULTILINE,
)

WRAPPING = {
    "app/bench/scenes/measuring.py",
    "app/view/chart/axis.py",
    "app/view/chart/chart_marks.py",
    "app/view/chart/plot.py",
    "app/view/scene/devices/markers.py",
    "app/view/scene/devices/picking.py",
    "app/view/scene/geometry/materials.py",
    "app/view/scene/geometry/vtk_meshes.py",
    "app/view/scene/import_preview.py",
    "app/view/scene/light/lit_storey.py",
    "app/view/scene/live/deformable_mesh.py",
    "app/view/scene/live/lamp_halos.py",
    "app/view/scene/live/motion_ripples.py",
    "app/view/scene/structure/clip_planes.py",
    "app/view/scene/sky/daylight.py",
    "app/view/scene/structure/floor_texture.py",
    "app/view/scene/structure/ghost_storey.py",
    "app/view/scene/structure/light_pool.py",
    "app/view/scene/structure/scalar_field.py",
    "app/view/scene/structure/floor_mesh.py",
    "app/view/scene/sky/sun_patches.py",
    "app/view/scene/viewport/image_surface.py",
    "app/view/scene/viewport/offscreen.py",
    "app/view/scene/viewport/point_reach.py",
    "devices/discovery.py",
    "devices/zeroconf_interfaces.py",
    "devices/lab/mdns_announcement.py",
    "devices/protocols/bacnet/bacnet_application.py",
    "devices/protocols/bacnet/bacnet_client.py",
    "devices/protocols/bacnet/bacnet_values.py",
    "devices/protocols/bacnet/event_port.py",
    "devices/protocols/bacnet/ipv6_link.py",
    "devices/protocols/homekit/accessory_connection.py",
    "devices/protocols/homekit/characteristic_names.py",
    "devices/protocols/homekit/pair_setup.py",
    "devices/protocols/matter/interrupted_commissioning.py",
    "devices/protocols/matter/launch.py",
    "devices/protocols/matter/server_client.py",
    "devices/protocols/mqtt/template.py",
    "devices/protocols/mqtt/template_functions.py",
    "devices/secrets.py",
    "twin/building/calendar_reader.py",
    "twin/building/dxf.py",
    "twin/building/hass/read.py",
    "twin/building/ifc/boolean_clipping.py",
    "twin/building/ifc/footprint.py",
    "twin/building/ifc/geometry_workers.py",
    "twin/building/ifc/ifc_file.py",
    "twin/building/page_reader.py",
    "twin/building/placement.py",
    "twin/building/plan/solids.py",
    "twin/building/plan_outline.py",
    "twin/building/reimport_review.py",
    "twin/building/room_matching.py",
    "twin/building/sh3d/ceiling_heights.py",
    "twin/building/sh3d/svg_cutouts.py",
    "twin/building/sh3d/walls.py",
    "twin/building/svg/read.py",
    "twin/building/wall_solids.py",
    "twin/light/embree_rays.py",
    "twin/share/ifc.py",
    "twin/share/report_drawings.py",
    "twin/share/report_fonts.py",
    "twin/share/report_pdf.py",
    "twin/share/report_workbook.py",
    "twin/store/history/block_codec.py",
    "twin/store/project/mesh_blobs.py",
}
"""Files that wrap libraries without complete stubs. Take away from this list; never add to it for another reason."""


def exempt() -> set[str]:
    """Every file of the program that is exempt from a rule."""
    files = (file for package in ("app", "twin", "devices", "assets") for file in (TOP / package).rglob("*.py"))
    return {file.relative_to(TOP).as_posix() for file in files if EXEMPTION.search(file.read_text(encoding="utf-8"))}


def test_only_listed_files_are_exempt_from_a_rule_of_types() -> None:
    assert exempt() == WRAPPING


@pytest.mark.parametrize("file", sorted(WRAPPING))
def test_a_file_that_is_exempt_for_its_library_wraps_one(file: str) -> None:
    assert LIBRARIES.search((TOP / file).read_text(encoding="utf-8"))


def test_no_rule_of_types_is_off_for_the_whole_tree() -> None:
    told = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["basedpyright"]
    assert told["typeCheckingMode"] == "strict"
    assert [name for name, value in told.items() if name.startswith("report") and value in (False, "none")] == []
