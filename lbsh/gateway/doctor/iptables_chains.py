"""The built-in chains of iptables with all that they lead to, from what `iptables-save` prints. Starts no program."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from lbsh.drivers.iptables_saved import read_saved
from lbsh.gateway.doctor.walk import Base, Field, Rule, Test, Verdict
from lbsh_lang.values import Family

_OWN = re.compile(r"LBSH(\.[a-z0-9]+)?[-/]")
_HOOKS = {
    ("filter", "FORWARD"): ("filter", "forward", 0),
    ("filter", "INPUT"): ("filter", "input", 0),
    ("filter", "OUTPUT"): ("filter", "output", 0),
    ("mangle", "PREROUTING"): ("filter", "prerouting", -150),
    ("mangle", "INPUT"): ("filter", "input", -150),
    ("nat", "PREROUTING"): ("nat", "prerouting", -100),
}
_VERDICTS = {
    "ACCEPT": Verdict.ACCEPT,
    "DROP": Verdict.DROP,
    "REJECT": Verdict.DROP,
    "RETURN": Verdict.RETURN,
    "DNAT": Verdict.TRANSLATE,
    "REDIRECT": Verdict.TRANSLATE,
    "NETMAP": Verdict.TRANSLATE,
    "QUEUE": Verdict.ACCEPT,
    "NFQUEUE": Verdict.ACCEPT,
}
_FIELDS = {
    "-i": Field.INPUT,
    "-o": Field.OUTPUT,
    "-p": Field.PROTOCOL,
    "-d": Field.DESTINATION,
    "--dport": Field.PORT,
    "--dports": Field.PORT,
    "--ctstate": Field.STATE,
    "--state": Field.STATE,
    "--dst-type": Field.KIND,
}
_SILENT = {"-m", "--comment"}
"""Options with a value that test nothing by themselves."""


def chains_of(text: str, family: Family) -> Iterator[Base]:
    """The chains of others that the kernel calls. Of those that lead to rules of lbsh, what comes before these."""
    saved, policies = read_saved(text), _policies(text)
    for (table, name), (kind, hook, priority) in _HOOKS.items():
        if name not in saved.get(table, {}):
            continue
        chains = {chain: [*_rules(chain, rules, name)] for chain, rules in saved[table].items()}
        keeper, label = ("iptables", "ip") if family == 4 else ("ip6tables", "ip6")
        policy = policies.get((table, name), Verdict.ACCEPT)
        yield Base(keeper, f"{label} {table}", name, kind, hook, priority, policy, chains)


def _policies(text: str) -> dict[tuple[str, str], Verdict]:
    found, table = {}, ""
    for line in text.splitlines():
        if line.startswith("*"):
            table = line[1:].strip()
        elif line.startswith(":"):
            name, policy = (*line[1:].split(" "), "")[:2]
            found[table, name] = Verdict.DROP if policy == "DROP" else Verdict.ACCEPT
    return found


def _rules(chain: str, rules: Sequence[str], builtin: str) -> Iterator[Rule]:
    """The rules of a chain. The rules of lbsh translate what is theirs, before all that stands behind them."""
    for text in rules:
        try:
            words = shlex.split(text)
        except ValueError:
            continue
        rule = _rule(words, chain, text)
        if rule is None:
            continue
        if not _OWN.match(rule.target):
            yield rule
        elif builtin == "PREROUTING":
            return


def _rule(words: Sequence[str], chain: str, text: str) -> Rule | None:
    tests: list[Test] = []
    at, is_negated = 0, False
    while at < len(words):
        word = words[at]
        if word == "!":
            is_negated, at = True, at + 1
            continue
        if word in {"-j", "-g"} and at + 1 < len(words):
            return _ending(tests, word, words[at + 1], f"-A {chain} {text}")
        end = at + 1
        while end < len(words) and not words[end].startswith("-") and words[end] != "!":
            end += 1
        if word == "--comment":
            end = at + 2  # a comment may be any word
        if word not in _SILENT:
            tests.append(_test(word, words[at + 1 : end], is_negated))
        at, is_negated = end, False
    return None


def _ending(tests: Sequence[Test], word: str, target: str, text: str) -> Rule | None:
    verdict = _VERDICTS.get(target)
    if verdict is not None:
        return Rule(tuple(tests), verdict, "", text)
    if target in {
        "LOG",
        "NFLOG",
        "MARK",
        "CONNMARK",
        "CT",
        "TCPMSS",
        "TRACE",
        "NOTRACK",
        "SET",
        "CLASSIFY",
        "TOS",
        "TTL",
    }:
        return None
    return Rule(tuple(tests), Verdict.JUMP if word == "-j" else Verdict.GOTO, target, text)


def _test(word: str, values: Sequence[str], is_negated: bool) -> Test:
    field = _FIELDS.get(word, Field.UNKNOWN)
    texts = tuple(text for one in values for text in one.split(","))
    match field:
        case Field.INPUT | Field.OUTPUT:
            texts = tuple(one[:-1] + "*" if one.endswith("+") else one for one in texts)
        case Field.PORT:
            texts = tuple(one.replace(":", "-") for one in texts)
        case Field.STATE | Field.KIND:
            texts = tuple(one.lower() for one in texts)
        case _:
            pass
    return Test(field, texts, is_negated)
