# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
"""One encrypted connection to an accessory, by aiohomekit, without the library's own reconnecting: a link does that.

Everything that can go wrong becomes an OSError, TimeoutError, RefusedError or one of the errors below.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast, override

from aiohomekit import exceptions
from aiohomekit.controller.ip.connection import InsecureHomeKitProtocol, SecureHomeKitConnection
from aiohomekit.http.response import HttpResponse
from aiohomekit.protocol.tlv import TLV

from devices.protocols.homekit.accessory_database import rows_in
from devices.protocols.homekit.pairing_keys import PairingKeys
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

_LOG = logging.getLogger("oikos.links.homekit")
CONNECT_S = 8.0
ANSWER_S = 10.0
"""Seconds for an answer; a bridge may have to ask a sleeping device over its radio."""
HTTP_ERROR = 400
"""The least status of HTTP that is an error."""
MAX_ANSWER_BYTES = 8 * 2**20
"""The longest answer that is read; the database of a full bridge (150 accessories) is some hundred kilobytes."""
READ_AT_ONCE = 80
"""Characteristics in one request: their ids must fit into one line of HTTP."""

type CharacteristicId = tuple[int, int]
"""Accessory id and instance id (`aid`, `iid`)."""
type Answers = dict[CharacteristicId, Mapping[str, Any]]


class NotPairedError(Exception):
    """The accessory no longer accepts our keys."""


class OtherAccessoryError(ConnectionError):
    """Another accessory than the one we are paired with answers at the address."""


class _Receiver:
    """The owner of a connection, which the library calls."""

    description = None
    name = "accessory"

    def __init__(self) -> None:
        self.event_received: Callable[[object], None] = lambda document: None
        self.connection: SecureHomeKitConnection | None = None

    async def connection_made(self, secure: bool) -> None:
        """The library has put a protocol in, first without and then with encryption."""
        del secure
        watch_input(self.connection.protocol if self.connection else None)


class AccessoryConnection(SecureHomeKitConnection):
    """A connection that is made once."""

    def __init__(self, hosts: Iterable[str], port: int, keys: PairingKeys) -> None:
        hosts = list(hosts)
        self._receiver = _Receiver()
        data = keys.for_library() | {"AccessoryIP": hosts[0], "AccessoryIPs": hosts, "AccessoryPort": port}
        super().__init__(self._receiver, data)  # pyright: ignore[reportArgumentType]
        self._receiver.connection = self
        self.on_lost: Callable[[], None] = lambda: None
        self.closing = True  # the library does not connect again by itself

    def set_listener(self, on_event: Callable[[object], None], on_lost: Callable[[], None]) -> None:
        """Whom to call with the JSON documents of events, and at the end of the connection."""
        self._receiver.event_received, self.on_lost = on_event, on_lost

    async def open(self) -> None:
        """Connects and verifies both sides' keys. Raises NotPairedError, OtherAccessoryError, OSError or TimeoutError."""
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._connect_once()
        except exceptions.IncorrectPairingIdError:
            raise OtherAccessoryError(Text("homekit.other_accessory")) from None
        except (exceptions.AuthenticationError, exceptions.InvalidAuthTagError, exceptions.InvalidSignatureError):
            raise NotPairedError from None
        except exceptions.ConnectionError as error:
            raise refused(error) from None
        except exceptions.HomeKitException as error:
            raise ConnectionError(Text("homekit.not_homekit", said=str(error)[:120])) from None
        except (OSError, TimeoutError):
            raise
        except Exception as error:
            raise unreadable(error, self.name) from None

    @override
    async def post_tlv(self, target: str, body: list[Any], expected: object = None) -> list[Any]:
        """As the library's, which drops errors of pair-verify: they are not among the types that it expects."""
        return await super().post_tlv(target, body)

    @override
    def _connection_lost(self, exception: Exception) -> None:
        super()._connection_lost(exception)
        self.on_lost()

    async def accessories(self) -> object:
        """The accessory attribute database as JSON (section 6.6.4). Raises OSError or TimeoutError."""
        return await self._answered(self.get_json("/accessories"))

    async def read(self, ids: Iterable[CharacteristicId]) -> Answers:
        """Values, or a status where one could not be read (section 6.7.4). Raises OSError or TimeoutError."""
        wanted, found = list(ids), cast(Answers, {})
        for at in range(0, len(wanted), READ_AT_ONCE):
            part = wanted[at : at + READ_AT_ONCE]
            names = ",".join(f"{aid}.{iid}" for aid, iid in part)
            found |= rows_of(await self._answered(self.get_json(f"/characteristics?id={names}")))
        return found

    async def write(self, rows: list[dict[str, Any]]) -> Answers:
        """Writes values or subscriptions (section 6.7.2); the answer holds a status for each where one failed."""
        return rows_of(await self._answered(self.put_json("/characteristics", {"characteristics": rows})))

    async def remove_pairing(self, pairing_id: str) -> None:
        """Removes these keys from the accessory (section 5.12). Raises OSError or TimeoutError, also for a refusal."""
        request = [
            (TLV.kTLVType_State, TLV.M1),
            (TLV.kTLVType_Method, TLV.RemovePairing),
            (TLV.kTLVType_Identifier, pairing_id.encode()),
        ]
        response: HttpResponse = await self._answered(self.post("/pairings", bytes(TLV.encode_list(request))))
        said = {key: bytes(value) for key, value in TLV.decode_bytes(response.body)}
        if TLV.kTLVType_Error in said or said.get(TLV.kTLVType_State) != bytes(TLV.M2):
            status = said.get(TLV.kTLVType_Error, b"").hex()
            raise ConnectionError(Text("homekit.status.other", status=status))

    @override
    async def request(
        self, method: str, target: str, headers: list[tuple[str, str]] | None = None, body: bytes | None = None
    ) -> HttpResponse:
        """As the library's, which takes a status from 500 for an answer. Raises HttpErrorResponse."""
        response = await super().request(method, target, headers, body)
        if response.code is None or response.code >= HTTP_ERROR:
            raise exceptions.HttpErrorResponse(f"HTTP {response.code}", response=response)
        return response

    async def _answered(self, request: Any) -> Any:  # noqa: ANN401 - a coroutine of the library
        try:
            async with asyncio.timeout(ANSWER_S):
                return await request
        except exceptions.HttpErrorResponse as error:  # the connection stands
            raise RequestRefusedError(error.response.code) from None
        except exceptions.HomeKitException:
            raise ConnectionResetError(Text("homekit.closed")) from None
        except (OSError, TimeoutError):
            raise
        except Exception as error:  # what it answered is no JSON, or the library takes it for something else
            raise unreadable(error, self.name) from None


