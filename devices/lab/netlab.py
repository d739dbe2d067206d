"""Runs a command in a private network: `python -m devices.lab.netlab [--ipv6-alone] -- CMD`. Linux; needs no root.

One user and network namespace with one empty bridge `br0`, which loops multicast back. It is isolated from every other
network: Matter devices and server communicate inside, and test sessions do not interfere. With `--ipv6-alone` no interface has
an IPv4 address, not even loopback.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
import time
from pathlib import Path

from twin.model.problem import Problem, ProblemError

BRIDGE = "br0"
_ADDRESS, _MASK = "10.77.0.1", "255.255.255.0"
_UNIQUE_LOCAL, _PREFIX = "fd77::1", 64
_GET_FLAGS, _SET_FLAGS, _ADD_BRIDGE, _SET_ADDRESS, _SET_MASK, _ADD_ROUTE = (
    0x8913,
    0x8914,
    0x89A0,
    0x8916,
    0x891C,
    0x890B,
)
"""ioctl numbers of <linux/sockios.h>."""
_UP = 1
_ROUTE_UP = 1
_TENTATIVE = 0x40
_LINK_LOCAL = "20"
_WAIT_S = 6.0


def enter(*, ipv4: bool = True) -> None:
    """Moves this process, which must have one thread, into the private network. Raises ProblemError."""
    if sys.platform != "linux":
        raise ProblemError(_impossible("this is not Linux"))
    try:
        _unshare()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            _build(control, ipv4=ipv4)
    except OSError as error:
        raise ProblemError(_impossible(error.strerror or str(error))) from None
    _wait()


def inside() -> bool:
    """Whether this process is in a network namespace of the lab: loopback and the bridge only."""
    return {name for _, name in socket.if_nameindex()} >= {"lo", BRIDGE} and len(socket.if_nameindex()) == 2


def _unshare() -> None:
    user, group = os.geteuid(), os.getegid()
    try:
        os.unshare(os.CLONE_NEWUSER | os.CLONE_NEWNET)
    except PermissionError:
        os.unshare(os.CLONE_NEWNET)  # user namespaces are forbidden: works for root only
        return
    Path("/proc/self/setgroups").write_text("deny", "ascii")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1", "ascii")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1", "ascii")


def _build(control: socket.socket, *, ipv4: bool) -> None:
    _up(control, "lo")
    for scope in ("default", "all"):  # no duplicate address detection: it takes 2 s
        Path(f"/proc/sys/net/ipv6/conf/{scope}/accept_dad").write_text("0", "ascii")
    fcntl.ioctl(control, _ADD_BRIDGE, BRIDGE.encode() + b"\0")
    if ipv4:
        _set(control, _SET_ADDRESS, BRIDGE, _ADDRESS)
        _set(control, _SET_MASK, BRIDGE, _MASK)
    else:
        _set(control, _SET_ADDRESS, "lo", "0.0.0.0")  # noqa: S104 - takes 127.0.0.1 away (netdevice(7))
        _add_ipv6()
    _up(control, BRIDGE)


def _set(control: socket.socket, request: int, name: str, address: str) -> None:
    fcntl.ioctl(control, request, struct.pack("16sHH4s8x", name.encode(), socket.AF_INET, 0, socket.inet_aton(address)))


def _add_ipv6() -> None:
    """A unique local address for the bridge, and multicast on loopback, as IPv4 has it there by itself."""
    address, groups = (socket.inet_pton(socket.AF_INET6, text) for text in (_UNIQUE_LOCAL, "ff00::"))
    bridge, lo = (socket.if_nametoindex(name) for name in (BRIDGE, "lo"))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SET_ADDRESS, struct.pack("@16sIi", address, _PREFIX, bridge))
        route = struct.pack("@16s16s16sIHHILIi", groups, b"", b"", 0, 8, 0, 256, 0, _ROUTE_UP, lo)
        fcntl.ioctl(control, _ADD_ROUTE, route)


def _up(control: socket.socket, name: str) -> None:
    request = struct.pack("16sH14x", name.encode(), 0)
    (flags,) = struct.unpack_from("H", fcntl.ioctl(control, _GET_FLAGS, request), 16)
    fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sH14x", name.encode(), flags | _UP))


def _wait() -> None:
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end:
        for line in Path("/proc/net/if_inet6").read_text("ascii").splitlines():
            fields = line.split()
            if fields[5] == BRIDGE and fields[3] == _LINK_LOCAL and not int(fields[4], 16) & _TENTATIVE:
                return
        time.sleep(0.05)  # noqa: TID251 - the kernel tells no event here, and nothing else runs in this process
    raise ProblemError(_impossible("no IPv6 address came up"))


def _impossible(why: str) -> Problem:
    return Problem(code="lab.network", args={"why": why})


def main(arguments: list[str]) -> int:
    """Runs the command in a private network; returns an exit code only where that fails."""
    ipv4 = arguments[:1] != ["--ipv6-alone"]
    command = arguments if ipv4 else arguments[1:]
    command = command[1:] if command[:1] == ["--"] else command
    if not command:
        print("usage: python -m devices.lab.netlab [--ipv6-alone] -- COMMAND", file=sys.stderr)  # noqa: T201 - a program of its own
        return 2
    try:
        enter(ipv4=ipv4)
    except ProblemError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a program of its own
        return 1
    try:
        os.execvp(command[0], command)  # noqa: S606 - the user's own command line
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201 - a program of its own
        return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
