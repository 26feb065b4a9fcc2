"""Compiles a grammar of lines into an automaton, with Lark's help. Lark is imported only when something is compiled.

Theory of operation. From a grammar Lark makes a parser that keeps a stack of numbered states. A statement's rules may repeat
their parts but must not nest, so only a limited number of stacks occurs, and each is a situation of the automaton. The
compiler finds them from the empty line on: in each situation it tries every piece of a shape, as the terminal that
Lark's lexer would make of it there, with the table of Lark's parser. Then it merges situations with the same
continuations (Moore's algorithm), except the first.

Rules that nest put a state on the stack twice. The part between the two could be repeated, and the stack would grow
without end: with `list: ITEM | ITEM "," list` a further `ITEM ","` leads from a state to the same state, one storey
higher. `list: ITEM ("," ITEM)*` describes the same lines, and returns to the stack that was there before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from oyster.automaton import END, KINDS, Automaton, Shape, pieces_of_terminals
from oyster.grammar import NOTHING, GrammarError, Terminals, expanded, line_at, terminals_of, whole, without_comments

SUPPORTED = "lark>=1.2,<2"
"""The releases of Lark whose tables are understood."""

Stack = tuple[int, ...]


def compile_grammar(text: str, base: Automaton | None = None) -> Automaton:
    """The automaton of a grammar, written as `oyster.grammar` says. Raises `GrammarError`.

    With `base` the grammar describes statements to add to that language (`oyster.join`). It may use the keywords and
    terminals of `base`; each of its statements begins with a keyword of its own, and it reserves no word. The automaton
    knows the words of both, and the added statements alone.
    """
    text = without_comments(text)
    terminals = terminals_of(text, base or NOTHING)
    table = _table_of(text, whole(text, terminals))
    _refuse_unused(terminals, table)
    kept = table.symbols | {*(base or NOTHING).terminals}
    classes = {name: made for name, made in terminals.classes.items() if name in kept}
    automaton = _automaton(_situations(terminals, table, text), terminals._replace(classes=classes))
    if base:
        _refuse_as_extension(text, terminals, automaton, base)
    return automaton


# Lark's table


class ParseTable(NamedTuple):
    """An LALR parser: where the symbols of rules lead from a state, and which rule is complete there before a terminal.

    A complete rule is its name with the number of its symbols. `rules` are the rules with their symbols.
    """

    shifts: dict[int, dict[str, int]]
    reductions: dict[int, dict[str, tuple[str, int]]]
    rules: tuple[tuple[str, tuple[str, ...]], ...]
    start: int
    end: int

    @property
    def symbols(self) -> set[str]:
        return {symbol for _, symbols in self.rules for symbol in symbols}

    def after(self, stack: Stack, terminal: str) -> Stack | None:
        """The stack after one more terminal, None if it cannot come next. Raises `_Nesting`."""
        while terminal not in self.shifts[stack[-1]]:
            if terminal not in self.reductions[stack[-1]]:
                return None
            rule, size = self.reductions[stack[-1]][terminal]
            below = stack[: len(stack) - size]
            stack = _pushed(below, self.shifts[below[-1]][rule])
            if stack[-1] == self.end:
                return stack
        return _pushed(stack, self.shifts[stack[-1]][terminal])


class _Nesting(Exception):
    """A state is on a stack twice."""


def _pushed(stack: Stack, state: int) -> Stack:
    if state in stack:
        raise _Nesting
    return (*stack, state)


class _Symbol(Protocol):
    name: str


class _Rule(Protocol):
    """A rule as Lark has it in its table."""

    origin: _Symbol
    expansion: list[_Symbol]


class _LarkTable(Protocol):
    """The table as Lark makes it: an action is its kind with the next state, if it shifts, or the rule that is complete."""

    states: dict[int, dict[str, tuple[object, int | _Rule]]]
    start_states: dict[str, int]
    end_states: dict[str, int]


def _table_of(text: str, full: str) -> ParseTable:
    """The parser that Lark makes of a whole grammar. Errors name the lines of `text`, the grammar as it was written."""
    try:
        import lark  # noqa: PLC0415 (it takes as long as some thousand lines of a script)
        from lark.exceptions import LarkError  # noqa: PLC0415
    except ImportError as error:
        raise GrammarError(f"a grammar is compiled with Lark, and {SUPPORTED} is not installed: {error}") from error
    try:
        return _read_table(_parse_table(full))
    except LarkError as error:
        raise _refusal(text, str(error)) from error
    except (AttributeError, ImportError, KeyError, TypeError, ValueError) as error:
        reason = f"Lark {lark.__version__} keeps its tables in a way that is not understood here; {SUPPORTED} is needed"
        raise GrammarError(reason) from error


def _parse_table(full: str) -> _LarkTable:
    """Lark's table. May raise Lark's errors, and AttributeError and the like if Lark has another layout."""
    from lark import Lark, Token  # noqa: PLC0415
    from lark.lexer import Lexer  # noqa: PLC0415

    class NoLexer(Lexer):
        """Words are never read here, and making Lark's own lexer takes as long as all else."""

        def __init__(self, conf: object) -> None:
            pass

        def lex(self, lexer_state: object, parser_state: object) -> Iterator[Token]:
            return iter(())

    made: _LarkTable = Lark(full, parser="lalr", lexer=NoLexer).parser.parser.parser.parse_table
    return made


