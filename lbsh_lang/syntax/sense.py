"""Faults between the words of one line, each word being right by itself: a port repeated, an option of another method."""

from __future__ import annotations

from collections.abc import Callable
from itertools import zip_longest

from lbsh_lang.near import NearMisses
from lbsh_lang.syntax.lowering import MOST_ADDRESSES
from lbsh_lang.syntax.methods import (
    DEFAULT_EVERY,
    DEFAULT_TIMEOUT,
    METHODS,
    Method,
    OptionKind,
    is_of_kind,
)
from lbsh_lang.syntax.nodes import (
    AddStatement,
    Fault,
    ProbeStatement,
    RemoveStatement,
    ServiceStatement,
    Statement,
    Token,
)

_near_method = NearMisses(METHODS)


def faults_between(node: Statement) -> list[Fault]:
    """What is wrong with a statement that no single word of it shows."""
    find = _FINDERS.get(type(node))
    return find(node) if find else []


def _service(node: Statement) -> list[Fault]:
    assert isinstance(node, ServiceStatement)
    found = []
    for index, token in enumerate(node.ports):
        for before in node.ports[:index]:
            if token.value and before.value and token.value.overlaps(before.value):
                found.append(Fault("LB204", token, "it is in the list already", None, before))
                break
    return found


def _targets(node: Statement) -> list[Fault]:
    assert isinstance(node, AddStatement | RemoveStatement)
    total = sum(token.value.size for token in node.targets if token.value is not None)
    if total <= MOST_ADDRESSES:
        return []
    reason = f"the statement has {total} addresses; it takes at most {MOST_ADDRESSES}"
    return [Fault("LB208", node.targets[-1], reason)]


def _probe(node: Statement) -> list[Fault]:
    assert isinstance(node, ProbeStatement)
    found = _times(node)
    if node.method is None or node.method.value is None:
        return found
    method = METHODS.get(node.method.value)
    if method is None:
        return [*found, Fault("LB205", node.method, "probe method", _near_method.of(node.method.text))]
    return found + _argument(node, method) + _options(node, method) + _missing(node, method)


def _times(node: ProbeStatement) -> list[Fault]:
    every = node.every.value if node.every else DEFAULT_EVERY
    timeout = node.timeout.value if node.timeout else DEFAULT_TIMEOUT
    if every is None or timeout is None or timeout < every:
        return []
    token = node.timeout or node.every
    assert token is not None  # the defaults fit each other
    return [Fault("LB503", token, f"{timeout} {every}", None, node.every if node.timeout else None)]


def _argument(node: ProbeStatement, method: Method) -> list[Fault]:
    assert node.method is not None
    if node.argument is not None and method.argument is None:
        return [Fault("LB502", node.argument, f"the method `{method.name}` takes no text of its own")]
    if node.argument is None and method.argument is not None:
        return [Fault("LB502", node.method, f"the method `{method.name}` needs {method.argument} in quotes behind it")]
    return []


def _options(node: ProbeStatement, method: Method) -> list[Fault]:
    found = []
    seen: dict[str, Token[str]] = {}
    for option, value in zip_longest(node.options, node.option_values):
        if option is None:
            break
        kind = method.options.get(option.text)
        if option.text in seen:
            found.append(Fault("LB109", option, option.text, None, seen[option.text]))
        elif kind is None:
            near = NearMisses(method.options).of(option.text)
            known = ", ".join(f"`{name}`" for name in method.options) or "none"
            reason = f"the method `{method.name}` has no option `{option.text}`; its options are {known}"
            found.append(Fault("LB502", option, reason, near))
        elif value is not None and value.value is not None:
            found += _value(node, option, value, kind)
        seen.setdefault(option.text, option)
    return found


def _value(node: ProbeStatement, option: Token[str], value: Token[str], kind: OptionKind) -> list[Fault]:
    """The fault of an option's value; of a secret, that it stands in the script itself."""
    filed = any(option.start < file.start < value.start for file in node.files)
    if is_of_kind(kind, value.text) and filed == (kind is OptionKind.FILE):
        return []
    instead = f'"{value.text}"' if kind is OptionKind.TEXT and not value.text.startswith('"') else None
    return [Fault("LB502", value, f"the option `{option.text}` takes {kind.value}", instead)]


def _missing(node: ProbeStatement, method: Method) -> list[Fault]:
    assert node.method is not None
    given = {option.text for option in node.options}
    return [
        Fault("LB502", node.method, f"the method `{method.name}` needs the option `{name}`")
        for name in method.required
        if name not in given
    ]


_FINDERS: dict[type[Statement], Callable[[Statement], list[Fault]]] = {
    ServiceStatement: _service,
    AddStatement: _targets,
    RemoveStatement: _targets,
    ProbeStatement: _probe,
}
