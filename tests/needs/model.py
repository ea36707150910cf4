"""The needs as they are written in `actors/*.toml`, each checked against AWS's own reference of actions.

A file describes one subject: `title`, `what`, and its actors. An actor has an identity (or is a service), a place that
it calls from, and needs:

- `[[actor.calls]]`: actions on resources, with the context that the request bears beside what AWS always adds;
- `[[actor.connections]]`: a host or a place, with port and protocol.

`only` limits an actor or a need to configurations with these facts (`matrix.py`). Each need says why and since when it
is known: `source` is a key of the file's `[sources]`.
"""

from __future__ import annotations

import functools
import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from tests.support.aws.iam_documents import Document, faults

FOLDER: Final = Path(__file__).parent / "actors"
Facts = Mapping[str, frozenset[str]]
"""Name -> the values that hold of a configuration."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    only: Mapping[str, str] = Field(default_factory=dict)
    """Fact -> value that must be among the configuration's."""

    def holds(self, facts: Facts) -> bool:
        """Whether it is a need in a configuration. A value that starts with `!` must not be among the facts."""
        return all(
            (value[1:] not in facts[fact]) if value.startswith("!") else (value in facts[fact])
            for fact, value in self.only.items()
        )


class Source(BaseModel):
    """Where upstream a need is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repository: str = ""
    path: str = ""
    version: str = ""
    url: str = ""
    read: str = ""
    """The day on which it was read; empty: it is where the fact is documented, but it has not been opened since."""


class Call(_Strict):
    """API calls."""

    actions: Sequence[str]
    resources: Sequence[str] = ("*",)
    context: Mapping[str, Any] = Field(default_factory=dict)
    when: str
    why: str
    source: str
    via: str = ""
    """A service that makes the call on the actor's behalf (aws:ViaAWSService); no connection of the actor's own."""
    optional: bool = False
    """The actor works without it: a reason for a grant, but not one that must be there."""
    signed: bool = True
    """False: a presigned or unsigned request, which no identity policy of ours allows."""
    resource_account: str = "{account}"
    host: str = ""
    """Where it is not the service's own: such as oidc.eks.<region>.amazonaws.com."""


class Connection(_Strict):
    """Connections that are not calls of AWS's APIs."""

    host: str = ""
    """A name that is resolved; empty where `to` names a place."""
    to: str = ""
    """A place of the network (network.py)."""
    port: int
    protocol: Literal["tcp", "udp"] = "tcp"
    why: str
    source: str
    optional: bool = False


class Actor(_Strict):
    """Who calls and connects."""

    name: str
    what: str
    identity: str = ""
    """`role/NAME` or `user/NAME` without the stack's prefix; `service/PRINCIPAL`; empty: none."""
    place: str = ""
    """Where its connections come from (network.py); empty: AWS's own network."""
    assumed_by: str = ""
    """Service principal that assumes the role on the actor's behalf."""
    assumed_with: Mapping[str, Any] = Field(default_factory=dict)
    """Context of that request."""
    assumed_actions: Sequence[str] = ("sts:AssumeRole",)
    calls: Sequence[Call] = ()
    connections: Sequence[Connection] = ()


class Subject(BaseModel):
    """A file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    what: str
    sources: Mapping[str, Source]
    actors: Sequence[Actor]


@functools.cache
def subjects() -> Mapping[str, Subject]:
    """File name without suffix -> subject.

    Raises:
        ValidationError: a file does not have the form that this module describes.
    """
    return {file.stem: Subject(**tomllib.loads(file.read_text())) for file in sorted(FOLDER.glob("*.toml"))}


def wrong(call: Call, fill: Callable[[str], str]) -> list[str]:
    """What AWS's reference says against a call: unknown actions, resources of another type, keys it never has.

    Args:
        call: the call.
        fill: replaces what is in braces.
    """
    statement: dict[str, Any] = {
        "Effect": "Deny",
        "Action": list(call.actions),
        "Resource": [fill(text) for text in call.resources],
    }
    if keys := {key: "x" for key in call.context if not key.startswith("aws:")}:
        statement["Condition"] = {"StringEquals": keys}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return faults(Document(where=call.why, kind="identity", text=json.dumps(document)))
