# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Materials of a storey's parts: colours and reflectance."""

from __future__ import annotations

from vtkmodules.vtkRenderingCore import vtkActor

from app.view.theme import Theme, rgb


def material(name: str, one: vtkActor, theme: Theme) -> vtkActor:
    """Sets the material of an actor: body, caps, glass, soft or floor; returns it."""
    look = one.GetProperty()
    dark = theme.name == "dark"
    if name in ("caps", "glass"):
        one.GetMapper().ScalarVisibilityOff()
        look.SetColor(*rgb(theme.cap if name == "caps" else theme.glass))
    if name == "caps":
        look.SetAmbient(1.0)
        look.SetDiffuse(0.0)
        return one
    if name == "glass":
        look.SetAmbient(0.75)
        look.SetDiffuse(0.35)
        look.SetInterpolationToFlat()
        return one
    ambient, diffuse = reflectance(name, dark=dark)
    look.SetAmbient(ambient)
    look.SetDiffuse(diffuse)
    if name == "body":
        look.SetInterpolationToFlat()
    return one


def reflectance(name: str, *, dark: bool) -> tuple[float, float]:
    """(ambient, diffuse) coefficients of a storey's body or furniture (`soft`)."""
    if name == "soft":
        return 0.42, 0.62
    return (0.48, 0.78) if dark else (0.55, 0.66)
