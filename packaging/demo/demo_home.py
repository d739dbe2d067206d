"""Linden House: our demo home, a family's house of two storeys, drawn by us."""

from __future__ import annotations

from demo_plan import Level, Plan, PlanDevice, PlanRoom, PlanWall, Spot

OUT, IN = 0.30, 0.12
W, D = 12.0, 9.0
OAK, TILE, STONE, CARPET, DARK = "#cdb48f", "#d9dcdc", "#c9c6bf", "#cfc8bd", "#bfae97"


def linden_house() -> Plan:
    """The whole house."""
    ground, upper = _ground(), _upper()
    return Plan(name="Linden House", latitude=52.39, longitude=13.06, north_deg=12.0, levels=[ground, upper])


def _shell(level: Level) -> None:
    corners = [(0.0, 0.0), (W, 0.0), (W, D), (0.0, D)]
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        level.walls.append(PlanWall(start=a, end=b, thickness_m=OUT))


def _wall(level: Level, a: Spot, b: Spot) -> None:
    level.walls.append(PlanWall(start=a, end=b, thickness_m=IN))


def _room(level: Level, name: str, box: tuple[float, float, float, float], *, usage: str, floor: str) -> None:
    """A room between wall axes, inset by half of each wall."""
    x0, y0, x1, y1 = box
    inset = [OUT / 2 if edge in (0.0, limit) else IN / 2 for edge, limit in ((x0, 0.0), (y0, 0.0), (x1, W), (y1, D))]
    level.box_room(name, (x0 + inset[0], y0 + inset[1]), (x1 - inset[2], y1 - inset[3]), usage=usage, floor=floor)


def _door(
    level: Level, at: Spot, *, along_x: bool, width: float = 0.9, model: str = "door", name: str = "Door"
) -> None:
    thick = OUT if model == "front_door" else IN
    level.put(model, at, (width, thick + 0.02, 2.1), name=name, angle=0.0 if along_x else 90.0, kind="door")


def _window(
    level: Level, at: Spot, *, along_x: bool, width: float = 1.6, sill: float = 0.9, height: float = 1.3
) -> None:
    turn = (0.0 if at[1] < D / 2 else 180.0) if along_x else (90.0 if at[0] > W / 2 else -90.0)
    level.put("window", at, (width, OUT, height), name="Window", angle=turn, lift=sill, kind="window")


def _light(
    floor: Level,
    uid: str,
    name: str,
    room: str,
    at: tuple[float, float, float],
    model: str,
    size: tuple[float, float, float],
    **facts: float | str,
) -> None:
    kind = "light" if at[2] > 1.8 else "lamp"
    floor.put(
        model,
        (at[0], at[1]),
        size,
        name=name,
        lift=at[2] - (size[2] if kind == "light" else 0.0) if model != "table_lamp" else at[2],
        kind="light",
    )
    height = at[2] if kind == "light" else at[2] + size[2] * 0.8
    floor.devices.append(
        PlanDevice(uid=uid, name=name, kind=kind, room=room, at=(at[0], at[1], height), facts=tuple(facts.items()))
    )


def _device(
    floor: Level, uid: str, name: str, kind: str, room: str, at: tuple[float, float, float], **facts: float | str
) -> None:
    floor.devices.append(PlanDevice(uid=uid, name=name, kind=kind, room=room, at=at, facts=tuple(facts.items())))


DISC = (0.42, 0.42, 0.08)


