"""What a broker announced is known at the next start, and one changed device writes a line."""

from __future__ import annotations

import json
from pathlib import Path

from devices.protocols.mqtt.announcement_memory import AnnouncementMemory
from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry


def config(n: int, name: str = "") -> tuple[str, bytes]:
    body = {
        "state_topic": f"z/{n}",
        "unique_id": f"u{n}",
        "name": name or f"Sensor {n}",
        "device": {"identifiers": [f"d{n}"]},
    }
    return f"homeassistant/sensor/n{n}/t/config", json.dumps(body).encode()


def opened(file: Path) -> tuple[AnnouncementMemory, DiscoveryRegistry]:
    memory, registry = AnnouncementMemory(file), DiscoveryRegistry()
    memory.load(registry, *memory.read())
    return memory, registry


def kept(memory: AnnouncementMemory, registry: DiscoveryRegistry) -> int:
    """Bytes that are written to keep it."""
    registry.rebuild_devices()
    if (due := memory.due(registry)) is None:
        return 0
    memory.write(due[0], whole=due[1])
    return len(due[0])


def test_one_changed_device_of_a_thousand_writes_one_line_and_is_known_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "broker.json"
    memory, registry = opened(file)
    for n in range(1000):
        registry.store_config(*config(n))
    assert kept(memory, registry) > 100_000
    assert kept(memory, registry) == 0
    registry.store_config(*config(7, "Renamed"))
    registry.store_config(config(8)[0], b"")
    assert 0 < kept(memory, registry) < 2_000
    _, again = opened(file)
    assert again.rebuild_devices() == registry.rebuild_devices()
    assert len(again.devices) == 999


def test_a_start_that_hears_the_same_again_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "broker.json"
    memory, registry = opened(file)
    registry.store_config(*config(1))
    kept(memory, registry)
    memory, again = opened(file)
    again.store_config(*config(1))
    assert kept(memory, again) == 0


def test_changes_of_an_older_whole_and_a_line_that_was_cut_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "broker.json"
    memory, registry = opened(file)
    for n in range(100):
        registry.store_config(*config(n))
    kept(memory, registry)
    registry.store_config(*config(1, "Old"))
    kept(memory, registry)
    changes = file.with_suffix(".changes")
    older = changes.read_text()
    for n in range(100):
        registry.store_config(*config(n, f"New {n}"))
    kept(memory, registry)
    assert not changes.exists()
    changes.write_text(older)  # as where the power failed before they were deleted
    memory, again = opened(file)
    assert again.rebuild_devices() == registry.devices
    again.store_config(*config(2, "Newest"))
    kept(memory, again)
    with changes.open("a") as cut:
        cut.write('\n{"generation": "')
    memory, cut_off = opened(file)
    assert cut_off.rebuild_devices() == again.devices
    cut_off.store_config(*config(3, "After the cut"))
    kept(memory, cut_off)
    assert opened(file)[1].rebuild_devices() == cut_off.devices


def test_a_disk_that_takes_no_change_gets_the_whole_next_time(tmp_path: Path) -> None:
    file = tmp_path / "broker.json"
    memory, registry = opened(file)
    registry.store_config(*config(1))
    kept(memory, registry)
    file.with_suffix(".changes").mkdir()
    registry.store_config(*config(1, "Lost"))
    kept(memory, registry)
    file.with_suffix(".changes").rmdir()
    assert kept(memory, registry) > 0
    assert opened(file)[1].rebuild_devices() == registry.devices


def test_what_was_announced_after_a_whole_without_announcements_is_known_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "broker.json"
    memory, registry = opened(file)
    kept(memory, registry)  # the broker was added before its devices
    for n in range(15):
        registry.store_config(*config(n))
        kept(memory, registry)
    assert file.with_suffix(".changes").exists()
    _, again = opened(file)
    assert again.rebuild_devices() == registry.devices
    assert len(again.devices) == 15


def test_a_whole_of_another_prefix_is_written_anew(tmp_path: Path) -> None:
    file = tmp_path / "broker.json"
    memory, registry = opened(file)
    registry.store_config(*config(1))
    kept(memory, registry)
    other = AnnouncementMemory(file)
    elsewhere = DiscoveryRegistry("other")
    other.load(elsewhere, *other.read())
    assert elsewhere.rebuild_devices() == ()
    assert other.due(elsewhere) == (elsewhere.dump(), True)
