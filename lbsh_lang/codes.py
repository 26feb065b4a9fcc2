"""The codes of findings. A code is never reused; the number of a removed code stays taken."""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """A kind of finding. Its check, in `lbsh_lang.checks`, states its title, its severity and its page.

    The hundreds: 0 lines, 1 names, 2 values, 3 the meaning as a whole, 4 packet filters, 5 probes, 6 the highly available
    pair, 7 the shell and comments.
    """

    LB001 = "LB001"
    LB002 = "LB002"
    LB003 = "LB003"
    LB004 = "LB004"
    LB101 = "LB101"
    LB102 = "LB102"
    LB103 = "LB103"
    LB104 = "LB104"
    LB105 = "LB105"
    LB106 = "LB106"
    LB107 = "LB107"
    LB108 = "LB108"
    LB109 = "LB109"
    LB201 = "LB201"
    LB202 = "LB202"
    LB203 = "LB203"
    LB204 = "LB204"
    LB205 = "LB205"
    LB206 = "LB206"
    LB207 = "LB207"
    LB208 = "LB208"
    LB301 = "LB301"
    LB302 = "LB302"
    LB303 = "LB303"
    LB304 = "LB304"
    LB305 = "LB305"
    LB306 = "LB306"
    LB307 = "LB307"
    LB309 = "LB309"
    LB310 = "LB310"
    LB311 = "LB311"
    LB312 = "LB312"
    LB313 = "LB313"
    LB314 = "LB314"
    LB315 = "LB315"
    LB316 = "LB316"
    LB317 = "LB317"
    LB401 = "LB401"
    LB402 = "LB402"
    LB403 = "LB403"
    LB501 = "LB501"
    LB502 = "LB502"
    LB503 = "LB503"
    LB504 = "LB504"
    LB505 = "LB505"
    LB601 = "LB601"
    LB602 = "LB602"
    LB701 = "LB701"
    LB702 = "LB702"