def _ground() -> Level:
    g = Level(name="Ground floor", elevation_m=0.0, height_m=2.7)
    _shell(g)
    for a, b in (((0, 4.8), (12, 4.8)), ((6.0, 0), (6.0, 4.8)), ((3.4, 4.8), (3.4, 9)), ((8.0, 4.8), (8.0, 9)), ((10.0, 4.8), (10.0, 9))):  # fmt: skip
        _wall(g, a, b)
    _room(g, "Living room", (0, 0, 6.0, 4.8), usage="living", floor=OAK)
    g.box_room("Dining room", (6.06, 0.15), (8.9, 4.74), usage="dining", floor=OAK)
    g.box_room("Kitchen", (8.9, 0.15), (11.85, 4.74), usage="kitchen", floor=STONE)
    _room(g, "Study", (0, 4.8, 3.4, 9.0), usage="study", floor=DARK)
    _room(g, "Hall", (3.4, 4.8, 8.0, 9.0), usage="hall", floor=STONE)
    _room(g, "Guest bath", (8.0, 4.8, 10.0, 9.0), usage="bath", floor=TILE)
    _room(g, "Utility", (10.0, 4.8, 12.0, 9.0), usage="utility", floor=TILE)
    _door(g, (5.0, 9.0), along_x=True, width=1.1, model="front_door", name="Front door")
    _door(g, (6.0, 3.0), along_x=False, width=2.2, model="opening", name="Living to dining")
    _door(g, (5.0, 4.8), along_x=True, name="Hall to living")
    _door(g, (7.3, 4.8), along_x=True, width=1.2, model="opening", name="Hall to dining")
    _door(g, (3.4, 6.2), along_x=False, name="Study door")
    _door(g, (8.0, 8.2), along_x=False, width=0.8, name="Bath door")
    _door(g, (11.0, 4.8), along_x=True, name="Utility door")
    g.put("front_door", (2.4, 0.0), (2.6, OUT + 0.02, 2.25), name="Terrace door", kind="door")
    for at, width, sill in (((4.9, 0.0), 1.6, 0.5), ((7.5, 0.0), 1.8, 0.5), ((10.4, 0.0), 1.8, 1.05), ((1.7, 9.0), 1.6, 0.9), ((9.0, 9.0), 0.8, 1.4), ((11.0, 9.0), 0.8, 1.3), ((6.7, 9.0), 1.0, 1.0)):  # fmt: skip
        _window(g, at, along_x=True, width=width, sill=sill, height=2.15 - sill)
    for at, width in (((0.0, 2.4), 2.0), ((0.0, 7.0), 1.6), ((12.0, 2.6), 1.6)):
        _window(g, at, along_x=False, width=width)
    _living(g)
    _dining_and_kitchen(g)
    _back_rooms(g)
    _outside(g)
    return g


def _living(g: Level) -> None:
    g.put("rug", (2.7, 2.3), (3.0, 2.1, 0.02))
    g.put("sofa", (2.7, 3.75), (2.4, 0.95, 0.82), name="Sofa")
    g.put("armchair", (0.95, 2.2), (0.82, 0.85, 0.8), angle=72)
    g.put("armchair", (4.55, 2.35), (0.82, 0.85, 0.8), angle=-70)
    g.put("coffee_table", (2.7, 2.3), (1.15, 0.65, 0.4))
    g.put("side_table", (4.25, 3.85), (0.42, 0.42, 0.5))
    g.put("tv", (2.75, 0.42), (1.9, 0.42, 1.28), name="Television", angle=180)
    g.put("bookshelf", (5.72, 1.0), (1.5, 0.34, 2.1), angle=-90)
    g.put("plant", (0.5, 4.35), (0.62, 0.62, 1.4))
    g.put("plant", (5.6, 4.45), (0.45, 0.45, 0.9))
    g.put("curtain", (4.9, 0.24), (2.1, 0.1, 2.3))
    r = "Living room"
    _light(
        g,
        "living-ceiling",
        "Living ceiling",
        r,
        (2.7, 2.4, 2.66),
        "ceiling_lamp",
        (0.55, 0.55, 0.08),
        color_temperature=2900,
    )
    _light(
        g,
        "living-floor-lamp",
        "Reading lamp",
        r,
        (0.55, 3.3, 0.0),
        "floor_lamp",
        (0.42, 0.42, 1.55),
        color=1,
        on=1,
        level=70,
    )
    _light(g, "living-side-lamp", "Side lamp", r, (4.25, 3.85, 0.5), "table_lamp", (0.26, 0.26, 0.4), on=1, level=55)
    _device(g, "living-climate", "Living climate", "air_sensor", r, (5.9, 4.3, 1.5))
    _device(g, "living-radiator", "Living radiator", "radiator", r, (0.25, 2.4, 0.4))
    _device(g, "living-motion", "Living motion", "motion_sensor", r, (0.25, 0.3, 2.3))
    _device(g, "living-blind", "Living blind", "cover", r, (4.9, 0.1, 1.5))
    _device(g, "terrace-door", "Terrace door", "contact_sensor", r, (2.4, 0.15, 2.1))
    _device(g, "living-tv", "TV plug", "plug", r, (1.7, 0.25, 0.3), load="tv")


