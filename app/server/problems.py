"""Problems that the door refuses calls with, and those of clients without an answer. Standard library only."""

from __future__ import annotations

from twin.model.problem import Problem, Severity


def unknown_method(name: str) -> Problem:
    """Problem: the method does not exist, or clients may not call it."""
    return Problem(code="door.method", args={"name": name[:40]})


def forbidden(name: str, role: str, need: str) -> Problem:
    """Problem: the caller's role does not allow the method."""
    return Problem(code="door.role", args={"role": role, "name": name, "need": need})


def bad_arguments(name: str, detail: str) -> Problem:
    """Problem: the arguments have the wrong type for the method."""
    return Problem(code="door.arguments", args={"name": name[:40]}, detail=detail[:200])


def from_web_page() -> Problem:
    """Problem: the request has an Origin header, so a web page sent it."""
    return Problem(code="door.origin")


def wrong_token() -> Problem:
    """Problem: the token is missing or wrong."""
    return Problem(code="door.token", retry=True)


def unknown_token() -> Problem:
    """Problem: the token of a client of another machine is missing, wrong or revoked."""
    return Problem(code="door.unknown_token")


def access_expired(name: str) -> Problem:
    """Problem: the person's access has ended."""
    return Problem(code="door.expired", args={"name": name})


def access_ended() -> Problem:
    """Problem: the access of an attached client expired or was revoked."""
    return Problem(code="door.ended")


def paused(tries: int, seconds: float) -> Problem:
    """Problem: an address sent too many wrong tokens and has to wait."""
    return Problem(code="door.paused", args={"tries": tries, "seconds": max(1, round(seconds))}, retry=True)


def only_here(name: str) -> Problem:
    """Problem: the method names files of the engine's machine, so clients of other machines cannot use it."""
    return Problem(code="door.only_here", args={"name": name})


def scope_unsupported(name: str) -> Problem:
    """Problem: the method is not supported for an access limited to rooms."""
    return Problem(code="door.scope", args={"name": name})


def outside(name: str) -> Problem:
    """Problem: the point or device is in no room that the access is for."""
    return Problem(code="door.outside", args={"name": name[:80]})


def other_certificate(where: str, found: str) -> Problem:
    """Problem: another machine's engine shows another certificate than the trusted one."""
    return Problem(code="door.certificate", args={"fingerprint": found}, where=where)


def not_attached(where: str) -> Problem:
    """Problem: this computer has no token for the engine at this URL."""
    return Problem(code="door.not_attached", args={"url": where}, where=where)


def unreachable(where: str, detail: str) -> Problem:
    """Problem: the engine of another machine does not answer."""
    return Problem(code="door.unreachable", where=where, retry=True, detail=detail[:200])


def no_blob() -> Problem:
    """Problem: a file that a call names was not sent before it."""
    return Problem(code="blob.missing")


def blob_name(name: str) -> Problem:
    """Problem: a client of another machine names a file by a path; it has to send the file."""
    return Problem(code="blob.name", args={"name": name[:80]})


def blob_too_large(most: int) -> Problem:
    """Problem: a file sent is larger than `most` bytes."""
    return Problem(code="blob.size", args={"most": most >> 20})


def client_gone() -> Problem:
    """Problem: the command line that asked has ended."""
    return Problem(code="oikos.interrupted")


def blobs_kept(most: int, folder: str) -> Problem:
    """Problem: the engine already keeps `most` files of links and channels."""
    return Problem(code="blob.kept", args={"most": most}, where=folder)


def blob_damaged() -> Problem:
    """Problem: a file sent has another SHA-256 than its address."""
    return Problem(code="blob.digest", retry=True)


def blob_stopped(seconds: float) -> Problem:
    """No more of a file arrived."""
    return Problem(code="blob.stopped", args={"seconds": round(seconds)}, retry=True)


def blobs_busy() -> Problem:
    """Problem: too many files are being sent at a time."""
    return Problem(code="blob.busy", retry=True)


def no_handshake(reason: str) -> Problem:
    """Problem: a connection of another machine ended before it was secured by TLS."""
    return Problem(code="door.handshake", args={"reason": reason[:100]}, retry=True)


def no_request() -> Problem:
    """Problem: another machine connected, and left without asking anything, as one does that does not trust the
    certificate."""
    return Problem(code="door.no_request", retry=True)


def too_many(most: int) -> Problem:
    """Problem: the door already has `most` connections."""
    return Problem(code="door.full", args={"most": most}, retry=True)


def another_version(theirs: str, ours: str) -> Problem:
    """Problem: the versions of engine and client are incompatible; of the same version, one was changed since."""
    if theirs == ours:
        return Problem(code="door.same_version", args={"version": ours})
    return Problem(code="door.version", args={"theirs": theirs, "ours": ours})


def another_window(where: str) -> Problem:
    """Problem: a window attached to an engine cannot open another project."""
    return Problem(code="door.window", where=where)


def opened_elsewhere(where: str) -> Problem:
    """Note: the project was opened in a window of its own."""
    return Problem(code="door.other_window", where=where, severity=Severity.NOTE)


def not_understood(detail: str) -> Problem:
    """Problem: the request or answer is malformed."""
    return Problem(code="door.request", detail=detail[:200])


def too_large(most: int) -> Problem:
    """Problem: the message exceeds the limit of `most` bytes."""
    return Problem(code="door.size", args={"most": most >> 20})


def engine_gone(detail: str = "") -> Problem:
    """Problem: the engine ended, or does not answer."""
    return Problem(code="engine.gone", retry=True, detail=detail)


def no_place(where: str) -> Problem:
    """Problem: there is no private folder with a path short enough for a socket."""
    return Problem(code="door.place", where=where)


def engine_ended(where: str = "") -> Problem:
    """Problem: a started engine ended before it opened its door, without a reason."""
    return Problem(code="engine.ended", where=where)


def engine_slow(where: str) -> Problem:
    """Problem: a started engine has not opened its door yet."""
    return Problem(code="engine.slow", where=where, retry=True)


def still_opening(where: str, name: str) -> Problem:
    """Problem: the user did not wait for the engine that is still opening the project."""
    return Problem(code="engine.opening", args={"name": name}, where=where, retry=True)


def engine_busy(where: str, pid: int) -> Problem:
    """Problem: an engine that was asked to end has not ended yet."""
    return Problem(code="engine.busy", args={"pid": str(pid)}, where=where, retry=True)


def in_a_window(where: str) -> Problem:
    """Problem: the engine belongs to a window and ends with it."""
    return Problem(code="engine.window", where=where)


def service_unsupported(system: str) -> Problem:
    """Problem: the system has no supported service manager."""
    return Problem(code="service.unsupported", args={"system": system})


def service_failed(what: str, unit: str, detail: str) -> Problem:
    """Problem: the service manager refused, or cannot be reached."""
    return Problem(code="service.failed", args={"what": what, "unit": unit}, retry=True, detail=detail[:400])


def service_missing(where: str) -> Problem:
    """Problem: no service is installed for the project."""
    return Problem(code="service.missing", where=where)
