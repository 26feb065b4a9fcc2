"""Any number of generated sites: `python -m tests.agreement [N] [--seed S]`, or `make agree N=…`.

Prints the numbers of cases, of agreements, and of sites with each feature and of those that a backend refuses. Exit
status: 0 if all agree, 1 at a disagreement, which is shown with the smallest script and packet that have it, and also if
a feature was not tried: it is too seldom in the sites, or every backend refuses it.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.agreement.cases import FEATURES, Case, cases
from tests.agreement.claims import Sources
from tests.agreement.judge import ENOUGH, Disagreement, Party, Tally, judge, kernels, readers, untried
from tests.agreement.wires import Wires
from tests.system.conftest import missing_here


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.agreement", description="Tracer and packet filters agree.")
    parser.add_argument("sites", type=int, nargs="?", default=1000, metavar="N", help="how many sites (default: 1000)")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6), help="the same seed gives the same sites")
    chosen = parser.parse_args(arguments)
    missing = missing_here()
    print(f"{chosen.sites} sites, seed {chosen.seed}", flush=True)
    with ExitStack() as stack:
        parties = readers()
        if missing:
            print(f"no packets are sent, only rules are read: {missing}", flush=True)
        else:
            parties += kernels(stack.enter_context(Wires()), stack.enter_context(Wires()))
        return _run(chosen.sites, chosen.seed, parties)


def _run(sites: int, number: int, parties: Sequence[Party]) -> int:
    tally, sources, started = Tally(), Sources(), time.monotonic()

    @seed(number)
    @settings(
        max_examples=sites,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def agree(case: Case) -> None:
        judge(case, parties, tally, sources)

    try:
        agree()
    except Disagreement as found:
        print(f"{found}\n\n{tally.sites} sites were tried, those for the sake of a smaller script among them")
        return 1
    _report(tally, parties, time.monotonic() - started)
    lacking = list(untried(tally, parties)) if sites >= ENOUGH else []
    print("\n".join(f"not tried: {one}" for one in lacking))
    return 1 if lacking else 0


def _report(tally: Tally, parties: Sequence[Party], seconds: float) -> None:
    size = f"{tally.sites} sites, {tally.packets} packets in {tally.connections} connections for each filter"
    print(f"{size}; {seconds:.0f} s, {1000 * seconds / max(tally.sites, 1):.0f} ms a site\n")
    print(f"{'':<26}{'agree':>7}{'LB401':>7}")
    for party in parties:
        print(f"{party.name:<26}{tally.agreed[party.name]:>7}{tally.refused[party.name]:>7}")
    print("\npackets, by where they come from and what becomes of them")
    for outcome, count in tally.outcomes.most_common():
        print(f"  {outcome:<32}{count:>7}")
    backends = sorted({party.backend.name for party in parties})
    print(f"\n{'sites that have':<34}{'':>7}" + "".join(f"{f'LB401 {name}':>16}" for name in backends))
    for feature in sorted(FEATURES, key=lambda one: -tally.features[one]):
        refused = "".join(f"{tally.refused_by(name, parties, feature):>16}" for name in backends)
        print(f"  {feature:<32}{tally.features[feature]:>7}{refused}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
