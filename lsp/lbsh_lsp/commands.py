"""Commands of the editor: show the rules of a packet filter for a script, and trace a packet through a script.

A command takes one argument, an object. Malformed arguments get an error that says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pygls.exceptions import JsonRpcInvalidParams

from lbsh_lang.analysis import emit_rules, take_snapshot, trace_packet
from lbsh_lsp.client import Client
from lbsh_lsp.serialization import Serialized

SHOW_RULES = "lbsh.showRules"
TRACE = "lbsh.trace"
_NOT_OPEN = "the script is not open in the editor"


async def show_rules(client: Client, arguments: Sequence[object]) -> Serialized | dict[str, str | None]:
    given = _Arguments(SHOW_RULES, arguments)
    uri, backend, target = given.text("uri"), given.text("backend"), given.optional_text("target")
    view = client.documents.view(uri)
    if view is None:
        return {"backend": backend, "title": uri, "text": None, "fault": _NOT_OPEN}
    script = take_snapshot(view.session)

    def make() -> dict[str, str | None]:
        title, text, fault = emit_rules(script, backend, target)
        return {"backend": backend, "title": title, "text": text, "fault": fault}

    return await client.background.answer_from_snapshot(make)


async def trace(client: Client, arguments: Sequence[object]) -> Serialized | dict[str, object]:
    given = _Arguments(TRACE, arguments)
    uri, proto, start, end = given.text("uri"), given.text("proto"), given.text("from"), given.text("to")
    arrives_by = given.optional_text("in")
    view = client.documents.view(uri)
    if view is None:
        return {"text": None, "fault": _NOT_OPEN, "interfaces": []}
    script = take_snapshot(view.session)

    def make() -> dict[str, object]:
        return trace_packet(script, proto, start, end, arrives_by)._asdict()

    return await client.background.answer_from_snapshot(make)


class _Arguments:
    """The arguments of a command. Raises `JsonRpcInvalidParams` if they are malformed."""

    def __init__(self, command: str, arguments: Sequence[object]) -> None:
        self._command = command
        if len(arguments) != 1 or not isinstance(arguments[0], Mapping):
            raise JsonRpcInvalidParams(f"{command} takes one argument, an object")
        self._given: Mapping[object, object] = arguments[0]

    def text(self, name: str) -> str:
        value = self.optional_text(name)
        if value is None:
            raise JsonRpcInvalidParams(f"{self._command}: `{name}` is missing")
        return value

    def optional_text(self, name: str) -> str | None:
        value = self._given.get(name)
        if value is not None and not isinstance(value, str):
            raise JsonRpcInvalidParams(f"{self._command}: `{name}` must be a text")
        return value or None
