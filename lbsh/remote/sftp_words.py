"""What `sftp` and `ssh` complain of, in words for the operator: from the program's standard error alone."""

from __future__ import annotations

import re

from lbsh.remote.errors import said
from lbsh.remote.urls import Url

CLOSED = "the connection was closed before the end"

_CHANGED = "REMOTE HOST IDENTIFICATION HAS CHANGED"
_REVOKED = "REVOKED HOST KEY DETECTED"
_UNKNOWN = re.compile(r"^No (?P<kind>\S+) host key is known for (?P<host>\S+) and you have ", re.MULTILINE)
_OF_HOST = re.compile(r"^Host key for (?P<host>\S+) has changed ", re.MULTILINE)
_FINGERPRINT = re.compile(r"^(?P<print>SHA256:[A-Za-z0-9+/=]+)\.?\s*$", re.MULTILINE)
_OFFENDING = re.compile(r"^Offending .*key in (?P<place>.*)$", re.MULTILINE)
_LOGIN = re.compile(r"Permission denied \((?P<methods>[a-z0-9,@.-]+)\)")
_MEANINGLESS = ("connection closed", "couldn't read packet", "host key verification failed")
_NO_REASON = re.compile(r": failure\.?$", re.IGNORECASE)


def reason(errors: str, url: Url) -> str:
    """Why a run of `sftp` failed. A host is named as `ssh` does: it may be one on the way to that of the URL."""
    if _CHANGED in errors:
        return _changed(errors, url)
    if _REVOKED in errors:
        return f"the host key of {url.place} is marked as revoked here: this may be another machine"
    unknown = _UNKNOWN.search(errors)
    if unknown:
        return (
            f"the host key ({said(unknown['kind'])}) of {said(unknown['host'])} is not known here: log in with "
            f"`{_login_command(url)}`, and compare the fingerprint that it shows with one that you have from elsewhere"
        )
    login = _LOGIN.search(errors)
    if login:
        who = f" as `{url.user}`" if url.user else ""
        methods = login["methods"]
        return f"the server refuses the login{who} ({methods}): that takes a key, nobody is asked for a password"
    return _first_line(errors)


def _changed(errors: str, url: Url) -> str:
    named, shown, place = _OF_HOST.search(errors), _FINGERPRINT.search(errors), _OFFENDING.search(errors)
    host = said(named["host"]) if named else url.place
    now = f", and is now {shown['print']}" if shown else ""
    kept = f" (line and file of the old one: {said(place['place'])})" if place else ""
    return (
        f"WARNING: THE HOST KEY OF {host} HAS CHANGED{now}. Somebody may be in between. Nothing was sent or "
        f"fetched. Ask those who run the host; only if they changed it, remove the old key{kept}"
    )


def _login_command(url: Url) -> str:
    port = "" if url.has_usual_port else f"-p {url.port} "
    user = f"{url.user}@" if url.user else ""
    return f"ssh {port}{user}{url.host}"


def _first_line(errors: str) -> str:
    lines = [line.strip().removeprefix("ssh: ") for line in errors.splitlines()]
    telling = [line for line in lines if line and not line.lower().startswith(_MEANINGLESS)]
    if not telling:
        return CLOSED
    line = said(telling[0])
    return f"{line} (the server gives no reason; its disk may be full)" if _NO_REASON.search(line) else line
