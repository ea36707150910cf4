"""The report as one HTML page for people: it fetches nothing, runs no script, and reads on a telephone and on paper."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from policies.check.document import label
from policies.check.text import counted, verdict


def page(document: dict[str, Any]) -> str:
    """The page. Everything of the report is escaped: names and reasons come from other people."""
    environment = Environment(
        loader=PackageLoader("policies.check", ""),
        autoescape=select_autoescape(["j2"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["counted"] = counted
    stack, policies = document["stacks"][0], document["policies"]
    of = {
        id_: {
            **policy,
            "id": id_,
            "requirement": " ".join(policy["requirements"]),
            "link": policy["url"],
            "controls": [f"{key}:{id_}" for key, ids in policy["controls"].items() for id_ in ids],
        }
        for id_, policy in policies.items()
    }
    findings = [{**one, "policy": of[one["policy"]], "resource": label(one["urn"])} for one in stack["findings"]]
    return environment.get_template("page.html.j2").render(
        pack=document["pack"],
        checked={
            "stack": stack["name"],
            "resources": stack["resources"],
            "kind": stack["kind"],
            "source": stack["source"],
            "day": document["judged_at"][:10],
            "configuration": document["configuration"],
        },
        summary={**stack["summary"], "passed": len(stack["passed"])},
        notes=stack["notes"],
        exemptions=stack["exemptions"],
        excused=[{**one, "policy": of[one["policy"]], "resource": label(one["urn"])} for one in stack["excused"]],
        passed=[of[id_] for id_ in stack["passed"]],
        idle=[of[id_] for id_ in stack["idle"]],
        off=[policy for policy in of.values() if policy["level"] == "disabled"],
        verdict=verdict({**stack["summary"], "resources": stack["resources"]}),
        failed=bool(stack["summary"]["mandatory"]),
        failing=_by_policy([one for one in findings if one["level"] == "mandatory"]),
        advised=_by_policy([one for one in findings if one["level"] == "advisory"]),
        undecided=[
            (key, [{**one, "resource": label(one["urn"])} for one in group])
            for key, group in groupby(stack["open"], lambda one: one["policy"])
        ],
    )


def _by_policy(findings: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Policy and what breaks it; its description appears once for all resources."""
    return [
        (found[0]["policy"], found)
        for _, group in groupby(findings, lambda one: one["policy"]["id"])
        if (found := list(group))
    ]
