"""Sharing of a node: commissioning window and fabrics (Matter core specification 11.18, 11.19)."""

from __future__ import annotations

from typing import Any, cast

from devices.protocols.matter.server_client import ServerConnection, ServerError
from twin.model.device_sharing import Membership, PairingWindow
from twin.model.problem import Problem, ProblemError

WINDOW_S = 300
"""How long a window stays open; at least 180 s (11.19.8.1)."""
ASK_S = 30.0
_FABRICS, _CURRENT = "0/62/1", "0/62/5"
_OPERATIONAL_CREDENTIALS = 62


async def open_window(wire: ServerConnection, node: int, name: str) -> PairingWindow:
    """Opens a window of the node for another controller. Raises ProblemError, OSError or TimeoutError."""
    try:
        found = await wire.call("open_commissioning_window", timeout_s=ASK_S, node_id=node, timeout=WINDOW_S)
    except ServerError as error:
        raise ProblemError(_refused("matter.not_shared", name, error)) from None
    codes = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    manual, qr_text = str(codes.get("setup_manual_code") or ""), str(codes.get("setup_qr_code") or "")
    if not manual or not qr_text:
        raise ProblemError(Problem(code="matter.not_shared", where=name, retry=True))
    return PairingWindow(manual_code=manual, qr_text=qr_text, seconds=WINDOW_S)


async def fabrics(wire: ServerConnection, node: int, name: str) -> tuple[Membership, ...]:
    """The fabrics of a node, as it reports them now. Raises ProblemError, OSError or TimeoutError."""
    try:
        rows, mine = await _read(wire, node, _FABRICS), await _read(wire, node, _CURRENT)
    except ServerError as error:
        raise ProblemError(_refused("share.no_answer", name, error)) from None
    known = [cast("dict[str, Any]", row) for row in cast("list[object]", rows or []) if isinstance(row, dict)]
    vendors = await _vendors(wire, [row["2"] for row in known if isinstance(row.get("2"), int)])
    return tuple(
        Membership(
            index=index,
            vendor=vendors.get(str(row.get("2")), "") or f"0x{row.get('2') or 0:04X}",
            label=str(row.get("5") or ""),
            own=index == mine,
        )
        for row in known
        if isinstance(index := row.get("254"), int)
    )


async def remove_fabric(wire: ServerConnection, node: int, name: str, index: int) -> None:
    """Removes another fabric from a node. Raises ProblemError for this one, or where there is none of this index."""
    there = {one.index: one for one in await fabrics(wire, node, name)}
    if index not in there:
        raise ProblemError(Problem(code="matter.no_fabric", args={"n": index}, where=name))
    if there[index].own:
        raise ProblemError(Problem(code="matter.own_fabric", where=name))
    try:
        found = await wire.call(
            "device_command",
            timeout_s=ASK_S,
            node_id=node,
            endpoint_id=0,
            cluster_id=_OPERATIONAL_CREDENTIALS,
            command_name="RemoveFabric",
            payload={"fabricIndex": index},
        )
    except ServerError as error:
        raise ProblemError(_refused("matter.fabric_stays", name, error)) from None
    answer = cast("dict[str, Any]", found) if isinstance(found, dict) else {}
    if answer.get("statusCode", 0) != 0:  # NOCResponse (11.18.6.10)
        detail = f"{answer['statusCode']} {answer.get('debugText') or ''}".strip()
        raise ProblemError(Problem(code="matter.fabric_stays", where=name, retry=True, detail=detail[:500]))


async def _read(wire: ServerConnection, node: int, path: str) -> object:
    found = await wire.call("read_attribute", timeout_s=ASK_S, node_id=node, attribute_path=path)
    return cast("dict[str, object]", found).get(path) if isinstance(found, dict) else None


async def _vendors(wire: ServerConnection, ids: list[int]) -> dict[str, str]:
    """Names of vendors by their id, as far as the server has them."""
    try:
        found = await wire.call("get_vendor_names", filter_vendors=ids)
    except ServerError:
        return {}
    return {str(id): str(name) for id, name in cast("dict[object, object]", found or {}).items()}


def _refused(code: str, name: str, error: ServerError) -> Problem:
    return Problem(code=code, where=name, retry=True, detail=str(error)[:500])
