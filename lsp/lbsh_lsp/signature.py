"""Signature help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import Parameter, Signature, signatures
from lbsh_lsp.markup import to_markup

if TYPE_CHECKING:
    from lbsh_lsp.server import LbshServer

_OPTIONS = types.SignatureHelpOptions(trigger_characters=[" ", ","], retrigger_characters=[" ", ","])
_INFORMATION = "text_document.signature_help.signature_information"


def register(server: LbshServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_SIGNATURE_HELP, _OPTIONS)
    async def help_with(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        view = server.documents.view(params.text_document.uri)
        if view is None:
            return None
        found = signatures(view, server.conversion.from_position(view.document, params.position))
        if not found:
            return None
        return types.SignatureHelp([_information(server, one) for one in found], 0, _active(found[0]))


def _information(server: LbshServer, found: Signature) -> types.SignatureInformation:
    formats = get_capability(server.client_capabilities, f"{_INFORMATION}.documentation_format")
    parameters = [_parameter(server, found, part, formats) for part in found.parameters]
    return types.SignatureInformation(found.label, to_markup(found.documentation, formats), parameters, _active(found))


def _parameter(
    server: LbshServer, found: Signature, part: Parameter, formats: Sequence[types.MarkupKind] | None
) -> types.ParameterInformation:
    """A part of a form; its place in the text of the form for a client that takes that, else the part itself.

    Places are in UTF-16 here whatever was agreed on; forms have no character that takes two units.
    """
    offsets = server.supports(f"{_INFORMATION}.parameter_information.label_offset_support")
    label = (part.start, part.end) if offsets else found.label[part.start : part.end]
    return types.ParameterInformation(label, to_markup(part.documentation, formats))


def _active(found: Signature) -> int:
    """The part that the cursor is in; the protocol has no word for none but a number beyond the last."""
    return found.active if found.active is not None else len(found.parameters)
