"""The examples are sound, and every backend that can express an example renders it, the same each time."""

from __future__ import annotations

from pathlib import Path

import pytest

from lbsh import app
from lbsh.files import read_source
from lbsh_lang.diagnostics import Severity

EXAMPLES = Path(__file__).parents[1] / "examples"
BACKENDS = [("iptables", None), ("nftables", None), ("pf", "freebsd-14"), ("pf", "freebsd-15")]
REFUSED = {(name, "pf", target) for name in ("isp", "mail-farm") for target in ("freebsd-14", "freebsd-15")}
"""These ask for what PF lacks; isp-core.lb, which isp.lb includes, is for every filter."""


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.lb")))
def test_example_has_no_findings(name: str) -> None:
    assert app.check_source(read_source(str(EXAMPLES / f"{name}.lb"))).diagnostics == ()


@pytest.mark.parametrize(("backend", "target"), BACKENDS)
@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.lb")))
def test_example_is_written_by_every_backend_that_can(name: str, backend: str, target: str | None) -> None:
    request = app.choose(backend, target)
    source = read_source(str(EXAMPLES / f"{name}.lb"))
    checked = app.check_source(source, request)
    errors = {one.code for one in checked.diagnostics if one.severity is Severity.ERROR}
    if (name, backend, target) in REFUSED:
        assert errors == {"LB401"}
        return
    assert errors == set()
    artifact = app.render(checked.site, request)
    assert artifact == app.render(app.check_source(source, request).site, request)
    for service in checked.site.services:
        assert service.origin.place in artifact.text
        assert service.name in artifact.text


def test_the_built_in_backends_load() -> None:
    assert [backend.name for backend in app.all_backends()] == ["iptables", "nftables", "pf"]
    assert app.broken_backends() == ()
    assert app.broken_methods() == ()
