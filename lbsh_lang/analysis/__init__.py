"""The façade of the analysis: features of scripts in terms of editors (documents, positions, edits), without a protocol.

Clients, such as the language server, import from here alone, so that the folders below may change without them. The façade
exports what clients use and nothing else (`tests/test_layers.py`). A name that is unclear outside its folder gets a longer
one here. Nothing below reads the file system.
"""

from __future__ import annotations

from lbsh_lang.analysis.actions.actions import Action, ActionKind, fix_all, has_safe_fixes
from lbsh_lang.analysis.actions.actions import actions as code_actions
from lbsh_lang.analysis.completion.complete import Completion, complete
from lbsh_lang.analysis.completion.items import CompletionItem, CompletionKind
from lbsh_lang.analysis.completion.signature import Parameter, Signature
from lbsh_lang.analysis.completion.signature import signature as signatures
from lbsh_lang.analysis.emission import emit as emit_rules
from lbsh_lang.analysis.hover.hover import hover as hover_at
from lbsh_lang.analysis.lines.folding import Fold, FoldKind, folds
from lbsh_lang.analysis.lines.formatting import format_document, format_lines, format_typed
from lbsh_lang.analysis.lines.links import links
from lbsh_lang.analysis.lines.search import find_symbols
from lbsh_lang.analysis.lines.selection import selections
from lbsh_lang.analysis.lines.symbols import Symbol, SymbolKind, document_symbols
from lbsh_lang.analysis.lines.tokens import SemanticToken, TokenModifier, drained_places, line_tokens, mark_drained
from lbsh_lang.analysis.live.documents import Document
from lbsh_lang.analysis.live.regions import Edits, Location, Region, TextEdit, touched_lines
from lbsh_lang.analysis.live.snapshots import take_snapshot
from lbsh_lang.analysis.live.view import View
from lbsh_lang.analysis.live.workspace import Files, Unreadable, Workspace
from lbsh_lang.analysis.names.calls import CallItem, incoming_calls, outgoing_calls
from lbsh_lang.analysis.names.calls import items_at as call_items_at
from lbsh_lang.analysis.names.hints import Hint, hints
from lbsh_lang.analysis.names.lenses import Lens, LensTitle, lens_title, lenses
from lbsh_lang.analysis.names.references import (
    Access,
    Highlight,
    Target,
    definition,
    highlights,
    linked_regions,
    references,
    references_and_definitions,
)
from lbsh_lang.analysis.names.rename import Refusal, edits_of, plan_rename, prepare_rename
from lbsh_lang.analysis.packets import trace as trace_packet
from lbsh_lang.analysis.prose.blocks import Code, Listing, Prose, markdown_of, paragraph, plain_of
from lbsh_lang.analysis.prose.forms import statement_parts
from lbsh_lang.backends.base import Backend
from lbsh_lang.checks.catalog import IDLE
from lbsh_lang.diagnostics import Diagnostic, Severity
from lbsh_lang.source import Position, Span
from lbsh_lang.syntax.language import LBSH, Lbsh
from lbsh_lang.syntax.lowering import NAME_PATTERN
from lbsh_lang.syntax.terminals import NameKind, TokenType

__all__ = [
    "IDLE",
    "LBSH",
    "NAME_PATTERN",
    "Access",
    "Action",
    "ActionKind",
    "Backend",
    "CallItem",
    "Code",
    "Completion",
    "CompletionItem",
    "CompletionKind",
    "Diagnostic",
    "Document",
    "Edits",
    "Files",
    "Fold",
    "FoldKind",
    "Highlight",
    "Hint",
    "Lbsh",
    "Lens",
    "LensTitle",
    "Listing",
    "Location",
    "NameKind",
    "Parameter",
    "Position",
    "Prose",
    "Refusal",
    "Region",
    "SemanticToken",
    "Severity",
    "Signature",
    "Span",
    "Symbol",
    "SymbolKind",
    "Target",
    "TextEdit",
    "TokenModifier",
    "TokenType",
    "Unreadable",
    "View",
    "Workspace",
    "call_items_at",
    "code_actions",
    "complete",
    "definition",
    "document_symbols",
    "drained_places",
    "edits_of",
    "emit_rules",
    "find_symbols",
    "fix_all",
    "folds",
    "format_document",
    "format_lines",
    "format_typed",
    "has_safe_fixes",
    "highlights",
    "hints",
    "hover_at",
    "incoming_calls",
    "lens_title",
    "lenses",
    "line_tokens",
    "linked_regions",
    "links",
    "mark_drained",
    "markdown_of",
    "outgoing_calls",
    "paragraph",
    "plain_of",
    "plan_rename",
    "prepare_rename",
    "references",
    "references_and_definitions",
    "selections",
    "signatures",
    "statement_parts",
    "take_snapshot",
    "touched_lines",
    "trace_packet",
]
