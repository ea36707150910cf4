"""Run the program on the emulated AWS and write docs/architecture.svg and docs/architecture.md."""

from __future__ import annotations

import os
from unittest import mock

from sandbox.emulator.inprocess import emulated_aws
from sandbox.engine.identities import AWS_CREDENTIALS, REGION
from sandbox.engine.stack import ROOT
from tests.support.program.whole_program import program
from tools.picture.document import markdown
from tools.picture.drawing import svg
from tools.picture.flows import facts

with mock.patch.dict(os.environ, {**AWS_CREDENTIALS, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}):
    os.environ.pop("AWS_ENDPOINT_URL", None)
    with emulated_aws():
        found = facts(program())
(ROOT / "docs" / "architecture.svg").write_text(svg(found))
(ROOT / "docs" / "architecture.md").write_text(markdown(found))
