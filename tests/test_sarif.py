"""The parts of SARIF besides the findings themselves: file names, related places, fixes, rules, failures."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lbsh import app
from lbsh_lang.checks import catalog
from lbsh_lang.diagnostics import Diagnostic
from lbsh_lang.source import Source
from tests.limits import LONGEST
from tests.test_outputs import BROKEN, VALIDATOR, checked, finding, rendered


def sarif_run(found: Sequence[Diagnostic], complaints: Sequence[str] = ()) -> dict[str, object]:
    log = json.loads(rendered("sarif", found, complaints))
    assert not list(VALIDATOR.iter_errors(log))
    run = log["runs"][0]
    assert isinstance(run, dict)
    return run


def test_the_schema_is_not_satisfied_by_just_anything() -> None:
    log = json.loads(rendered("sarif", [finding("a.lb")]))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0
    assert list(VALIDATOR.iter_errors(log))


WHERE = {
    ("site.lb", "/w/site.lb"): {"uri": "site.lb", "uriBaseId": "%SRCROOT%"},
    ("sub dir/a.lb", "/w/sub dir/a.lb"): {"uri": "sub%20dir/a.lb", "uriBaseId": "%SRCROOT%"},
    ("/etc/a.lb", "/etc/real.lb"): {"uri": "file:///etc/a.lb"},
    ("../a.lb", "/w/real.lb"): {"uri": "file:///w/real.lb"},
    ("<stdin>", "<stdin>"): {"uri": "%3Cstdin%3E", "description": {"text": "stdin"}},
}


@pytest.mark.parametrize(("name", "identity"), WHERE)
def test_sarif_says_where_a_file_is(name: str, identity: str) -> None:
    (result,) = _list(sarif_run([finding(name, identity=identity)])["results"])
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == WHERE[name, identity]


def _list(value: object) -> list[dict[str, list[dict[str, dict[str, object]]]]]:
    assert isinstance(value, list)
    return value


def test_sarif_has_the_other_places_and_the_fixes() -> None:
    (result,) = _list(sarif_run([finding("a.lb")])["results"])
    where = {"uri": "a.lb", "uriBaseId": "%SRCROOT%"}
    other = {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 4}
    assert result["relatedLocations"] == [
        {
            "id": 0,
            "physicalLocation": {"artifactLocation": where, "region": other},
            "message": {"text": "used [here\\](1)"},  # no link, whatever stands there
        }
    ]
    at_start = {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    assert result["fixes"] == [
        {
            "description": {"text": "write `{{}}`"},
            "artifactChanges": [
                {
                    "artifactLocation": where,
                    "replacements": [
                        {"deletedRegion": other, "insertedContent": {"text": ""}},
                        {"deletedRegion": at_start, "insertedContent": {"text": "# "}},
                    ],
                }
            ],
        }
    ]


def test_sarif_has_the_page_of_each_code_that_is_met() -> None:
    found = [one for path in BROKEN for one in checked(path)]
    tool = json.loads(rendered("sarif", found))["runs"][0]["tool"]["driver"]
    assert (tool["name"], tool["version"]) == ("lbsh", tool["semanticVersion"])
    assert [rule["id"] for rule in tool["rules"]] == sorted({one.code for one in found})
    for rule in tool["rules"]:
        page = catalog.PAGES[rule["id"]]
        assert re.fullmatch(r"([A-Z][a-z]*)+", rule["name"]), rule["name"]
        assert rule["shortDescription"]["text"] == page.title
        assert rule["fullDescription"]["text"] == " ".join(page.page.split("\n\n")[0].split())
        assert rule["help"]["markdown"] == rule["help"]["text"]


def test_sarif_says_that_something_was_not_looked_at() -> None:
    assert sarif_run([])["invocations"] == [{"executionSuccessful": True}]
    said = [{"level": "error", "message": {"text": "a.lb: no such file"}}]
    assert sarif_run([], ["a.lb: no such file"])["invocations"] == [
        {"executionSuccessful": False, "toolExecutionNotifications": said}
    ]


def fingerprints(text: str) -> list[str]:
    found = app.check_source(Source.of("a.lb", text)).diagnostics
    return [str(result["partialFingerprints"]["lbshLine/v1"]) for result in _prints(found)]


def _prints(found: Sequence[Diagnostic]) -> list[dict[str, dict[str, str]]]:
    results = json.loads(rendered("sarif", found))["runs"][0]["results"]
    assert isinstance(results, list)
    return results


def test_fingerprints_stay_when_lines_move_and_differ_between_findings() -> None:
    script = "pool q for NOBODY\nadd 1.2.3.4 to nowhere\nadd 1.2.3.4 to nowhere\n"
    before = fingerprints(script)
    assert len(set(before)) == len(before) == 3
    assert fingerprints("# a comment\n\n" + script.replace("pool q", "pool   q")) == before


def test_a_file_in_angle_brackets_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "<x>.lb").write_text("servce\n")
    done = subprocess.run(
        [sys.executable, "-m", "lbsh", "check", "--format", "sarif", "--", "<x>.lb"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        timeout=LONGEST,
        check=False,
    )
    place = json.loads(done.stdout)["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert (place["uri"], place["uriBaseId"]) == ("%3Cx%3E.lb", "%SRCROOT%")
