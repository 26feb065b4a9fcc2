"""Signature help."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types
from pygls.capabilities import get_capability

from lbsh_lang.analysis import Parameter, Signature, signatures
from lbsh_lsp.client import Client
from lbsh_lsp.markup import to_markup

OPTIONS = types.SignatureHelpOptions(trigger_characters=[" ", ","], retrigger_characters=[" ", ","])
_INFORMATION = "text_document.signature_help.signature_information"


async def show_signatures(client: Client, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    view = client.documents.view(params.text_document.uri)
    if view is None:
        return None
    found = signatures(view, client.conversion.from_position(view.document, params.position))
    if not found:
        return None
    return types.SignatureHelp([_information(client, one) for one in found], 0, _active(found[0]))


def _information(client: Client, found: Signature) -> types.SignatureInformation:
    formats = get_capability(client.capabilities, f"{_INFORMATION}.documentation_format")
    parameters = [_parameter(client, found, part, formats) for part in found.parameters]
    return types.SignatureInformation(found.label, to_markup(found.documentation, formats), parameters, _active(found))


def _parameter(
    client: Client, found: Signature, part: Parameter, formats: Sequence[types.MarkupKind] | None
) -> types.ParameterInformation:
    """Converts a part of a form: its place in the form's text if the client takes places, else its text.

    The place is in UTF-16 whatever the negotiated encoding; no character of a form takes two units.
    """
    offsets = client.supports(f"{_INFORMATION}.parameter_information.label_offset_support")
    label = (part.start, part.end) if offsets else found.label[part.start : part.end]
    return types.ParameterInformation(label, to_markup(part.documentation, formats))


def _active(found: Signature) -> int:
    """The part at the cursor; the number behind the last part stands for none, as the protocol has no other."""
    return found.active if found.active is not None else len(found.parameters)