def _dining_and_kitchen(g: Level) -> None:
    g.put("dining_table", (7.5, 2.15), (1.0, 2.1, 0.75), name="Dining table")
    for y in (1.45, 2.15, 2.85):
        g.put("chair", (6.86, y), (0.46, 0.48, 0.86), angle=90)
        g.put("chair", (8.14, y), (0.46, 0.48, 0.86), angle=-90)
    g.put("plant", (6.45, 4.35), (0.5, 0.5, 1.1))
    g.put("hob_counter", (10.3, 4.42), (1.2, 0.6, 0.92), name="Hob", angle=0)
    g.put("counter", (9.35, 4.42), (0.7, 0.6, 0.92))
    g.put("sink_counter", (11.53, 2.75), (2.4, 0.6, 0.92), name="Sink", angle=-90)
    g.put("counter", (11.53, 1.05), (1.0, 0.6, 0.92), angle=-90)
    g.put("fridge", (11.5, 4.3), (0.66, 0.7, 1.9), name="Fridge", angle=-90)
    g.put("wall_unit", (9.9, 4.56), (1.8, 0.34, 0.62), lift=1.5)
    g.put("island", (9.95, 2.3), (0.95, 1.9, 0.94), name="Island")
    for y in (1.75, 2.35, 2.95):
        g.put("stool", (9.2, y), (0.38, 0.38, 0.68))
    d, k = "Dining room", "Kitchen"
    _light(
        g,
        "dining-pendant",
        "Dining pendant",
        d,
        (7.5, 2.15, 2.2),
        "pendant",
        (0.5, 0.5, 0.6),
        on=1,
        level=80,
        color_temperature=2700,
    )
    for i, y in enumerate((1.75, 2.85), 1):
        _light(
            g,
            f"island-pendant-{i}",
            f"Island pendant {i}",
            k,
            (9.95, y, 2.25),
            "pendant",
            (0.3, 0.3, 0.5),
            on=1,
            level=60,
        )
    _light(g, "kitchen-ceiling", "Kitchen ceiling", k, (10.9, 3.6, 2.66), "ceiling_lamp", DISC, color_temperature=4000)
    _device(g, "dining-climate", "Dining climate", "climate_sensor", d, (6.1, 0.9, 1.5))
    _device(g, "dining-radiator", "Dining radiator", "radiator", d, (7.5, 0.25, 0.4))
    _device(g, "kitchen-climate", "Kitchen air", "air_sensor", k, (11.8, 3.85, 1.6))
    _device(g, "kitchen-smoke", "Kitchen smoke alarm", "smoke_alarm", k, (9.5, 3.6, 2.66))
    _device(g, "kitchen-leak", "Sink leak sensor", "leak_sensor", k, (11.55, 2.75, 0.05))
    _device(g, "kitchen-fridge", "Fridge", "plug", k, (11.7, 4.4, 0.5), load="fridge")
    _device(g, "kitchen-oven", "Oven and hob", "plug", k, (10.3, 4.6, 0.4), load="oven")
    _device(g, "kitchen-window", "Kitchen window", "contact_sensor", k, (10.4, 0.15, 2.0))


