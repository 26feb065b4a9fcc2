"""The state of a device in words."""

from __future__ import annotations

from lbsh.gateway.status import Device, device_text
from tests.gateway.world import NOW


def test_the_first_lines_say_what_is_wrong_and_what_is_unknown() -> None:
    fine = Device(3, "nftables", "", (), NOW)
    assert list(device_text(fine, NOW + 754_000)) == ["revision 3, driver nftables [0 days, 00:12:34]"]
    assert list(device_text(fine._replace(trouble="nft hangs"), NOW))[1:] == ["not loaded: nft hangs"]
    assert list(device_text(fine._replace(drift=("a table is gone",)), NOW))[1:] == [
        "changed by others: a table is gone"
    ]
    assert list(device_text(fine._replace(unseen="must be root"), NOW))[1:] == [
        "whether others changed rules is unknown: must be root"
    ]
    assert list(device_text(Device(0, "none", "", (), None), NOW)) == [
        "nothing runs yet: `lbsh apply FILE` makes a script the one that this device runs"
    ]
