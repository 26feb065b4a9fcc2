"""What is probed: the servers of each service that has a probe, stated or by default."""

from __future__ import annotations

from lbsh.poller.targets import targets_of
from tests.reading import site_of

SITE = """
interface external em0
service WEB is 203.0.113.1 tcp 80
service DNS is 203.0.113.1 udp 53
service BOTH is 203.0.113.1 tcp+udp 5353
service HTTPS is 203.0.113.1 tcp 443
service ALONE is 203.0.113.1 tcp 25
pool farm for WEB port 8080
pool dns for DNS, BOTH
pool tls for HTTPS
add 10.0.0.2, 10.0.0.3 to farm
add 10.0.0.2 to farm port 8081
add fd00::2 to dns
remove fd00::2 from dns
add 10.0.0.4 to dns
add 10.0.0.5 to tls
probe HTTPS with https port 8443 fall 3 recheck off
drain 10.0.0.2 port 8081 from farm
down 10.0.0.3 from farm
"""


def test_all_servers_of_probed_services_are_targets() -> None:
    """A tcp service is probed by default, and drained servers and those that are down by hand are probed too."""
    found = targets_of(site_of(SITE))
    assert [(one.server.service, str(one.address), one.port, one.probe.method) for one in found] == [
        ("WEB", "10.0.0.2", 8080, "tcp"),
        ("WEB", "10.0.0.3", 8080, "tcp"),
        ("WEB", "10.0.0.2", 8081, "tcp"),
        ("BOTH", "10.0.0.4", 5353, "tcp"),
        ("HTTPS", "10.0.0.5", 8443, "https"),
    ]
    assert [one.server.port for one in found] == [0, 0, 8081, 0, 0]
    assert {(one.probe.fall, one.probe.recheck) for one in found} == {(1, True), (3, False)}
