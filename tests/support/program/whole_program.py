"""The whole program, run on the stand-in providers."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import runpy
from collections.abc import Iterator, Mapping
from typing import Any
from unittest import mock

from components.foundation import Layer
from sandbox.emulator.inprocess import emulated_aws
from sandbox.engine.identities import AWS_CREDENTIALS, REGION, make_roles, people
from sandbox.engine.layers import sandbox_settings
from sandbox.engine.stack import ROOT
from sandbox.providers.mocks import Run, StandIns, run_program

FOUNDATION_STACK = "organization/palisade/sandbox"


def configuration(layer: Layer = "all", **changes: Any) -> dict[str, str]:
    """The sandbox's configuration of a layer, with changes; keys without `palisade:`."""
    settings = sandbox_settings(layer) | {"aws:region": REGION}
    if layer != "foundation":
        # Offline: the kubernetes stand-in creates nothing.
        settings["palisade:kubeconfig"] = "{}"
    settings |= {f"palisade:{key}": value for key, value in changes.items()}
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in settings.items()}


@contextlib.contextmanager
def temporary_aws() -> Iterator[None]:
    """An emulated AWS in this process during the block, and the environment variables that lead to it."""
    environment = {**AWS_CREDENTIALS, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    with mock.patch.dict(os.environ, environment), emulated_aws():
        os.environ.pop("AWS_ENDPOINT_URL", None)
        yield


def program(
    *, preview: bool = False, layer: Layer = "all", stacks: Mapping[str, Any] | None = None, **changes: Any
) -> Run:
    """A run on the caller's emulated AWS, in whose account the sandbox's people have their roles."""
    if not preview:
        make_roles(None, (person["iamPrincipal"] for person in people()))
    return run_program(
        lambda: runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__"),
        StandIns(REGION),
        config=configuration(layer, **changes),
        preview=preview,
        stack_name="sandbox-platform" if layer == "platform" else "sandbox",
        stacks=stacks,
    )


@functools.cache
def made(*, preview: bool = False) -> Run:
    """The resources of the sandbox's stack, created or previewed once per process on a temporary AWS."""
    with temporary_aws():
        return program(preview=preview)
