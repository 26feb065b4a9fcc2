"""What `help` says of statements: their notation and an example, in the form of the paper's Fig. 8."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lbsh_lang.syntax.nodes import ALL_FORMS, Form

EXAMPLES: dict[str, str] = {
    "interface": "interface external xl0",
    "external addr": "external addr 62.103.127.153",
    "external net": "external net 62.103.127.144/28",
    "external gw": "external gw 62.103.127.158 on xl0",
    "internal net": "internal net 192.168.1.0/24",
    "internal gw": "internal gw 192.168.1.1",
    "keep source": "keep source to 10.8.0.0/16",
    "service": "service LDAP is 62.103.127.157 tcp 389 reflect",
    "pool": "pool ldap for LDAP",
    "add": "add 192.168.1.100 to some_pool_name",
    "remove": "remove 192.168.1.100 from some_pool_name",
    "remove probe": "remove probe LDAP",
    "remove interface": "remove interface external xl0",
    "remove external": "remove external addr 62.103.127.153",
    "remove internal": "remove internal net 192.168.1.0/24",
    "remove keep": "remove keep source to 10.8.0.0/16",
    "remove failover": "remove failover sync",
    "set": "set 192.168.1.100 in some_pool_name weight 3",
    "probe": "probe LDAP with ldap every 3s",
    "drain": 'drain 192.168.1.100 from some_pool_name for 2h because "new disk"',
    "resume": "resume 192.168.1.100 in some_pool_name",
    "down": 'down 192.168.1.100 from some_pool_name because "bad answers"',
    "up": "up 192.168.1.100 in some_pool_name",
    "failover device": "failover device daemon1",
    "failover sync": "failover sync xl2",
    "failover watch": "failover watch 62.103.127.158",
    "failover password": 'failover password file "/etc/lbsh/password"',
    "failover key": 'failover key file "/etc/lbsh/key"',
    "include": 'include "pools.lb"',
    "status": "status some_pool_name",
    "save": "save",
    "help": "help add",
}
"""An example of each statement, by its first words."""


_OF_THE_SYSTEM = "IFNAME"
"""A part that names something of the operating system, so that its statements need an explanation."""


def help_lines(topic: str | None) -> Iterator[str]:
    """The help on the statements that begin with a word: syntax and example, as in the paper's Fig. 8, or what stands in
    its last listing, where a part names something of the operating system. Without a word, the first words of all."""
    if topic is None:
        yield from dict.fromkeys(form.head for form in ALL_FORMS)
        return
    forms = [form for form in ALL_FORMS if topic in (form.head, form.head.split()[0])]
    if any(_OF_THE_SYSTEM in simplest(usage) for form in forms for usage in form.usage):
        yield from described(forms)
        return
    yield from (f"Syntax: {quoted(simplest(usage))}" for form in forms for usage in form.usage)
    yield from _examples(forms)


def described(forms: Sequence[Form]) -> Iterator[str]:
    """All about statements: name, class, usage, where, what they do, and an example, as in the paper's last listing."""
    from lbsh_lang.analysis import LBSH, statement_parts  # noqa: PLC0415 -- the analysis takes long to import

    for form in forms:
        yield f"name: lb.{form.head}"
        yield f"class: {form.node.__name__}"
        yield from (f"usage: {quoted(usage)}" for usage in form.usage)
        for number, (part, meaning) in enumerate(statement_parts(LBSH, form)):
            yield f"{'       ' if number else 'where: '}{part}: {meaning}"
    yield from _examples(forms)


def _examples(forms: Sequence[Form]) -> Iterator[str]:
    yield from (f"Example: {EXAMPLES[head]}" for head in dict.fromkeys(form.head for form in forms))


def simplest(usage: str) -> str:
    """A notation without what may be left out, for one address: `add IP to POOL`."""
    while "[" in usage:
        usage = re.sub(r" ?\[[^\[\]]*\]", "", usage)
    return re.sub(r"\bTARGET\b", "IP", usage)


def quoted(usage: str) -> str:
    """A notation with its keywords in quotes, as the paper has them: `'add' IP 'to' POOL`."""
    return re.sub(r"[a-z][a-z-]*", lambda word: f"'{word.group()}'", usage)
