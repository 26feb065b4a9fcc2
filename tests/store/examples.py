"""Scripts, pools and statuses for tests of stores."""

from __future__ import annotations

from lbsh.store.protocol import Act, File, Node
from lbsh_lang.site.status import ServerId, State, Status
from lbsh_lang.values import Address

ACT = Act(1_700_000_000_000, "root", "192.168.1.9", "apply site.lb")
LATER = Act(1_700_000_001_000, "daphne", "", "run -c")
FILES = (
    File("site.lb", "/etc/lbsh/site.lb", "# the site\r\ninclude farm.lb\n"),
    File("farm.lb", "/etc/farm.lb", "\ufeffé\r"),
)
OTHER = (File("other.lb", "/etc/lbsh/other.lb", "service WEB 10.0.0.1 80\n"),)

ROOT = {"service_SMTP": "{ip: 62.103.127.154, port: 25, sticky: no}", "interface_internal": "xl1"}
MX = Node({"service": "SMTP"}, {"192.168.1.2": Node({}, None), "192.168.1.3:2525": Node({"wish": "drained"}, None)})
BOTH = Node({"service": "LDAP, LDAPS"}, {"2001:db8::1": Node({}, None), "[2001:db8::1]:636": Node({}, None)})
GONE = Node({}, {})

FIRST = ServerId("mx_pool", "SMTP", Address(4, 0xC0A80102))
SECOND = ServerId("mx_pool", "SMTP", Address(4, 0xC0A80103), 2525)
SIX = Address(6, 0x20010DB8 << 96 | 1)
DOWN = Status(State.DOWN, 1_700_000_000_123, 'no answer: "timed\nout" ')
UP = Status(State.UP, 1_700_000_009_000)
