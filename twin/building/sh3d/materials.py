"""Default colours of material names in Wavefront models, and decoding of images used as textures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twin.building.archive import Archive
from twin.model.mesh import LONGEST_TEXTURE
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from PIL import Image

type Rgba = tuple[int, int, int, int]

MOST_PIXELS = 40_000_000
"""Most pixels of an image that is decoded."""
BOX = 4
"""PIL's Image.Resampling.BOX, without importing it where a home has no pictures."""
_CLEAR = 8
"""Alpha up to which an image counts as fully transparent."""

# Diffuse colour and opacity of the materials that Java 3D's Wavefront loader knows by name (j3dutils 1.6.2,
# objectfile.DefaultMaterials); Sweet Home 3D's own furniture is coloured by nothing else.
_KNOWN = """
    amber 934400, amber_trans 934400d6, aqua 008080, aqua_filter 5fab94fa, archwhite fefefe, archwhite2 d6d6d6, bflesh 060201,
    black 010101, blondhair 92540b, blue_pure 0000ff, bluegrey 30474a, bluetint 0cb5f491, blugrn 15a347,
    blutan 144234, bluteal 144234, bone e6c26d, bone1 fbcb78, bone2 fbdca6, brass 7a3200, brnhair 170803,
    bronze 110903, brown 160400, brownlips 24110a, brownskn 050200, brzskin 614a36, chappie 952e09,
    charcoal 010101, deepgreen 000501, default b5b3a7, dkblue 00010f, dkblue_pure 000022, dkbrown 020100,
    dkdkgrey 030303, dkgreen 010600, dkgrey 0c0c0c, dkorange b60900, dkpurple 06000c, dkred 3a0000,
    dkteal 00110b, emerald 0cff00bf, fgreen 000b00, flaqua 008080, flblack 010101, flblonde 92540b,
    flblue_pure 0000b5, flbrown 1c0300, fldkblue_pure 000022, fldkdkgrey 030303, fldkgreen 010600,
    fldkgreen2 061201, fldkgrey 181818, fldkolivegreen 040501, fldkpurple 290055, fldkred 3a0202, flesh 866956,
    fleshtransparent b04b21bf, flgrey 808080, fllime 00ff00, flltbrown 471d0e, flltgrey d2d2d2,
    flltolivegreen 0a0e03, flmintgreen 214a2b, flmustard e35a02, florange ff2b00, flpinegreen 1b3716,
    flpurple 6000c0, flred ff0000, fltan a97421, flwhite fbedd6, flwhite1 ffffff, flyellow ffaa00, glass 7c7d87,
    glassblutint 8eccc554, glasstransparent 787878bf, gold ff7d00, green 004000, greenskn 001300, grey 2f2f2f,
    hair 000000, iris 000f51, jetflame f37e19, lavendar 381758, lcdgreen 96ff81, lighttan b36b38,
    lighttan2 503019, lighttan3 2e1504, lighttannew c99b52, lightyellow fff356, lime 00ff00, lips ec434a,
    ltbrown 471d0e, ltgrey 626262, meh 8eccc5bf, metal e6c26d, mintgrn 067a15, muscle 6b1216, navy_blue 00000e,
    offwhite.cool d5ae91, offwhite.warm d5b072, olivegreen 060900, orange ff2b00, pale_green 12610c,
    pale_pink a7346a, pale_yellow b09e33, peach a22f04, periwinkle 000ad3, pink fc2bab, pinktan af4237,
    plasma ff1472bf, purple 8000ff, red c50000, redbrick 540a02, redbrown 480200, redorange c10500,
    redwood 420800, rubber 030303, ruby ff0000bf, sand_stone 201d19, sapphire 0600ffbf, shadow 090605bf,
    ship2 ffffff, silver 9d9d9d, skin 1c0804, sky_blue 2097cc, smoked_glass 010101fa, tan a98538, taupe 341f1b,
    teeth fbcb78, violet 070722, white ffffff, yellow ffaa00, yellow_green 306800, yellowbrt ffc800,
    yelloworng e23f00
"""


def _rgba(digits: str) -> Rgba:
    value = bytes.fromhex(digits.ljust(8, "f"))
    return value[0], value[1], value[2], value[3]


KNOWN: dict[str, Rgba] = {
    name: _rgba(digits)
    for name, digits in (entry.split() for entry in _KNOWN.replace("\n", " ").split(",") if entry.split())
}
"""RGBA by material name."""


def picture(archive: Archive, name: str) -> Rgba | None:
    """The mean colour of an image in the archive; None where it cannot be decoded or is transparent."""
    image = _decoded(archive, name, (64, 64))
    if image is None:
        return None
    red, green, blue, alpha = np.asarray(image.resize((1, 1), BOX))[0, 0].tolist()
    return (red, green, blue, 255) if alpha > _CLEAR else None


def texture(archive: Archive, name: str) -> NDArray[np.uint8] | None:
    """(h, w, 3) pixels of an image in the archive, first row on top, on white where transparent, no side longer than
    LONGEST_TEXTURE.

    None where it cannot be decoded or is fully transparent.
    """
    image = _decoded(archive, name, (2 * LONGEST_TEXTURE, 2 * LONGEST_TEXTURE))
    if image is None:
        return None
    size = (min(image.width, LONGEST_TEXTURE), min(image.height, LONGEST_TEXTURE))
    pixels = np.asarray(image.resize(size, BOX)).astype(np.uint16)
    colour, alpha = pixels[..., :3], pixels[..., 3:]
    if alpha.max() <= _CLEAR:
        return None
    return ((colour * alpha + 255 * (255 - alpha)) // 255).astype(np.uint8)


def _decoded(archive: Archive, name: str, about: tuple[int, int]) -> Image.Image | None:
    """The picture as RGBA, possibly reduced to no less than `about` (pixels); None where it cannot be decoded."""
    if name not in archive.names:
        return None
    from PIL import Image

    try:
        with Image.open(io.BytesIO(archive.read(name)), formats=("PNG", "JPEG", "GIF", "BMP")) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            image.draft("RGB", about)
            return image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, ProblemError, Image.DecompressionBombError):
        return None
