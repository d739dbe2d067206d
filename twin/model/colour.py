"""Converts colours between CIE 1931 xy and RGB, white channels, and hue/saturation: sRGB primaries, D65 white (IEC
61966-2-1).
"""

from __future__ import annotations

import colorsys

type Rgb = tuple[float, float, float]
type Xy = tuple[float, float]


def xy_from_rgb(rgb: Rgb) -> Xy:
    """CIE xy of an sRGB colour (0-255 per channel); black gives the white point (0.3127, 0.329)."""
    r, g, b = (_linear(min(max(part, 0.0), 255.0) / 255) for part in rgb)
    x = 0.4124 * r + 0.3576 * g + 0.1805 * b
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = 0.0193 * r + 0.1192 * g + 0.9505 * b
    total = x + y + z
    return (x / total, y / total) if total > 0 else (0.3127, 0.3290)


def rgb_from_xy(xy: Xy) -> tuple[int, int, int]:
    """The brightest sRGB colour (0-255 per channel) with this CIE xy; out-of-gamut components are clipped to 0."""
    x, y = xy[0], max(xy[1], 1e-6)
    big_x, big_z = x / y, (1 - x - y) / y
    parts = (
        3.2406 * big_x - 1.5372 - 0.4986 * big_z,
        -0.9689 * big_x + 1.8758 + 0.0415 * big_z,
        0.0557 * big_x - 0.2040 + 1.0570 * big_z,
    )
    top = max(*parts, 1e-9)
    r, g, b = (round(255 * _gamma(max(part, 0.0) / top)) for part in parts)
    return r, g, b


def rgb_from_channels(channels: tuple[float, ...]) -> Rgb:
    """Converts channels (red, green, blue and 0-2 whites, 0-255) to the RGB colour they show together, 0-255."""
    white = sum(channels[3:])
    mixed = tuple(part + white for part in channels[:3])
    scale = max(channels) / max(*mixed, 1e-9)
    return mixed[0] * scale, mixed[1] * scale, mixed[2] * scale


def channels_from_rgb(rgb: Rgb, count: int) -> tuple[int, ...]:
    """Converts RGB (0-255) to `count` channels: the common part goes to the whites; the largest value is kept."""
    whites = count - 3
    white = min(rgb) if whites else 0.0
    parts = [part - white for part in rgb] + [white / max(whites, 1)] * whites
    scale = max(rgb) / max(*parts, 1e-9)
    return tuple(round(part * scale) for part in parts)


def xy_from_hs(hue_deg: float, saturation: float) -> Xy:
    """CIE xy of hue in degrees and saturation in percent."""
    r, g, b = colorsys.hsv_to_rgb((hue_deg % 360) / 360, min(max(saturation, 0.0), 100.0) / 100, 1.0)
    return xy_from_rgb((255 * r, 255 * g, 255 * b))


def hs_from_xy(xy: Xy) -> tuple[float, float]:
    """Hue in degrees and saturation in percent of a CIE xy colour."""
    r, g, b = rgb_from_xy(xy)
    hue, saturation, _ = colorsys.rgb_to_hsv(r / 255, g / 255, b / 255)
    return round(360 * hue, 1), round(100 * saturation, 1)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _gamma(part: float) -> float:
    return 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055
