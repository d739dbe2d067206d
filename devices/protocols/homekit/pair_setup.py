# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""Pair-setup (HomeKit Accessory Protocol Specification R2, section 5.6): the setup code becomes keys. By aiohomekit."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from aiohomekit import exceptions
from aiohomekit.controller.ip.connection import HomeKitConnection
from aiohomekit.protocol import perform_pair_setup_part1, perform_pair_setup_part2

from devices.contract import AuthError
from devices.host_link import HostPlace
from devices.protocols.homekit.accessory_connection import AccessoryConnection, refused, unreadable, watch_input
from devices.protocols.homekit.pairing_keys import PairingKeys, keys_from_library
from twin.model.problem import Problem, ProblemError, mistake
from twin.model.text import Text

PAIR_S = 15.0
"""Seconds for the exchange up to M4, after which the accessory has kept nothing yet."""
FINISH_S = 10.0
"""Seconds for M5 and M6, which are not interrupted."""

type _Machine = Generator[tuple[Any, Any], Any, Any]


class _PlainConnection(HomeKitConnection):
    """The connection of a pair-setup, before there are keys; made once."""

    def __init__(self, hosts: list[str], port: int) -> None:
        super().__init__(None, hosts, port)  # pyright: ignore[reportArgumentType]
        self.closing = True  # the library does not connect again by itself

    async def open(self) -> None:
        """Connects. Raises exceptions of the library."""
        await self._connect_once()
        watch_input(self.protocol)


async def pair(place: HostPlace, code: str, where: str, keep: Callable[[PairingKeys], Awaitable[None]]) -> PairingKeys:
    """Pairs by a code `XXX-XX-XXX`, and returns once `keep` has the keys; from M5 on, with which the accessory keeps its side, a
    cancellation waits for that. Raises AuthError for a wrong code, ProblemError, OSError or TimeoutError."""
    connection = await place.first(_connected)
    try:
        async with asyncio.timeout(PAIR_S):
            start = perform_pair_setup_part1(with_auth=False)
            salt, public = await _stepped(start, await _exchanged(connection, start, None))
            machine = perform_pair_setup_part2(code, str(uuid.uuid4()), salt, public)
            m4 = await _exchanged(connection, machine, None)
        return await _uninterrupted(_finished(connection, machine, m4, where, keep))
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
    except (OSError, TimeoutError, ProblemError):
        raise
    except Exception as error:
        raise unreadable(error, where) from None
    finally:
        await connection.close()


async def _connected(hosts: tuple[str, ...], port: int) -> _PlainConnection:
    connection = _PlainConnection(list(hosts), port)
    try:
        await connection.open()
    except exceptions.ConnectionError as error:
        raise refused(error) from None
    return connection


async def _finished(
    connection: _PlainConnection,
    machine: _Machine,
    m4: Any,  # noqa: ANN401 - the library's
    where: str,
    keep: Callable[[PairingKeys], Awaitable[None]],
) -> PairingKeys:
    """Sends M5 and keeps the keys; where they cannot be kept, the accessory is freed again. Raises as `pair`."""
    async with asyncio.timeout(FINISH_S):
        m6 = await _exchanged(connection, machine, m4)
        keys = keys_from_library(await _stepped(machine, m6))
    try:
        await keep(keys)
    except Exception as error:
        problems = error.problems if isinstance(error, ProblemError) else (mistake(error, where),)
        await connection.close()
        if not await _removed(AccessoryConnection(connection.hosts, connection.port, keys), keys):
            problems = (*problems, Problem(code="homekit.still_paired", where=where))
        raise ProblemError(*problems) from error
    return keys


async def _removed(connection: AccessoryConnection, keys: PairingKeys) -> bool:
    """Whether the accessory has removed these keys."""
    try:
        await connection.open()
        await connection.remove_pairing(keys.controller_id)
    except Exception:  # the caller has a problem to raise
        return False
    finally:
        await connection.close()
    return True


async def _uninterrupted[T](work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, which a cancellation does not end: it is awaited first."""
    task = asyncio.ensure_future(work)  # noqa: TID251 - awaited below
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        while not task.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # the cancellation is what the caller is told
        raise


async def _exchanged(connection: HomeKitConnection, machine: _Machine, answer: Any) -> Any:  # noqa: ANN401 - the library's
    """Sends the request that follows from an answer, and returns what the accessory answers to it."""
    request, expected = await _stepped(machine, answer)
    return await connection.post_tlv("/pair-setup", body=request, expected=expected)


async def _stepped(machine: _Machine, answer: Any) -> Any:  # noqa: ANN401 - as above
    """The next request of a machine, or its result; the arithmetic (SRP with 3072 bits) runs off the loop."""
    return await asyncio.to_thread(_step, machine, answer)


def _step(machine: _Machine, answer: Any) -> Any:  # noqa: ANN401 - as above
    try:
        return machine.send(answer)
    except StopIteration as end:
        return end.value
