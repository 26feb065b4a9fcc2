"""Plans for programs: one JSON object. docs/device.md says what its fields mean. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from lbsh.gateway.fates import Fate, Portion, number_of
from lbsh.gateway.machine import Choice
from lbsh.gateway.outcome_json import complaints_json
from lbsh.gateway.plan import Plan
from lbsh.session import Session
from lbsh_lang.renderings.changes.json_object import change_json
from lbsh_lang.renderings.findings.json_object import diagnostic_object

Json = dict[str, object]


def plan_json(plan: Plan, difference: Sequence[str] | None) -> Json:
    """A plan; `difference` are the lines of the unified difference of rules, None if it was not asked for."""
    refused = [*plan.verdict.refused, *plan.verdict.missing]
    return {
        "version": 1,
        "pending": plan.is_pending,
        "revision": plan.revision,
        "driver": {"old": _driver(plan.old) if plan.revision else None, "new": _driver(plan.new)},
        "findings": [diagnostic_object(one) for one in (*refused, *plan.verdict.told)],
        "refused": complaints_json(plan.refusal) if plan.refusal is not None else [],
        "changes": [change_json(change) for change in plan.changes],
        "kept": list(plan.kept),
        "ended": list(plan.ended),
        "trouble": plan.trouble,
        "drift": [one._asdict() for one in plan.drift],
        "rules": {"load": plan.verb.value, "difference": None if difference is None else list(difference)},
        "addresses": {"lost": [str(one) for one in plan.lost], "got": [str(one) for one in plan.got]},
        "connections": None if plan.connections is None else connections_json(plan.connections),
        "remembered": list(plan.remembered),
        "session": None if plan.session is None else _session(plan.session, plan.dangers),
        "unknown": list(plan.unknown),
    }


def connections_json(portions: Sequence[Portion]) -> Json:
    """Open connections: their numbers by fate, and each portion."""
    return {
        **{fate.value: number_of(portions, fate) for fate in Fate},
        "by_server": [{**one._asdict(), "protocol": one.protocol.value, "fate": one.fate.value} for one in portions],
    }


def _driver(choice: Choice) -> Json:
    return {"name": choice.driver, "options": choice.as_json()}


def _session(session: Session, dangers: Sequence[str]) -> Json:
    ends = {"client": str(session.client), "client_port": session.client_port, "server": str(session.server)}
    return {**ends, "port": session.port, "cut": list(dangers)}
