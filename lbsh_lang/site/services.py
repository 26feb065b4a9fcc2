"""The life of a service: from its definition to its removal, with the pool and the probe that it gets in between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import assert_never, cast

from lbsh_lang.site.faults import (
    DefinedTwice,
    Entity,
    NoEffect,
    NotGiven,
    SecondPool,
    SecondProbe,
    Undefined,
    UsedAbove,
)
from lbsh_lang.site.script import AnyFound, Found
from lbsh_lang.syntax.consistency import long_prefix
from lbsh_lang.syntax.nodes import (
    SERVICE_OPTIONS,
    Name,
    Option,
    PoolStatement,
    ProbeStatement,
    RemoveProbeStatement,
    RemoveServiceStatement,
    ServiceFact,
    ServiceStatement,
    SetServiceStatement,
    Token,
    option_word,
)
from lbsh_lang.syntax.statement import AnyStated, Stated


@dataclass(slots=True)
class ServiceLife:
    """A service while it exists; a name may have several lives, one after another.

    `node` is its definition with all options as they are at the end. `given` are the options that `set` statements gave or
    took away, by their keywords, whatever came later. `changed` are the `set` statements that decide on
    options in place of the definition, by the keywords of the options; `doubtful` are options of which one cannot be read.
    """

    defined: Stated[ServiceStatement]
    node: ServiceStatement
    pool: Stated[PoolStatement] | None = None
    probe: Stated[ProbeStatement] | None = None
    changed: dict[str, Stated[SetServiceStatement]] = field(default_factory=dict)
    given: list[tuple[str, Stated[SetServiceStatement]]] = field(default_factory=list)
    doubtful: set[str] = field(default_factory=set)
    removed: Stated[RemoveServiceStatement] | None = None

    def stated(self, option: str) -> Stated[ServiceStatement] | Stated[SetServiceStatement]:
        """The statement with the words of an option, by its keyword."""
        return self.changed.get(option, self.defined)

    def statements_of(self, option: str) -> list[Stated[ServiceStatement] | Stated[SetServiceStatement]]:
        """The statements with the words of an option, by its keyword, also of those that a later one replaces."""
        return [self.defined, *[stated for keyword, stated in self.given if keyword == option]]


@dataclass(slots=True)
class ServiceHistory:
    """All lives of one name, the faults found in them, and the life that each statement uses.

    Filled by one fold, then only read.
    """

    lives: list[ServiceLife] = field(default_factory=list)
    found: list[AnyFound] = field(default_factory=list)
    uses: dict[int, ServiceLife] = field(default_factory=dict)

    @property
    def current(self) -> ServiceLife | None:
        """The life that lasts to the end of the script."""
        return self.lives[-1] if self.lives and self.lives[-1].removed is None else None


def service_word(node: ServiceFact, name: str) -> Name:
    """The word with the name of a service in a statement about it; the first one."""
    if isinstance(node, PoolStatement):
        return next(word for word in node.services if word.value == name)
    return _word(node.name if isinstance(node, ServiceStatement) else node.service)


def fold_service(name: str, facts: list[Stated[ServiceFact]]) -> ServiceHistory:
    """Processes the facts about one service in their order."""
    history = ServiceHistory()
    definitions = [cast("Stated[ServiceStatement]", fact) for fact in facts if type(fact.node) is ServiceStatement]
    last = definitions[-1] if definitions else None
    for stated in facts:
        node = stated.node
        if isinstance(node, ServiceStatement):
            _define(history, cast("Stated[ServiceStatement]", stated))
        elif history.current is None:
            gone = history.lives[-1].removed if history.lives else None
            history.found.append(_undefined(stated, service_word(node, name), last, gone))
        else:
            _use(history, history.current, name, stated, node)
    for life in history.lives:
        if life.removed is not None:
            history.found.append(Found(life.defined, NoEffect(_word(life.node.name)), life.removed))
    return history


def _define(history: ServiceHistory, stated: Stated[ServiceStatement]) -> None:
    life = history.current
    if life is None:
        history.lives.append(ServiceLife(stated, stated.node))
    else:
        fault = DefinedTwice(_word(stated.node.name), Entity.SERVICE, _word(life.node.name))
        history.found.append(Found(stated, fault, life.defined))


def _use(
    history: ServiceHistory,
    life: ServiceLife,
    name: str,
    stated: AnyStated,
    node: SetServiceStatement | PoolStatement | ProbeStatement | RemoveServiceStatement | RemoveProbeStatement,
) -> None:
    history.uses[stated.rank] = life
    match node:
        case RemoveServiceStatement():
            life.removed = cast("Stated[RemoveServiceStatement]", stated)
        case SetServiceStatement():
            _change(history, life, cast("Stated[SetServiceStatement]", stated))
        case PoolStatement() if life.pool is not None:
            fault = SecondPool(service_word(node, name), _word(life.pool.node.name))
            history.found.append(Found(stated, fault, life.pool))
        case PoolStatement():
            life.pool = cast("Stated[PoolStatement]", stated)
            again = [word for word in node.services if word.value == name][1:]
            history.found += [Found(stated, SecondPool(word, _word(node.name)), stated) for word in again]
        case ProbeStatement() if life.probe is not None:
            word = service_word(node, name)
            history.found.append(Found(stated, SecondProbe(word, _word(life.probe.node.service)), life.probe))
        case ProbeStatement():
            life.probe = cast("Stated[ProbeStatement]", stated)
        case RemoveProbeStatement() if life.probe is None:
            history.found.append(Found(stated, NotGiven(service_word(node, name), None)))
        case RemoveProbeStatement():
            history.found.append(Found(life.probe, NoEffect(_word(life.probe.node.service)), stated))
            life.probe = None
        case _:
            assert_never(node)


def _change(history: ServiceHistory, life: ServiceLife, stated: Stated[SetServiceStatement]) -> None:
    """Gives or takes away each option of a `set`. An option that cannot be read changes nothing.

    What an unreadable statement meant to change is in doubt: nothing is said of a later `set` that changes nothing.
    """
    node, address, service = stated.node, life.node.address, _word(life.node.name).text
    history.found += [Found(stated, fault) for fault in long_prefix(address and address.value, node.prefix)]
    for option in SERVICE_OPTIONS:
        gone = next((token for token in node.absent if token.value == option.keyword), None)
        word = option_word(node, option) or gone
        if word is None:
            continue
        if not _is_readable(node, option) or (gone is not None and word is not gone):
            life.doubtful.add(option.keyword)
            continue
        before, what = life.changed.get(option.keyword), f"`{option.keyword}` of `{service}`"
        if _values(node, option) == _values(life.node, option):
            if option.keyword not in life.doubtful:
                history.found.append(Found(stated, NoEffect(word, what), life.stated(option.keyword)))
            continue
        if before is not None:
            history.found.append(Found(before, NoEffect(_word_at(before.node, option), what), stated))
        life.given.append((option.keyword, stated))
        life.node = life.node._replace(**{field: getattr(node, field) for field in option.fields})
        life.changed[option.keyword] = stated


def _word_at(node: SetServiceStatement, option: Option) -> Token[object]:
    """The word that gives an option, or takes it away."""
    word = option_word(node, option)
    return word if word is not None else next(token for token in node.absent if token.value == option.keyword)


def _is_readable(node: SetServiceStatement, option: Option) -> bool:
    return all(value is not None for values in _values(node, option) for value in values)


def _values(node: ServiceStatement | SetServiceStatement, option: Option) -> list[frozenset[object]]:
    """What an option says, field by field."""
    return [frozenset(token.value for token in _tokens(getattr(node, field))) for field in option.fields]


def _tokens(words: Token[object] | tuple[Token[object], ...] | None) -> tuple[Token[object], ...]:
    return (words,) if isinstance(words, Token) else words or ()


def _undefined(
    at: AnyStated, name: Name | None, last: Stated[ServiceStatement] | None, gone: AnyStated | None
) -> AnyFound:
    """The fault of a name that is defined only further down (LB103), or that was removed or never defined."""
    if last is not None and last.rank > at.rank:
        return Found(at, UsedAbove(_word(name), Entity.SERVICE, _word(last.node.name)), last)
    return Found(at, Undefined(_word(name), Entity.SERVICE), gone)


def _word(name: Name | None) -> Name:
    assert name is not None  # facts are filed under readable names
    return name
