"""Another machine on the private network: `neighbour.py INTERFACE ADDRESS`; says "ready" once it answers.

Runs in a network namespace of its own; announces a lamp, and a Thread border router.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from ipaddress import ip_address

from zeroconf import ServiceInfo, Zeroconf


def main(interface: str, address: str) -> None:
    """Sets the interface up, announces, and stays until its input ends."""
    print("here", flush=True)
    sys.stdin.readline()  # the interface is here
    for words in (
        ["addr", "add", f"{address}/24", "dev", interface],
        ["link", "set", "lo", "up"],
        ["link", "set", interface, "up"],
        ["route", "add", "224.0.0.0/4", "dev", interface],
    ):
        subprocess.run(["ip", *words], check=True)
    announcer = Zeroconf(interfaces=[address])
    for kind, name, properties in (
        ("_hap._tcp.local.", "Lamp", {"md": "L1"}),
        ("_meshcop._udp.local.", "Hall router", {"nn": "HomeThread", "vn": "Acme"}),
    ):
        announcer.register_service(
            ServiceInfo(
                kind,
                f"{name}.{kind}",
                port=80,
                properties=properties,
                addresses=[ip_address(address).packed],
                server="n.local.",
            )
        )
    print("ready", flush=True)
    sys.stdin.readline()
    announcer.close()


if __name__ == "__main__":
    socket.setdefaulttimeout(10)
    main(*sys.argv[1:])
