"""Runs inside a private network (`python -m devices.lab.netlab -- python live.py OUT.json`): the check alone, with a
neighbour that answers, and with IPv6 switched off."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

from devices.network_check.check import check_network
from twin.model.network_check import NetworkFinding

NEIGHBOUR = "10.77.0.9"


def ip(*words: str) -> None:
    """One command of iproute2."""
    subprocess.run(["ip", *words], check=True)


def checked() -> list[dict[str, object]]:
    """The findings now."""
    found: tuple[NetworkFinding, ...] = asyncio.run(check_network(10, 5))
    return [
        {"code": one.evidence.code, "verdict": one.verdict, "interface": one.interface, "args": one.evidence.args}
        for one in found
    ]


RULES = """
table inet firewall {
    chain input {
        type filter hook input priority 0;
        iifname "br0" udp dport 5353 drop
    }
}
"""
"""What a desktop's firewall does by default: nothing comes in that was not asked for from the same port."""


def main(out: str) -> None:
    """Plays, and writes the findings of each scene."""
    scenes = {"alone": checked()}
    ip("link", "add", "va", "type", "veth", "peer", "name", "vb")
    ip("link", "set", "va", "master", "br0", "up")
    program = [sys.executable, str(Path(__file__).with_name("neighbour.py")), "vb", NEIGHBOUR]
    with subprocess.Popen(
        ["unshare", "-n", *program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdin is not None
        try:
            assert other.stdout.readline() == "here\n"
            ip("link", "set", "vb", "netns", str(other.pid))
            other.stdin.write("\n")
            other.stdin.flush()
            assert other.stdout.readline() == "ready\n"
            scenes["neighbour"] = checked()
            if shutil.which("nft"):
                subprocess.run(["nft", "-f", "-"], input=RULES, text=True, check=True)
                scenes["firewall"] = checked()
                subprocess.run(["nft", "flush", "ruleset"], check=True)
        finally:
            other.kill()
    Path("/proc/sys/net/ipv6/conf/br0/disable_ipv6").write_text("1", "ascii")
    scenes["no IPv6"] = checked()
    ip("link", "set", "br0", "down")
    scenes["down"] = checked()
    Path(out).write_text(json.dumps(scenes), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
