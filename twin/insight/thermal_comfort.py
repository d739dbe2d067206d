"""Thermal comfort: PMV and PPD (ISO 7730:2005 annex D) and adaptive comfort (EN 16798-1:2019 annex B.2.2).

Arrays broadcast against each other and are iterated together. Units: °C, m/s, % relative humidity, met (58.15 W/m²),
clo (0.155 m²K/W). NaN in gives NaN out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

type Numbers = NDArray[np.float64]

ITERATIONS = 150
MET_W_M2, CLO_M2K_W = 58.15, 0.155
PMV_CATEGORIES = (0.2, 0.5, 0.7)
"""Limits of |PMV| for categories A, B and C."""
ADAPTIVE_BELOW, ADAPTIVE_ABOVE = (3.0, 4.0, 5.0), (2.0, 3.0, 4.0)
"""Tolerance in K below and above the comfort temperature for categories I, II and III."""
RUNNING_MEAN_C = (10.0, 30.0)
"""Range of the running mean (°C) in which the adaptive model is valid; it requires that there is no mechanical
cooling.
"""


def pmv_ppd(
    air_c: ArrayLike, radiant_c: ArrayLike, air_m_s: ArrayLike, humidity: ArrayLike, met: ArrayLike, clo: ArrayLike
) -> tuple[Numbers, Numbers]:
    """Predicted mean vote (-3 cold to 3 hot) and predicted percentage dissatisfied (%).

    `air_m_s` is relative to the body (`relative_air_speed`), `humidity` in %.
    """
    ta, tr, speed, rh, activity, clothes = np.broadcast_arrays(
        *(np.asarray(one, np.float64) for one in (air_c, radiant_c, air_m_s, humidity, met, clo))
    )
    vapour_pa = rh * 10 * np.exp(16.6536 - 4030.183 / (ta + 235))
    insulation, heat = CLO_M2K_W * clothes, MET_W_M2 * activity
    area = np.where(insulation <= 0.078, 1 + 1.29 * insulation, 1.05 + 0.645 * insulation)
    surface_k, convection = _clothing(ta, tr, speed, heat, insulation, area)
    skin = 3.05e-3 * (5733 - 6.99 * heat - vapour_pa)
    sweat = np.where(heat > MET_W_M2, 0.42 * (heat - MET_W_M2), 0.0)
    breath = 1.7e-5 * heat * (5867 - vapour_pa) + 0.0014 * heat * (34 - ta)
    radiation = 3.96 * area * ((surface_k / 100) ** 4 - ((tr + 273) / 100) ** 4)
    load = heat - skin - sweat - breath - radiation - area * convection * (surface_k - 273 - ta)
    pmv = (0.303 * np.exp(-0.036 * heat) + 0.028) * load
    return pmv, 100 - 95 * np.exp(-0.03353 * pmv**4 - 0.2179 * pmv**2)


def _clothing(
    ta: Numbers, tr: Numbers, speed: Numbers, heat: Numbers, insulation: Numbers, area: Numbers
) -> tuple[Numbers, Numbers]:
    """Surface temperature of the clothes (K) and convective heat transfer (W/m²K): the standard's fixed point."""
    air_k, forced = ta + 273, 12.1 * np.sqrt(speed)
    p1 = insulation * area
    p2, p3, p4 = p1 * 3.96, p1 * 100, p1 * air_k
    p5 = 308.7 - 0.028 * heat + p2 * ((tr + 273) / 100) ** 4
    new = (air_k + (35.5 - ta) / (3.5 * (6.45 * insulation + 0.1))) / 100
    old, convection = new * 2, forced
    for _ in range(ITERATIONS):
        old = (old + new) / 2
        convection = np.maximum(forced, 2.38 * np.abs(100 * old - air_k) ** 0.25)
        new = (p5 + p4 * convection - p2 * old**4) / (100 + p3 * convection)
        if not np.any(np.abs(new - old) > 0.00015):
            break
    return 100 * new, convection


def pmv_is_valid(
    air_c: ArrayLike, air_m_s: ArrayLike, met: ArrayLike, clo: ArrayLike, pmv: ArrayLike
) -> NDArray[np.bool_]:
    """Whether the inputs are in the standard's range: 10 to 30 °C, up to 1 m/s, 0.8 to 4 met, up to 2 clo, |PMV| up to
    2.
    """
    ta, speed, activity, clothes, vote = (np.asarray(one, np.float64) for one in (air_c, air_m_s, met, clo, pmv))
    body = (activity >= 0.8) & (activity <= 4) & (clothes >= 0) & (clothes <= 2)
    return (ta >= 10) & (ta <= 30) & (speed >= 0) & (speed <= 1) & body & (np.abs(vote) <= 2)


def category(pmv: ArrayLike) -> NDArray[np.intp]:
    """Category by |PMV|: 0, 1, 2 for A, B, C; 3 outside all; -1 for NaN."""
    vote = np.abs(np.asarray(pmv, np.float64))
    return np.where(np.isnan(vote), -1, np.searchsorted(PMV_CATEGORIES, vote, side="left"))


def relative_air_speed(air_m_s: ArrayLike, met: ArrayLike) -> Numbers:
    """Air speed relative to a moving body, m/s: 0.3 m/s more for each met above 1 (ISO 7730 annex C)."""
    activity = np.asarray(met, np.float64)
    return np.asarray(air_m_s, np.float64) + 0.3 * np.maximum(activity - 1, 0)


def clothing_by_outdoor(outdoor_c: ArrayLike) -> Numbers:
    """Usual clothing insulation in clo, by the outdoor temperature (°C) at 6:00 (ASHRAE 55-2020, figure 5-3)."""
    out = np.asarray(outdoor_c, np.float64)
    mild = 10 ** (-0.1635 - 0.0066 * out)
    chosen = np.select([out < -5, out < 5, out < 26], [np.ones_like(out), 0.818 - 0.0364 * out, mild], 0.46)
    return np.where(np.isnan(out), np.nan, chosen)


def running_mean(daily_c: ArrayLike) -> Numbers:
    """Running mean of the outdoor temperature, (..., n - 6), from daily means (..., n), °C.

    Weights the seven days before each day, the latest most (EN 16798-1 formula B.2).
    """
    days = np.asarray(daily_c, np.float64)
    weights = np.array([0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0]) / 3.8
    return np.lib.stride_tricks.sliding_window_view(days, 7, axis=-1) @ weights


def adaptive_limits(running_mean_c: ArrayLike, level: int = 1) -> tuple[Numbers, Numbers, Numbers]:
    """Lower limit, comfort value and upper limit of the operative temperature, °C; `level` 0, 1, 2 for categories I,
    II, III.

    NaN outside the model's range of running means.
    """
    mean = np.asarray(running_mean_c, np.float64)
    comfort = np.where((mean >= RUNNING_MEAN_C[0]) & (mean <= RUNNING_MEAN_C[1]), 0.33 * mean + 18.8, np.nan)
    return comfort - ADAPTIVE_BELOW[level], comfort, comfort + ADAPTIVE_ABOVE[level]