def _read_table(made: _LarkTable) -> ParseTable:
    """Lark's table as a value without Lark's objects."""
    shifts: dict[int, dict[str, int]] = {}
    reductions: dict[int, dict[str, tuple[str, int]]] = {}
    rules: dict[tuple[str, tuple[str, ...]], None] = {}
    for state, actions in made.states.items():
        shifts[state], reductions[state] = {}, {}
        for symbol, (_, target) in actions.items():
            if isinstance(target, int):
                shifts[state][str(symbol)] = target
            else:
                name, symbols = str(target.origin.name), tuple([str(part.name) for part in target.expansion])
                reductions[state][str(symbol)] = (name, len(symbols))
                rules[name, symbols] = None
    return ParseTable(shifts, reductions, tuple(rules), made.start_states["start"], made.end_states["start"])


_PLACE = re.compile(r",? at line (\d+),? column (\d+)")
_QUOTED = re.compile(r"'(\w+)'")
_RULE = re.compile(r"<(\w+) : [^>]*>")


def _refusal(text: str, message: str) -> GrammarError:
    """Lark's error about a grammar, in one line, with the line of the grammar."""
    if "<start : >" in message:
        return GrammarError("the rule `statement` can be empty; a line without words is no statement")
    if "Reduce/Reduce" in message:
        rules = sorted({match[0]: match[1] for match in _RULE.finditer(message)}.items())
        reason = f"the same words are {' and '.join(rule for rule, _ in rules)}"
        return GrammarError(reason, min(filter(None, (_line_of(name, text) for _, name in rules)), default=None))
    reason, line = " ".join(message.split()), None
    place, name = _PLACE.search(message), _QUOTED.search(message)
    if place:
        reason = f"{message[: place.start()]} in column {place[2]}"
        line = min(int(place[1]), line_at(text.rstrip(), len(text)))  # what comes behind is the compiler's
    elif name:
        line = _line_of(name[1], text)
    return GrammarError(reason[0].lower() + reason[1:], line)


def _line_of(name: str, text: str) -> int | None:
    """The line in which a rule is defined; else the first that has the name."""
    found = re.search(rf"^[ \t?!]*{name}\b", text, re.MULTILINE) or re.search(rf"\b{name}\b", text)
    return line_at(text, found.end()) if found else None


def _refuse_unused(terminals: Terminals, table: ParseTable) -> None:
    """Refuses terminals that no rule uses."""
    used = table.symbols
    for one in terminals.own.values():
        if one.name not in used:
            raise GrammarError(f"{one.name} is in no rule that a statement uses", one.line)


# Situations


class _Situation(NamedTuple):
    """The possible continuations: pieces with their terminals and the situation after them, in the order of the grammar."""

    moves: dict[str, tuple[str, int]]
    may_end: bool


def _situations(terminals: Terminals, table: ParseTable, text: str) -> list[_Situation]:
    """A situation for each stack that the beginning of a line can leave behind."""
    lexer = _Lexer(terminals, table)
    shapes: dict[Stack, Shape] = {(table.start,): ()}
    numbers = dict.fromkeys(shapes, 0)
    waiting = [*numbers]
    found = []
    for stack in waiting:  # grows meanwhile
        moves: dict[str, tuple[str, int]] = {}
        try:
            may_end = table.after(stack, END) is not None
            for terminal, pieces in lexer.read(stack[-1], shapes[stack]):
                after = table.after(stack, terminal)
                if after is None:
                    continue
                if not pieces:
                    raise lexer.shadowed(terminal, shapes[stack])
                if after not in numbers:
                    numbers[after] = len(waiting)
                    shapes[after] = (*shapes[stack], pieces[0])
                    waiting.append(after)
                moves |= dict.fromkeys(pieces, (terminal, numbers[after]))
        except _Nesting:
            raise _nesting(text, table) from None
        found.append(_Situation(moves, may_end))
    return found


