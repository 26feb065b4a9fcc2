"""Whether the poller's own end of a way works, asked in the network that it is in."""

from __future__ import annotations

from lbsh.poller.carrier import works
from tests.system.device import Device


def test_an_interface_works_while_it_has_a_carrier(bare: Device) -> None:
    here = bare.namespace
    here.configure("link add pair0 type veth peer name pair1", "link set pair0 up", "link set pair1 up")
    assert here.call(works, "pair0") is True
    here.configure("link set pair1 down")
    assert here.call(works, "pair0") is False
    here.configure("link set pair1 up", "link set pair0 down")
    assert here.call(works, "pair0") is False
    here.configure("link delete pair0")
    assert here.call(works, "pair0") is False


def test_nobody_can_tell_of_an_interface_without_a_name() -> None:
    assert works("") is None
    assert works("a-name-that-is-too-long") is None
