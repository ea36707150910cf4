"""docs/architecture.md: the picture, and every flow of it with its reason."""

from __future__ import annotations

from collections.abc import Iterable

from tools.picture.flows import Facts, Flow

INTRODUCTION = """\
# Architecture

![Who may talk to whom](architecture.svg)

Picture and tables are made by `make docs` from what the program itself registers with the settings of the sandbox:
security groups, network policies, subnets. A flow between two groups is there when the one's rules let it out and the
other's let it in; a test refuses both a picture of yesterday and a flow that has no place in it (AWS-SG, AWS-EGRESS,
DEIS-WL, VPN-MFA).
"""


def markdown(facts: Facts) -> str:
    """The whole document."""
    return "\n".join(
        [
            INTRODUCTION,
            "## Between security groups, and with the outside\n",
            *_table(facts.flows, why=True),
            "\n## Pods of Deis, by network policies\n",
            *_table(facts.pod_flows, why=False),
            "",
        ]
    )


def _table(flows: Iterable[Flow], *, why: bool) -> Iterable[str]:
    titles = ["from", "to", "port", *(["reason"] if why else [])]
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for flow in flows:
        cells = [flow.source, flow.target, f"{flow.protocol} {flow.port}", *([flow.why] if why else [])]
        yield f"| {' | '.join(cells)} |"
