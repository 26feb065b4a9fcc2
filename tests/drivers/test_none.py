"""The driver of no filter says what another one would do."""

from __future__ import annotations

from io import StringIO

from lbsh.drivers.none import NoDriver
from lbsh.drivers.protocol import Observed, Target
from lbsh_lang.backends.base import Artifact, Line, Options
from lbsh_lang.values import Address, Protocol

SERVICE, SERVER = Address(4, 0xCB00710A), Address(4, 0x0A000001)


def test_it_prints_what_it_does_not_do() -> None:
    out = StringIO()
    driver, rules, options = NoDriver(out), Artifact((Line("# rules"), Line("a rule"))), Options("x")
    driver.test(rules)
    assert driver.load(rules, options) == driver.change(rules, options, {}) == {}
    driver.unload(options)
    pairs = tuple((port, port + 8000) for port in range(80, 90))
    targets = [Target(SERVICE, Protocol.TCP, pairs, SERVER), Target(SERVICE, Protocol.UDP, None, None)]
    assert driver.forget(targets) == driver.forget([]) == 0
    assert out.getvalue() == (
        "# The driver `none` loads nothing. Another one would load these rules:\n# rules\na rule\n"
        "# The driver `none` changes nothing. Another one would load this change:\n# rules\na rule\n"
        "# The driver `none` removes nothing. Another one would remove the rules `lbsh`.\n"
        "# The driver `none` ends no connection. Another one would end these:\n"
        "#   tcp to 203.0.113.10 on 10.0.0.1, ports 80 -> 8080, 81 -> 8081, 82 -> 8082, 83 -> 8083, 84 -> 8084, "
        "85 -> 8085, 86 -> 8086, 87 -> 8087 and 2 more\n"
        "#   udp to 203.0.113.10 without a server, all ports\n"
    )
    assert driver.unchanged({})
    assert driver.observe(rules, options, {}) == Observed((), {})
