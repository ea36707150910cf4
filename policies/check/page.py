"""The report as one HTML page for people: it fetches nothing, runs no script, and reads on a telephone and on paper."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from policies.check.text import counted, verdict


def page(outline: dict[str, Any]) -> str:
    """The page. Everything of the report is escaped: names and reasons come from other people."""
    environment = Environment(
        loader=PackageLoader("policies.check", ""),
        autoescape=select_autoescape(["j2"], default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["counted"] = counted
    return environment.get_template("page.html.j2").render(
        **outline,
        verdict=verdict(outline),
        failed=bool(outline["summary"]["mandatory"]),
        failing=_by_policy(outline["mandatory"]),
        advised=_by_policy(outline["advisory"]),
        undecided=[(key, list(group)) for key, group in groupby(outline["open"], lambda one: one["policy"])],
    )


def _by_policy(findings: list[dict[str, Any]]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Policy and what breaks it; its description appears once for all resources."""
    return [
        (found[0]["policy"], found)
        for _, group in groupby(findings, lambda one: one["policy"]["id"])
        if (found := list(group))
    ]