class _Lexer:
    """The terminal of each piece in a state, as Lark's contextual lexer decides.

    Of the terminals that the state knows, keywords come first, then those with the highest priority.
    """

    def __init__(self, terminals: Terminals, table: ParseTable) -> None:
        self._terminals = terminals
        self._table = table
        self._admitted = pieces_of_terminals(terminals.keywords, terminals.reserved, terminals.classes)

    def read(self, state: int, shape: Shape) -> list[tuple[str, list[str]]]:
        """The terminals in the order of the grammar, each with its pieces. The shape is for messages."""
        known = [name for name in self._admitted if self._is_known(state, name)]
        claimed: dict[str, str] = {}
        for name in sorted(known, key=self._rank):
            for piece in self._admitted[name]:
                first = claimed.setdefault(piece, name)
                if self._rank(first) == self._rank(name) and first != name:
                    raise self._either(first, name, shape)
        read: dict[str, list[str]] = {name: [] for name in known}
        for piece in (*KINDS, *self._terminals.keywords):
            if piece in claimed:
                read[claimed[piece]].append(piece)
        return [*read.items()]

    def _either(self, first: str, second: str, shape: Shape) -> GrammarError:
        reason = f"{_place(shape)} a word can be {first} or {second}; a priority would decide"
        return GrammarError(reason, self._line_of(first, second))

    def shadowed(self, name: str, shape: Shape) -> GrammarError:
        """The error for a terminal that no piece is read as, though the grammar expects it."""
        return GrammarError(f"{_place(shape)} every {name} is read as another terminal", self._line_of(name))

    def _line_of(self, *names: str) -> int | None:
        return max([self._terminals.own[name].line for name in names if name in self._terminals.own], default=None)

    def _is_known(self, state: int, name: str) -> bool:
        return name in self._table.shifts[state] or name in self._table.reductions[state]

    def _rank(self, name: str) -> tuple[bool, int]:
        is_keyword = name not in self._terminals.classes
        return not is_keyword, 0 if is_keyword else -self._terminals.priority(name)


def _place(shape: Shape) -> str:
    return f"after `{' '.join(shape)}`" if shape else "at the beginning"


def _nesting(text: str, table: ParseTable) -> GrammarError:
    """The error for rules that nest, at the first rule that contains itself behind its first symbol."""
    inner = {name: {part for rule, parts in table.rules if rule == name for part in parts} for name, _ in table.rules}
    for name, symbols in table.rules:
        if not name.startswith("__") and any(name in _within(symbol, inner) for symbol in symbols[1:]):
            rule = name.partition("{")[0]  # of a template
            reason = f"a statement nests in another: the rule `{rule}` contains itself; repeat a part with `*` instead"
            return GrammarError(reason, _line_of(rule, text))
    return GrammarError("a statement nests in another; repeat a part with `*` instead")


def _within(symbol: str, inner: dict[str, set[str]]) -> set[str]:
    """A symbol with all that it can contain."""
    found, waiting = {symbol}, [symbol]
    while waiting:
        new = inner.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _automaton(situations: list[_Situation], terminals: Terminals) -> Automaton:
    """The automaton with the fewest situations that tell all continuations apart."""
    classes = _alike(situations)
    first = [classes.index(number) for number in range(max(classes) + 1)]
    moves = [
        {piece: (terminal, classes[after]) for piece, (terminal, after) in situations[one].moves.items()}
        for one in first
    ]
    ends = frozenset(number for number, one in enumerate(first) if situations[one].may_end)
    return Automaton(terminals.keywords, terminals.reserved, terminals.classes, tuple(moves), ends)


def _alike(situations: list[_Situation]) -> list[int]:
    """A number for each situation, the same for situations with the same continuations."""
    classes = [0] * len(situations)
    while True:
        rows = [
            (
                place == 0,
                one.may_end,
                tuple([(piece, name, classes[after]) for piece, (name, after) in one.moves.items()]),
            )
            for place, one in enumerate(situations)
        ]
        numbers = {row: number for number, row in enumerate(dict.fromkeys(rows))}
        finer = [numbers[row] for row in rows]
        if finer == classes:
            return classes
        classes = finer


def _refuse_as_extension(text: str, terminals: Terminals, automaton: Automaton, base: Automaton) -> None:
    """Refuses an extension that would change the language that it extends."""
    for one in terminals.own.values():
        if one.is_keyword and one.priority > 0:
            raise GrammarError(f"{one.parts[0]} has a priority, but an extension reserves no word", one.line)
    for name, _ in automaton.moves[0].values():
        if name in terminals.classes or name in base.keywords.values():
            reason = f"a statement begins with {name}; those of an extension begin with a keyword of their own"
            raise GrammarError(reason, _line_of(name, text))


__all__ = ["SUPPORTED", "GrammarError", "compile_grammar", "expanded"]
