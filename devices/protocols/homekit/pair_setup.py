# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""Pair-setup (HomeKit Accessory Protocol Specification R2, section 5.6): the setup code becomes keys. By aiohomekit."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Generator
from typing import Any

from aiohomekit import exceptions
from aiohomekit.controller.ip.connection import HomeKitConnection
from aiohomekit.protocol import perform_pair_setup_part1, perform_pair_setup_part2

from devices.contract import AuthError
from devices.protocols.homekit.accessory_connection import refused
from devices.protocols.homekit.pairing_keys import PairingKeys, keys_from_library
from devices.protocols.homekit.places import Places
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

PAIR_S = 15.0

type _Machine = Generator[tuple[Any, Any], Any, Any]


class _PlainConnection(HomeKitConnection):
    """The connection of a pair-setup, before there are keys; made once."""

    def __init__(self, hosts: list[str], port: int) -> None:
        super().__init__(None, hosts, port)  # pyright: ignore[reportArgumentType]
        self.closing = True  # the library does not connect again by itself

    async def open(self) -> None:
        """Connects. Raises exceptions of the library."""
        await self._connect_once()


async def pair(places: Places, code: str, where: str) -> PairingKeys:
    """Pairs by a code `XXX-XX-XXX`. Raises AuthError for a wrong code, ProblemError, OSError or TimeoutError."""
    connection = await places.first(_connected)
    try:
        async with asyncio.timeout(PAIR_S):
            salt, public = await _carried(connection, perform_pair_setup_part1(with_auth=False))
            machine = perform_pair_setup_part2(code, str(uuid.uuid4()), salt, public)
            return keys_from_library(await _carried(connection, machine))
    except exceptions.AuthenticationError:
        raise AuthError(Text("homekit.wrong_code")) from None
    except (exceptions.UnavailableError, exceptions.MaxPeersError):
        raise ProblemError(Problem(code="homekit.paired", where=where)) from None
    except (exceptions.BackoffError, exceptions.BusyError, exceptions.MaxTriesError):
        raise ProblemError(Problem(code="homekit.locked_out", where=where, retry=True)) from None
    except exceptions.AccessoryDisconnectedError:
        raise ConnectionResetError(Text("homekit.closed")) from None
    except exceptions.HomeKitException as error:
        raise ConnectionError(Text("homekit.not_homekit", said=str(error)[:120])) from None
    finally:
        await connection.close()


async def _connected(hosts: tuple[str, ...], port: int) -> _PlainConnection:
    connection = _PlainConnection(list(hosts), port)
    try:
        await connection.open()
    except exceptions.ConnectionError as error:
        raise refused(error) from None
    return connection


async def _carried(connection: HomeKitConnection, machine: _Machine) -> Any:  # noqa: ANN401 - what the machine returns
    """Runs a machine of requests to its end; its arithmetic (SRP with 3072 bits) runs off the loop."""
    answer = None
    while True:
        done, value = await asyncio.to_thread(_step, machine, answer)
        if done:
            return value
        request, expected = value
        answer = await connection.post_tlv("/pair-setup", body=request, expected=expected)


def _step(machine: _Machine, answer: Any) -> tuple[bool, Any]:  # noqa: ANN401 - as above
    try:
        return False, machine.send(answer)
    except StopIteration as end:
        return True, end.value
