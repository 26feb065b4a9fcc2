"""What `help` says of statements: their notation and an example, in the form of the paper's Fig. 8."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lbsh_lang.syntax.nodes import ALL_FORMS

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


def help_lines(topic: str | None) -> Iterator[str]:
    """The notation of the statements that begin with a word, or, without one, the first words of all."""
    if topic is None:
        yield from dict.fromkeys(form.head for form in ALL_FORMS)
        return
    shown = set()
    for form in ALL_FORMS:
        if topic in (form.head, form.head.split()[0]):
            yield from (f"Syntax: {quoted(usage)}" for usage in form.usage)
            shown.add(form.head)
    yield from (f"Example: {EXAMPLES[head]}" for head in EXAMPLES if head in shown)


def quoted(usage: str) -> str:
    """A notation with its keywords in quotes, as the paper has them: `'add' IP 'to' POOL`."""
    return re.sub(r"[a-z][a-z-]*", lambda word: f"'{word.group()}'", usage)
