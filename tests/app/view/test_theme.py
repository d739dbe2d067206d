"""Colour maps that a person with any kind of colour vision can read, and a black-and-white printer too.

Colour vision deficiency is simulated with the matrices of Machado, Oliveira and Fernandes, "A Physiologically-based
Model for Simulation of Color Vision Deficiency", IEEE TVCG 15(6), 2009, severity 1.0, on linear RGB.
"""

import numpy as np
import pytest

from app.view.theme import CHANGES, RAMPS, TRUTHS, paint, palette, words_palette
from twin.model.capability import CAPABILITIES
from twin.model.comfort import COMFORT

SIGHTS = {
    "usual": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
STEP = 10.0
"""CIE76 difference that two fields side by side must have; 2.3 is what an eye just notices."""


def linear(rgb: np.ndarray) -> np.ndarray:
    part = rgb.astype(float) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(light: np.ndarray) -> np.ndarray:
    """CIE L*a*b* (D65) of linear sRGB (IEC 61966-2-1)."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    share = light @ to_xyz.T / (0.9505, 1.0, 1.0890)
    f = np.where(share > (6 / 29) ** 3, np.cbrt(share), share / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def seen(rgb: np.ndarray, sight: str) -> np.ndarray:
    return lab(np.clip(linear(rgb) @ SIGHTS[sight].T, 0, 1))


def test_the_measure_knows_white_black_and_a_known_red() -> None:
    found = lab(linear(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]], np.uint8)))
    assert np.allclose(found, [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]], atol=0.1)


@pytest.mark.parametrize("word", RAMPS)
def test_lightness_of_a_ramp_only_rises_or_only_falls(word: str) -> None:
    way = np.diff(seen(palette(word), "usual")[::5, 0])
    assert (way > 0).all() or (way < 0).all()


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("word", [*RAMPS, *TRUTHS])
def test_fifths_of_a_ramp_can_be_told_apart_and_its_ends_by_far(word: str, sight: str) -> None:
    steps = seen(palette(word)[[0, 255] if word in TRUTHS else np.linspace(0, 255, 6).astype(int)], sight)
    assert (np.linalg.norm(np.diff(steps, axis=0), axis=1) > STEP).all()
    assert np.linalg.norm(steps[-1] - steps[0]) > 25


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("id", COMFORT)
def test_the_middles_of_neighbouring_bands_differ_for_everybody(id: str, sight: str) -> None:
    row = CAPABILITIES[id]
    low, high = row.scale or (0.0, 1.0)
    ends = np.array([low, *COMFORT[id].edges, high])
    middles = seen(paint(row.colours, (ends[1:] + ends[:-1]) / 2, low, high), sight)
    assert (np.linalg.norm(np.diff(middles, axis=0), axis=1) > STEP).all()


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("many", range(2, 9))
def test_the_colours_of_words_differ_from_one_another_for_everybody(many: int, sight: str) -> None:
    colours = seen(words_palette(many), sight)
    far = np.linalg.norm(colours[:, None] - colours[None], axis=2) + 1e3 * np.eye(many)
    assert far.min() > STEP


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("word", CHANGES)
def test_growth_and_loss_are_as_strong_as_each_other_and_told_apart_by_everybody(word: str, sight: str) -> None:
    steps = seen(palette(word)[np.linspace(0, 255, 7).astype(int)], sight)
    assert (np.linalg.norm(np.diff(steps, axis=0), axis=1) > STEP).all()
    assert (np.linalg.norm(steps[:3] - steps[:3:-1], axis=1) > 25).all(), "as much more and as much less"
    assert np.abs(steps[:3, 0] - steps[:3:-1, 0]).max() < 8, "neither side is the louder one"
    away = np.abs(steps[:, 0] - steps[3, 0])
    assert (np.diff(away[:4]) < 0).all()
    assert (np.diff(away[3:]) > 0).all()