def _back_rooms(g: Level) -> None:
    g.put("desk", (1.7, 8.35), (1.6, 0.75, 0.74), name="Desk")
    g.put("office_chair", (1.7, 7.6), (0.62, 0.62, 1.05), angle=175)
    g.put("bookshelf", (0.35, 5.5), (1.2, 0.34, 2.1), angle=90)
    g.put("armchair", (2.6, 5.45), (0.8, 0.8, 0.8), angle=-35)
    g.put("plant", (3.0, 8.5), (0.5, 0.5, 1.2))
    g.put("stairs", (7.35, 6.9), (1.05, 3.4, 2.82), name="Stairs")
    g.put("wardrobe", (3.85, 8.0), (1.5, 0.5, 2.0), name="Coats", angle=90)
    g.put("rug", (5.0, 7.7), (1.2, 1.6, 0.02))
    g.put("shower", (9.4, 5.4), (1.0, 0.95, 2.1), angle=0)
    g.put("toilet", (9.65, 7.0), (0.38, 0.58, 0.95), angle=-90)
    g.put("basin", (8.33, 6.3), (0.8, 0.48, 1.9), angle=90)
    g.put("washer", (10.45, 8.5), (0.6, 0.62, 0.86), name="Washing machine", angle=180)
    g.put("washer", (11.1, 8.5), (0.6, 0.62, 0.86), name="Dryer", angle=180)
    g.put("counter", (11.52, 7.0), (1.8, 0.55, 0.9), angle=-90)
    g.put("machine", (10.4, 5.35), (0.7, 0.6, 1.7), name="Heat pump", angle=90)
    _light(g, "study-lamp", "Study lamp", "Study", (2.25, 8.45, 0.74), "table_lamp", (0.24, 0.24, 0.42), on=1, level=75)
    _light(g, "study-ceiling", "Study ceiling", "Study", (1.7, 6.9, 2.66), "ceiling_lamp", DISC)
    _light(g, "hall-ceiling", "Hall ceiling", "Hall", (5.0, 6.8, 2.66), "ceiling_lamp", DISC, on=1, level=50)
    _light(g, "bath-ceiling", "Guest bath ceiling", "Guest bath", (9.0, 7.0, 2.66), "ceiling_lamp", DISC)
    _light(g, "utility-ceiling", "Utility ceiling", "Utility", (11.0, 7.0, 2.66), "ceiling_lamp", DISC)
    _device(g, "study-climate", "Study air", "air_sensor", "Study", (3.3, 7.6, 1.5))
    _device(g, "study-radiator", "Study radiator", "radiator", "Study", (0.25, 7.0, 0.4))
    _device(g, "study-fan", "Study fan", "fan", "Study", (1.5, 6.1, 2.4))
    _device(g, "study-blind", "Study blind", "cover", "Study", (1.7, 8.9, 1.6))
    _device(g, "hall-thermostat", "House thermostat", "thermostat", "Hall", (3.5, 5.4, 1.5))
    _device(g, "front-door", "Front door", "contact_sensor", "Hall", (5.0, 8.85, 2.05))
    _device(g, "front-lock", "Front door lock", "lock", "Hall", (5.4, 8.9, 1.05))
    _device(g, "hall-motion", "Hall motion", "motion_sensor", "Hall", (7.8, 5.0, 2.3))
    _device(g, "bath-climate", "Guest bath climate", "climate_sensor", "Guest bath", (8.1, 5.3, 1.6))
    _device(g, "utility-climate", "Utility climate", "climate_sensor", "Utility", (10.1, 7.4, 1.6))
    _device(g, "washing-machine", "Washing machine", "plug", "Utility", (10.45, 8.7, 0.4), load="washer")
    _device(g, "dryer", "Dryer", "plug", "Utility", (11.1, 8.7, 0.4), load="dryer")
    _device(g, "utility-leak", "Washer leak sensor", "leak_sensor", "Utility", (10.8, 8.6, 0.05))
    _device(g, "heat-pump", "Heat pump", "heat_pump", "Utility", (10.4, 5.35, 1.2))
    _device(g, "main-meter", "Main meter", "meter", "Utility", (11.9, 5.4, 1.6))
    _device(g, "solar", "Solar inverter", "solar", "Utility", (11.9, 6.0, 1.6))
    _device(g, "car-charger", "Car charger", "charger", "Utility", (11.95, 8.2, 1.2))


def _outside(g: Level) -> None:
    g.put("deck", (3.0, -1.85), (5.8, 3.3, 0.08), name="Terrace", lift=-0.06)
    g.put("dining_table", (1.9, -1.9), (1.6, 0.9, 0.74))
    for x in (1.4, 2.4):
        g.put("chair", (x, -2.6), (0.46, 0.48, 0.86), angle=180)
        g.put("chair", (x, -1.2), (0.46, 0.48, 0.86))
    for x, y, s in ((5.6, -0.8, 0.8), (5.5, -3.1, 1.0), (0.5, -3.2, 0.9), (-0.7, 6.0, 1.1), (-0.8, 1.0, 0.9)):
        g.put("plant", (x, y), (s, s, s * 1.5))
    g.put("deck", (14.1, 6.9), (3.2, 5.2, 0.06), name="Car port", lift=-0.06)
    g.put("car", (14.1, 6.9), (1.8, 4.1, 1.5), name="Car")


