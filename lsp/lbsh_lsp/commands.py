"""Commands of the editor: the rules of a packet filter for a script, and what becomes of a packet.

Arguments come as one object; one that is not as it should be is answered by an error that says what is wrong. That the
handlers take the server a second time is for pygls, which would hand it to them in the place of the arguments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pygls.exceptions import JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer

from lbsh_lang.analysis import emit_rules, take_snapshot, trace_packet
from lbsh_lsp.prepared import Prepared

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

SHOW_RULES = "lbsh.showRules"
TRACE = "lbsh.trace"
_NOT_OPEN = "the script is not open in the editor"


def register(server: LbshServer) -> None:
    @server.command(SHOW_RULES)
    async def show_rules(ls: LanguageServer, *arguments: object) -> Prepared | dict[str, str | None]:
        asked = _Arguments(SHOW_RULES, arguments)
        uri, backend, target = asked.text("uri"), asked.text("backend"), asked.optional_text("target")
        view = server.documents.view(uri)
        if view is None:
            return {"backend": backend, "title": uri, "text": None, "fault": _NOT_OPEN}
        script = take_snapshot(view.session)

        def make() -> dict[str, str | None]:
            title, text, fault = emit_rules(script, backend, target)
            return {"backend": backend, "title": title, "text": text, "fault": fault}

        return await server.aside.answer_as_asked(make)

    @server.command(TRACE)
    async def show_trace(ls: LanguageServer, *arguments: object) -> Prepared | dict[str, str | None]:
        asked = _Arguments(TRACE, arguments)
        uri, proto, start, end = asked.text("uri"), asked.text("proto"), asked.text("from"), asked.text("to")
        view = server.documents.view(uri)
        if view is None:
            return {"text": None, "fault": _NOT_OPEN}
        script = take_snapshot(view.session)
        return await server.aside.answer_as_asked(lambda: trace_packet(script, proto, start, end)._asdict())


class _Arguments:
    """What a command was given. Raises `JsonRpcInvalidParams` where that is not as it should be."""

    def __init__(self, command: str, arguments: tuple[object, ...]) -> None:
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
