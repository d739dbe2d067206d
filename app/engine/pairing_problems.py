"""Problems of the pairing queue."""

from __future__ import annotations

from twin.model.pairing_job import PairingJob
from twin.model.problem import Problem


def code_gone() -> Problem:
    """Problem: this computer does not have the job's code any more."""
    return Problem(code="pair.code_gone")


def listed_twice(job: PairingJob) -> Problem:
    """Problem: the list has the same code twice."""
    return Problem(code="pair.listed_twice", where=job.name)


def interrupted(times: int) -> Problem:
    """Problem: the program ended this many times while the device was being paired."""
    return Problem(code="pair.interrupted", args={"n": times}, retry=True)


def already_in(job: PairingJob, device: str) -> Problem:
    """Problem: no device waits to be paired by the code, for the one that has it is in the project under this name."""
    return Problem(code="pair.already_in", where=job.name, args={"name": device}, retry=True)


def in_copy() -> Problem:
    """Problem: the project is a copy, whose original pairs the same devices."""
    return Problem(code="pair.in_copy", retry=True)
