"""The journal on its way to CloudWatch: everything once, in order, and on from where it stopped (INH-1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemons.cloud import DOWN
from tests.daemons.lab import ENDPOINT, RUNNER, SETTINGS, Lab
from tests.daemons.namespaces import end, wait_until
from tests.daemons.people import ADA

STREAM = "/palisade/vpn:i-0123456789abcdef0"
JOURNAL = "/var/log/entries"
# There is no systemd in here, and so no journal: this one reads a file, and knows no more than what is asked of it.
JOURNALCTL = f"""#!/bin/sh
echo "$*" >>/run/journalctl.log
for word; do last=$word; done
case "$*" in *--after-cursor*) from=$((last + 1)) ;; *) from=1 ;; esac
exec tail -n "+$from" -F {JOURNAL}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path, [ADA.person])
    try:
        made.converge()
        stub = made.bastion.path("/usr/local/bin/journalctl")
        stub.write_text(JOURNALCTL)
        stub.chmod(0o755)
        made.bastion.path(JOURNAL).touch()
        yield made
    finally:
        made.close()


def write(lab: Lab, *numbers: int) -> None:
    """Journal entries; the cursor is the entry's line."""
    with lab.bastion.path(JOURNAL).open("a") as journal:
        for number in numbers:
            message = json.dumps({"event": "converge", "number": number})
            fields = {"MESSAGE": message, "__REALTIME_TIMESTAMP": f"{number}000000", "__CURSOR": str(number)}
            fields["_SYSTEMD_UNIT"] = "palisade.service"
            journal.write(json.dumps(fields) + "\n")


def shipped(lab: Lab) -> list[int]:
    return [json.loads(event["message"])["message"]["number"] for event in lab.aws.log_streams.get(STREAM, [])]


def test_everything_is_shipped_in_order_also_over_a_restart_and_an_outage(lab: Lab) -> None:
    write(lab, 1, 2, 3)
    log = lab.folder / "logs"
    first = lab.bastion.start([RUNNER, "logs", SETTINGS], log=log, environment=ENDPOINT)
    wait_until("the first entries", lambda: shipped(lab) == [1, 2, 3], 30, log.read_text)
    wait_until("the cursor", lambda: lab.bastion.path("/var/lib/palisade/journal.cursor").exists(), 5)
    end(first)

    write(lab, 4)
    lab.aws.fault = DOWN
    second = lab.bastion.start([RUNNER, "logs", SETTINGS], log=log, environment=ENDPOINT)
    wait_until("a word about the outage", lambda: "cannot ship the journal yet" in log.read_text(), 60)
    assert shipped(lab) == [1, 2, 3]
    write(lab, 5)
    lab.aws.fault = None
    wait_until("the rest", lambda: shipped(lab) == [1, 2, 3, 4, 5], 90, lambda: f"{shipped(lab)} {log.read_text()}")
    end(second)
    assert lab.bastion.path("/run/journalctl.log").read_text().splitlines()[-1].endswith("--after-cursor 3")
