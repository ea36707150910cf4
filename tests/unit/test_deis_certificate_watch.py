"""The daily look at Deis's certificate: the script with real certificates, and the alarm on what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from components.deis import Certificate, ExternalCertificate, InternalCertificate
from components.deis.certificate_watch import ALARM, CERTIFICATE, SCRIPT, VOLUME
from tests.support.aws.filter_pattern import matches
from tests.support.program.critical_path import chain_for
from tests.support.program.deis_of import objects, of_deis

MOUNTED = f"{VOLUME.path}/tls.crt"


def said(path: Path) -> str:
    command = [sys.executable, "-c", SCRIPT, str(path), "21"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def alarms(line: str) -> bool:
    return matches(ALARM.pattern, {"log": line, "kubernetes": {"container_name": CERTIFICATE}})


@pytest.mark.parametrize(
    ("days", "age", "alarmed"),
    [(90, 0, False), (90, 60, False), (90, 70, True), (90, 89, True), (90, 91, True)],
)
def test_it_tells_of_the_end_in_time(tmp_path: Path, days: int, age: int, alarmed: bool) -> None:
    path = tmp_path / "tls.crt"
    path.write_text(chain_for("apps.example.org", days=days, age=age).pem)
    line = said(path)
    assert abs(days - age - int(line.split(" days")[0].rsplit(" ", 1)[1])) <= 1
    assert alarms(line) is alarmed


def test_no_certificate_is_an_alarm(tmp_path: Path) -> None:
    assert alarms(said(tmp_path / "tls.crt"))


@pytest.mark.parametrize("certificate", [InternalCertificate(), ExternalCertificate()])
def test_it_looks_at_what_the_router_shows(certificate: Certificate) -> None:
    made = objects(of_deis(certificate=certificate))
    pod = made["CronJob", CERTIFICATE].inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["command"][:4] == ["python", "-c", SCRIPT, MOUNTED]
    (volume,) = pod["volumes"]
    assert volume["secret"] == {"secretName": "deis-router-platform-cert", "optional": True}