def _upper() -> Level:
    u = Level(name="Upper floor", elevation_m=2.82, height_m=2.6)
    _shell(u)
    for a, b in (
        ((0, 4.8), (12, 4.8)),
        ((5.0, 0), (5.0, 4.8)),
        ((8.5, 0), (8.5, 4.8)),
        ((3.4, 4.8), (3.4, 9)),
        ((8.0, 4.8), (8.0, 9)),
    ):
        _wall(u, a, b)
    _room(u, "Bedroom", (0, 0, 5.0, 4.8), usage="bedroom", floor=CARPET)
    _room(u, "Mia's room", (5.0, 0, 8.5, 4.8), usage="child", floor=OAK)
    _room(u, "Leo's room", (8.5, 0, 12.0, 4.8), usage="child", floor=OAK)
    _room(u, "Dressing room", (0, 4.8, 3.4, 9.0), usage="dressing", floor=CARPET)
    _room(u, "Bathroom", (8.0, 4.8, 12.0, 9.0), usage="bath", floor=TILE)
    hole = ((6.86, 5.25), (7.94, 5.25), (7.94, 8.6), (6.86, 8.6))
    u.rooms.append(_landing(hole))
    for at, along, name in (
        ((4.2, 4.8), True, "Bedroom door"),
        ((6.0, 4.8), True, "Mia's door"),
        ((3.4, 7.6), False, "Dressing door"),
        ((8.0, 5.05), False, "Bathroom door"),
    ):
        _door(u, (at[0], at[1] + (0.25 if name == "Bathroom door" else 0.0)), along_x=along, width=0.8, name=name)
    _door(u, (9.2, 4.8), along_x=True, width=0.8, name="Leo's door")
    for at, width in (
        ((2.4, 0.0), 2.0),
        ((6.7, 0.0), 1.6),
        ((10.2, 0.0), 1.6),
        ((1.7, 9.0), 1.2),
        ((5.4, 9.0), 1.4),
        ((10.0, 9.0), 1.0),
    ):
        _window(u, at, along_x=True, width=width)
    for at, width in (((0.0, 2.4), 1.6), ((12.0, 2.4), 1.6)):
        _window(u, at, along_x=False, width=width)
    _bedrooms(u)
    _bedroom_devices(u)
    _upper_wet_rooms(u)
    return u


def _landing(hole: tuple[Spot, ...]) -> PlanRoom:

    (x0, y0), (_, _), (_, y1), _ = hole
    ring = ((3.46, 4.86), (7.94, 4.86), (7.94, y0), (x0, y0), (x0, y1), (7.94, y1), (7.94, 8.85), (3.46, 8.85))
    return PlanRoom(name="Landing", outline=ring, usage="hall", floor=OAK)


def _bedrooms(u: Level) -> None:
    u.put("bed", (2.5, 3.55), (1.8, 2.1, 1.0), name="Bed")
    u.put("nightstand", (1.3, 4.45), (0.45, 0.4, 0.5))
    u.put("nightstand", (3.7, 4.45), (0.45, 0.4, 0.5))
    u.put("rug", (2.5, 2.3), (2.6, 1.4, 0.02))
    u.put("armchair", (0.85, 0.9), (0.8, 0.8, 0.8), angle=140)
    u.put("curtain", (2.4, 0.24), (2.5, 0.1, 2.3))
    u.put("plant", (4.5, 0.6), (0.5, 0.5, 1.2))
    for x0, name in ((5.0, "Mia's"), (8.5, "Leo's")):
        side = x0 + 0.75 if x0 < 6 else x0 + 2.72
        u.put("bed", (side, 1.35), (0.98, 2.05, 0.9), name=f"{name} bed", angle=180)
        u.put(
            "desk",
            (x0 + 2.55 if x0 < 6 else x0 + 0.62, 0.95),
            (1.3, 0.65, 0.72),
            name=f"{name} desk",
            angle=-90 if x0 < 6 else 90,
        )
        u.put(
            "office_chair", (x0 + 1.95 if x0 < 6 else x0 + 1.25, 0.95), (0.55, 0.55, 0.95), angle=90 if x0 < 6 else -90
        )
        u.put("wardrobe", (x0 + 2.6, 4.45), (1.4, 0.55, 2.1), angle=0)
        u.put("rug", (x0 + 1.75, 2.9), (1.7, 1.3, 0.02))
        u.put("bookshelf", (x0 + 3.22 if x0 < 6 else x0 + 0.28, 2.6), (0.9, 0.32, 1.2), angle=-90 if x0 < 6 else 90)


