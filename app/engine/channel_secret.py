"""The stored password of a channel of notifications, which only the server that it was entered for is given."""

from __future__ import annotations

from urllib.parse import urlsplit

from app.engine.notification_sending import SMTP_PORTS, NotSentError, host_and_port
from devices.contract import Secret
from devices.secrets import Secrets
from twin.model.ids import LinkId
from twin.model.text import Text
from twin.rules.notification import ChannelKind, NotificationChannel

_PORTS = {"https": 443, "http": 80, "mqtts": 8883, "mqtt": 1883}


def secret_id(channel: str) -> LinkId:
    """Name under which the keyring has a channel's password."""
    return LinkId(f"notify-{channel}")


def server_of(channel: NotificationChannel) -> str:
    """Kind, host, port and login of a channel, for which a password is stored; empty where the address names none."""
    scheme = "smtp" if channel.kind is ChannelKind.EMAIL else urlsplit(channel.address).scheme
    default = SMTP_PORTS[channel.security] if scheme == "smtp" else _PORTS.get(scheme, 0)
    try:
        host, port = host_and_port(channel.address, default)
    except ValueError:
        return ""
    return f"{channel.kind.value} {scheme} {host}:{port} {channel.user}"


def bound(channel: NotificationChannel, password: str) -> Secret:
    """What is stored of a password: with the server that it is for."""
    return Secret(user=server_of(channel), password=password)


def has_password(secrets: Secrets, channel: NotificationChannel) -> bool:
    """Whether a password is stored for the channel's server. Blocks. Raises ProblemError."""
    found = secrets.get(secret_id(channel.id))
    return bool(found and found.password and found.user == server_of(channel))


def channel_secret(secrets: Secrets, channel: NotificationChannel) -> Secret:
    """The password to send with; none where the stored one is another server's. Blocks. Raises ProblemError, and
    NotSentError where a login then lacks its password.
    """
    found = secrets.get(secret_id(channel.id))
    if not found or not found.password:
        return Secret()
    if found.user == server_of(channel):
        return Secret(password=found.password)
    if channel.user:
        raise NotSentError(Text("notify.other_server"))
    return Secret()
