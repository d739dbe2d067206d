"""Furniture models of ours for pieces whose model is missing, chosen by name, at the piece's size or a usual one."""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from twin.building.plan.furniture_models import MODELS
from twin.building.sh3d import wavefront_obj

type StandInSize = tuple[float, float, float]

_WORDS: tuple[tuple[str, str, StandInSize], ...] = (
    (r"coffee.?table|couchtisch", "coffee_table", (1.1, 0.6, 0.42)),
    (r"arm.?chair|fauteuil|sessel|poltrona", "armchair", (0.85, 0.85, 0.8)),
    (r"sofa|couch|canap|divano", "sofa", (2.1, 0.9, 0.8)),
    (r"office.?chair|swivel", "office_chair", (0.6, 0.6, 1.0)),
    (r"stool|hocker", "stool", (0.4, 0.4, 0.65)),
    (r"chair|stuhl|chaise|sedia", "chair", (0.45, 0.5, 0.85)),
    (r"night.?stand|bedside|drawers|kommode|commode", "nightstand", (0.8, 0.45, 0.8)),
    (r"single.?bed", "bed", (1.0, 2.05, 0.9)),
    (r"\bbed\b|_bed|bed_|\bbett\b|\blit\b|letto", "bed", (1.7, 2.1, 0.9)),
    (r"wardrobe|closet|schrank|armoire|armadio", "wardrobe", (1.6, 0.6, 2.1)),
    (r"book|shel(f|ves)|regal|biblio", "bookshelf", (0.9, 0.32, 1.9)),
    (r"desk|schreibtisch|bureau|scrivania", "desk", (1.4, 0.7, 0.75)),
    (r"\btv|television|fernseh", "tv", (1.6, 0.42, 1.1)),
    (r"fridge|refrigerator|freezer|k(ü|ue)hlschrank|frigo", "fridge", (0.6, 0.65, 1.85)),
    (r"oven|cooker|stove|hob|herd", "hob_counter", (0.6, 0.6, 0.9)),
    (r"washing|washer|dryer|dishwasher|lave|lavatrice", "washer", (0.6, 0.6, 0.85)),
    (r"shower|dusche|douche|doccia", "shower", (0.9, 0.9, 2.0)),
    (r"toilet|\bwc\b|bidet", "toilet", (0.38, 0.65, 0.8)),
    (r"basin|vanity|lavabo|waschbecken", "basin", (0.6, 0.48, 0.85)),
    (r"sink|sp(ü|ue)le|lavello", "sink_counter", (0.8, 0.6, 0.9)),
    (r"\bbath|_bath|bathtub|badewanne|baignoire|vasca", "bathtub", (0.75, 1.7, 0.58)),
    (r"counter|kitchen|k(ü|ue)che|cuisine|cucina", "counter", (0.6, 0.6, 0.9)),
    (r"table|tisch|tavolo", "dining_table", (1.5, 0.9, 0.75)),
    (r"plant|pflanze|piant|tree", "plant", (0.5, 0.5, 1.1)),
    (r"stair|treppe|escalier|scala", "stairs", (1.0, 3.0, 2.6)),
    (r"rug|carpet|teppich|tapis|tappeto", "rug", (2.0, 1.4, 0.02)),
    (r"railing|balust|gel(ä|ae)nder", "railing", (1.0, 0.06, 1.0)),
    (r"curtain|vorhang|rideau", "curtain", (1.6, 0.12, 2.3)),
    (r"\bcar\b|auto\b", "car", (1.8, 4.3, 1.5)),
)  # fmt: skip
_OPENINGS = {"door": (0.9, 0.1, 2.1), "window": (1.2, 0.15, 1.2)}
_LIGHTS = {"ceiling_lamp": (0.4, 0.4, 0.12)}
_PLAIN: StandInSize = (0.6, 0.6, 0.75)
"""Size of a piece of unknown kind, in metres."""


def guess(tag: str, description: str, *, window: bool) -> tuple[str, StandInSize]:
    """Name of the stand-in model for a piece (empty for none) and its usual size in metres."""
    if tag == "doorOrWindow":
        name = "window" if window else "door"
        return name, _OPENINGS[name]
    if tag == "light":
        return "ceiling_lamp", _LIGHTS["ceiling_lamp"]
    for pattern, name, size in _WORDS:
        if re.search(pattern, description.casefold()):
            return name, size
    return "", _PLAIN


@cache
def model(name: str, size: StandInSize) -> wavefront_obj.ObjModel:
    """The furniture model `name` at this size (metres) in the axes of a Wavefront file: y up, front towards +z."""
    blocks = MODELS[name](size).blocks
    offsets = np.cumsum([0, *(len(block.positions) for block in blocks)])
    positions = np.concatenate([block.positions for block in blocks])
    colours = [_rgba(block.colour) for block in blocks]
    return wavefront_obj.ObjModel(
        positions=np.column_stack([positions[:, 0], positions[:, 2], -positions[:, 1]]),
        triangles=np.concatenate([block.triangles + offsets[i] for i, block in enumerate(blocks)]).astype(np.int32),
        material=np.concatenate([np.full(len(block.triangles), i, np.int32) for i, block in enumerate(blocks)]),
        colours=np.array(colours, np.uint8),
        names=tuple(f"block{i}" for i in range(len(blocks))),
    )


def _rgba(colour: str) -> tuple[int, int, int, int]:
    value = bytes.fromhex(colour[1:].ljust(8, "f"))
    return value[0], value[1], value[2], value[3]