class RequestRefusedError(OSError):
    """The accessory answered a request with an HTTP error; its argument is the status."""

    def __init__(self, status: int) -> None:
        super().__init__(Text("homekit.http", status=status))


def unreadable(error: Exception, where: str) -> ProblemError:
    """The problem with an answer that is none; `error` is what the library made of it."""
    said = f"{type(error).__name__}: {error}"[:200]
    return ProblemError(Problem(code="homekit.unreadable", where=where, retry=True, detail=said))


def watch_input(protocol: InsecureHomeKitProtocol | None) -> None:
    """Closes a connection whose input the library cannot parse, or whose answer is longer than MAX_ANSWER_BYTES, instead of
    an error on the loop that no one awaits."""
    if protocol is None:
        return
    parse = protocol.data_received

    def received(data: bytes) -> None:
        try:
            parse(data)
        except Exception as error:  # whatever the library raises for bytes that are no HTTP
            _LOG.info("a HomeKit accessory sends what cannot be parsed: %s", type(error).__name__)
            protocol.transport.close()
            return
        answer = protocol.current_response
        if len(answer.body) + len(answer._raw_response) > MAX_ANSWER_BYTES:  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - no public length
            _LOG.info("a HomeKit accessory sends an answer without an end")
            protocol.transport.close()

    protocol.data_received = received


def refused(error: exceptions.ConnectionError) -> OSError:
    """The system's error behind one of the library's, which only carries its text."""
    cause = error.__cause__
    return cause if isinstance(cause, OSError) else TimeoutError()


def rows_of(document: object) -> Answers:
    """The rows of a document about characteristics, by accessory and instance id; what is malformed is left out."""
    found: Answers = {}
    for row in rows_in(document, "characteristics"):
        aid, iid = row.get("aid"), row.get("iid")
        if isinstance(aid, int) and isinstance(iid, int):
            found[aid, iid] = row
    return found