def _bedroom_devices(u: Level) -> None:
    for uid, name, room, x in (("bed", "Bedroom", "Bedroom", 2.5), ("mia", "Mia's", "Mia's room", 6.75), ("leo", "Leo's", "Leo's room", 10.25)):  # fmt: skip
        _light(u, f"{uid}-ceiling", f"{name} ceiling", room, (x, 2.3, 2.56), "ceiling_lamp", DISC)
        _device(
            u,
            f"{uid}-climate",
            f"{name} climate",
            "air_sensor" if uid == "bed" else "climate_sensor",
            room,
            (x - 1.4, 4.7, 1.5),
        )
        _device(u, f"{uid}-radiator", f"{name} radiator", "radiator", room, (x, 0.25, 0.4))
        _device(u, f"{uid}-blind", f"{name} blind", "cover", room, (x, 0.1, 1.6))
        _device(u, f"{uid}-smoke", f"{name} smoke alarm", "smoke_alarm", room, (x + 0.7, 2.6, 2.56))
        _device(u, f"{uid}-window", f"{name} window", "contact_sensor", room, (x, 0.15, 2.1))
    _device(u, "bed-fan", "Bedroom fan", "fan", "Bedroom", (3.4, 3.0, 2.4))
    _light(
        u,
        "bed-left",
        "Left bedside lamp",
        "Bedroom",
        (1.3, 4.45, 0.5),
        "table_lamp",
        (0.22, 0.22, 0.36),
        on=1,
        level=40,
    )
    _light(u, "bed-right", "Right bedside lamp", "Bedroom", (3.7, 4.45, 0.5), "table_lamp", (0.22, 0.22, 0.36))
    _light(
        u,
        "mia-lamp",
        "Mia's lamp",
        "Mia's room",
        (7.65, 0.45, 0.72),
        "table_lamp",
        (0.22, 0.22, 0.36),
        color=1,
        on=1,
        level=60,
    )
    _light(u, "leo-lamp", "Leo's lamp", "Leo's room", (9.05, 0.45, 0.72), "table_lamp", (0.22, 0.22, 0.36), color=1)


def _upper_wet_rooms(u: Level) -> None:
    u.put("wardrobe", (0.5, 6.9), (3.6, 0.6, 2.2), angle=90)
    u.put("wardrobe", (2.2, 8.55), (1.6, 0.55, 2.2), angle=0)
    u.put("rug", (1.9, 6.6), (1.3, 2.0, 0.02))
    u.put("bathtub", (11.35, 7.0), (1.75, 0.8, 0.58), name="Bathtub", angle=90)
    u.put("shower", (8.75, 8.3), (1.1, 1.0, 2.1), angle=90)
    u.put("basin", (10.2, 5.15), (1.3, 0.5, 1.95), angle=180)
    u.put("toilet", (11.5, 5.25), (0.38, 0.58, 0.95), angle=180)
    u.put("plant", (10.7, 8.5), (0.45, 0.45, 1.0))
    u.put("railing", (6.84, 6.9), (3.3, 0.05, 0.95), angle=90)
    u.put("bookshelf", (4.2, 8.65), (1.2, 0.32, 1.1))
    u.put("plant", (3.85, 5.3), (0.5, 0.5, 1.2))
    _light(u, "landing-ceiling", "Landing ceiling", "Landing", (5.2, 6.8, 2.56), "ceiling_lamp", DISC, on=1, level=35)
    _light(u, "dressing-ceiling", "Dressing ceiling", "Dressing room", (1.9, 6.9, 2.56), "ceiling_lamp", DISC)
    _light(u, "bathroom-ceiling", "Bathroom ceiling", "Bathroom", (10.0, 7.0, 2.56), "ceiling_lamp", DISC)
    _light(
        u,
        "bathroom-mirror",
        "Mirror light",
        "Bathroom",
        (10.2, 5.0, 2.1),
        "ceiling_lamp",
        (0.5, 0.12, 0.06),
        color_temperature=4000,
    )
    _device(u, "landing-motion", "Landing motion", "motion_sensor", "Landing", (3.6, 4.95, 2.3))
    _device(u, "landing-climate", "Landing climate", "climate_sensor", "Landing", (5.2, 8.8, 1.5))
    _device(u, "dressing-climate", "Dressing climate", "climate_sensor", "Dressing room", (3.3, 5.4, 1.5))
    _device(u, "bathroom-climate", "Bathroom climate", "climate_sensor", "Bathroom", (8.1, 6.4, 1.7))
    _device(u, "bathroom-radiator", "Bathroom radiator", "radiator", "Bathroom", (9.4, 8.8, 0.6))
    _device(u, "bathroom-leak", "Bathtub leak sensor", "leak_sensor", "Bathroom", (11.3, 6.0, 0.05))
