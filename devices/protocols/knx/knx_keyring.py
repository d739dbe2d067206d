"""Keys for KNX IP Secure and KNX Data Secure out of an ETS keyring (`.knxkeys`), whose entries its password decrypts."""

from __future__ import annotations

import logging
import xml.sax
from pathlib import Path
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from xknx.exceptions import InvalidSecureConfiguration
from xknx.secure.keyring import InterfaceType, Keyring, XMLInterface, sync_load_keyring, verify_keyring_signature
from xknx.telegram import IndividualAddress

from devices.contract import AuthError
from twin.files.opening import regular
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text, why

MAX_BYTES = 10_000_000
logging.getLogger("xknx").setLevel(logging.CRITICAL)


def read_keyring(path: str, password: str) -> Keyring:
    """The decrypted keys of a file. Blocks. Raises AuthError for a missing or wrong password, ProblemError for a file that is
    no keyring.
    """
    try:
        file = regular(Path(path).expanduser())
        if file.stat().st_size > MAX_BYTES:
            raise keyring_problem(path, Text("knx.keyring_damaged"))
        root = fromstring(file.read_bytes())
    except (OSError, RuntimeError) as error:  # a RuntimeError: `~name` of nobody
        raise keyring_problem(path, why(error)) from None
    except (ParseError, DefusedXmlException, ValueError):
        raise keyring_problem(path, Text("knx.keyring_damaged")) from None
    if root.tag.rpartition("}")[2] != "Keyring":
        raise keyring_problem(path, Text("knx.keyring_damaged"))
    if not password:
        raise AuthError(Text("knx.keyring_password"))
    try:
        if not verify_keyring_signature(file, password):
            raise AuthError(Text("knx.keyring_wrong_password"))
        return sync_load_keyring(file, password, validate_signature=False)
    except (InvalidSecureConfiguration, ValueError, xml.sax.SAXException, OSError):
        raise keyring_problem(path, Text("knx.keyring_damaged")) from None


def tunnels(keyring: Keyring, host: str, address: str) -> list[XMLInterface]:
    """The tunnels of an interface with the individual address `host` (empty: of any) that have a password, or the one with
    that individual address.
    """
    return [
        one
        for one in keyring.interfaces
        if one.type is InterfaceType.TUNNELING
        and one.user_id is not None
        and one.decrypted_password
        and (not address or one.individual_address == IndividualAddress(address))
        and (address or not host or one.host == IndividualAddress(host))
    ]


def keyring_problem(path: str, reason: Text) -> ProblemError:
    """That a keyring cannot be used, and why."""
    return ProblemError(Problem(code="knx.keyring", args={"why": reason}, where=path))
