"""The program of the bastion, without its machine: the list of people, and what OpenVPN asks."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.bastion import openvpn
from components.bastion.agent import access, cloud, converge, factors, verify
from components.bastion.agent.access import Refused
from components.bastion.agent.config import Config
from components.bastion.user_data import PAUSE_SECONDS, template
from tests.support.program.bastion_of import SEED, SSH_KEY, people

SETTINGS = Config(
    region="eu-central-1",
    server_arn="arn:server",
    people_arn="arn:people",
    duo_arn="",
    allocation="",
    address="",
    log_group="",
    mfa_seconds=45,
)

TIMES = [
    "2027-02-26T13:15:46Z",
    "2027-02-26T13:15:46.019094406Z",
    "2027-02-26T15:15:46.01909+02:00",
    "2027-02-26T08:15:46.5-05:00",
]
"""The same second as Go's time.Time marshals it, which the tls provider writes as `validityEndTime`."""


class TestExpiry:
    @pytest.mark.parametrize("end", TIMES)
    def test_the_first_end_is_told_in_days(self, end: str, monkeypatch: Any, capsys: Any) -> None:
        servers = subprocess.CompletedProcess((), 0, stdout="notAfter=2027-03-31 13:15:46Z\n")
        monkeypatch.setattr(converge, "run", lambda *_: servers)
        monkeypatch.setattr(time, "time", lambda: datetime.datetime(2027, 2, 16, 13, tzinfo=datetime.UTC).timestamp())
        converge.report_expiry(SETTINGS, access.parse(people(expires=end)))
        told = json.loads(capsys.readouterr().err)
        assert (told["event"], told["subject"], told["days"]) == ("certificate", "ada", 10)


class TestList:
    def test_a_good_one_is_read(self) -> None:
        assert access.parse(people())["ada"].role == "admin"
        assert access.parse(people(totp=None))["ada"].totp == ""
        assert access.parse('{"people": {}}') == {}, "nobody is a list, too"

    @pytest.mark.parametrize("end", TIMES)
    def test_an_end_may_be_written_as_the_tls_provider_does(self, end: str) -> None:
        assert access.parse(people(expires=end))["ada"].expires == end

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "null",
            "[]",
            "{}",
            '{"people": []}',
            '{"people": {"ada": null}}',
            '{"people": {"Ada": {}}}',
            people(role="king"),
            people(role=1),
            people(key="0" * 63),
            people(key=None),
            people(ssh_key="ssh-rsa AAAA"),
            people(ssh_key=f"{SSH_KEY}\n{SSH_KEY}"),
            people(ssh_key=f'command="sh" {SSH_KEY}'),
            people(totp="short"),
            people(expires="soon"),
            people(expires="2027-02-26T13:15:46"),
            people(expires="2027-02-26T13:15:46.Z"),
            people(expires="2027-02-26T13:15:46.0190944061Z"),
            people(uid="0"),
        ],
    )
    def test_half_a_list_is_no_list(self, text: str) -> None:
        with pytest.raises(Refused):
            access.parse(text)

    @given(st.recursive(st.none() | st.text() | st.integers(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
    def test_whatever_it_holds_it_is_a_list_or_refused(self, value: Any) -> None:
        for text in (json.dumps(value), json.dumps({"people": value})):
            with contextlib.suppress(Refused):
                assert isinstance(access.parse(text), dict)

    def test_an_old_one_counts_for_nothing_but_is_remembered(self, tmp_path: Path, monkeypatch: Any) -> None:
        path = tmp_path / "people.json"
        monkeypatch.setattr(access, "now", lambda: 1000.0)
        path.write_text(access.save(people()))
        monkeypatch.setattr(access, "now", lambda: 1000.0 + access.MAX_AGE_SECONDS)
        assert access.load(path).keys() == {"ada"}
        for moment in (1000.1 + access.MAX_AGE_SECONDS, 999.0):
            monkeypatch.setattr(access, "now", lambda moment=moment: moment)
            with pytest.raises(Refused, match="seconds old"):
                access.load(path)
        assert access.last(path).keys() == {"ada"}

    def test_a_missing_or_damaged_one_counts_for_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "people.json"
        for text in (None, "", "{}", '{"read": "x", "list": 1}'):
            if text is not None:
                path.write_text(text)
            with pytest.raises(Refused, match="cannot be read"):
                access.load(path)
            assert access.last(path) == {}

    def test_whoever_left_is_out_within_five_minutes_even_while_aws_is_silent(self) -> None:
        options = cloud.client(SETTINGS, "secretsmanager").meta.config
        assert options.retries["total_max_attempts"] == cloud.TRIES
        # A connection that does not come about may have waited for a name before: glibc's two times five seconds.
        call = cloud.TRIES * (10 + options.connect_timeout + options.read_timeout)
        # Between two looks at the sessions: the pause, and the question for the list. Without it nothing else is asked.
        assert access.MAX_AGE_SECONDS + PAUSE_SECONDS + call <= 300
        # The same where only the list could still be read: the address, and two more secrets.
        metadata = 2 * cloud.SECONDS
        assert metadata + 3 * call + PAUSE_SECONDS + call <= 300
        assert f"OnUnitInactiveSec={PAUSE_SECONDS}s" in template("palisade.timer.j2", pause_seconds=PAUSE_SECONDS)


class TestVerify:
    def environment(self, tmp_path: Path, **more: str) -> dict[str, str]:
        (tmp_path / "people.json").write_text(access.save(people()))
        (tmp_path / "settings.json").write_text(
            json.dumps({**dataclasses.asdict(SETTINGS), "run": str(tmp_path), "state": str(tmp_path)}, default=str)
        )
        (tmp_path / "mfa").mkdir(exist_ok=True)
        return {
            "script_type": "user-pass-verify",
            "common_name": "ada",
            "session_state": "Initial",
            "session_id": "one",
            **more,
        }

    def ask(self, tmp_path: Path, password: str, user: str = "ada", **more: str) -> int:
        environment = self.environment(tmp_path, **more)
        (tmp_path / "credentials").write_text(f"{user}\n{password}\n")
        return verify.main([str(tmp_path / "settings.json"), str(tmp_path / "credentials")], environment)

    def code(self) -> str:
        return factors.code_of(SEED, int(datetime.datetime.now(datetime.UTC).timestamp()) // 30)

    def test_a_code_is_a_yes(self, tmp_path: Path) -> None:
        assert self.ask(tmp_path, self.code()) == verify.YES

    def test_a_good_token_needs_no_code_but_a_place_in_the_list(self, tmp_path: Path) -> None:
        assert self.ask(tmp_path, "SESS_ID", session_state="Authenticated") == verify.NO, "no factor yet"
        assert self.ask(tmp_path, self.code()) == verify.YES
        assert self.ask(tmp_path, "SESS_ID", session_state="Authenticated") == verify.YES
        assert self.ask(tmp_path, "SESS_ID", session_state="Authenticated", session_id="two") == verify.NO
        assert self.ask(tmp_path, "SESS_ID", session_state="Authenticated", common_name="eve", user="eve") == verify.NO
        assert self.ask(tmp_path, "SESS_ID", session_state="Authenticated", user="eve") == verify.NO

    @pytest.mark.parametrize("state", ["Expired", "Invalid", "AuthenticatedEmptyUser", "ExpiredEmptyUser", ""])
    def test_any_other_token_is_a_no_even_with_a_code(self, tmp_path: Path, state: str) -> None:
        assert self.ask(tmp_path, self.code(), session_state=state) == verify.NO

    def test_a_key_that_was_not_made_here_is_a_no_whatever_it_says(self, tmp_path: Path) -> None:
        (tmp_path / "metadata").write_text("ada")
        for kind, verdict in (("0", verify.YES), ("1", verify.NO)):
            environment = {"metadata_type": kind, "metadata_file": str(tmp_path / "metadata")}
            assert self.ask(tmp_path, "", script_type="tls-crypt-v2-verify", **environment) == verdict

    def test_a_chain_has_an_authority_and_a_person(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / "peer").write_text("a certificate")
        monkeypatch.setattr(verify, "key_fingerprint", lambda _: json.loads(people())["people"]["ada"]["key"])
        environment = self.environment(
            tmp_path, script_type="tls-verify", X509_0_CN="ada", peer_cert=str(tmp_path / "peer")
        )
        for depth, verdict in (("0", verify.YES), ("1", verify.YES), ("2", verify.NO), ("", verify.NO)):
            assert verify.main([str(tmp_path / "settings.json"), depth, "CN=ada"], environment) == verdict, depth

    def test_every_fault_is_a_no(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for kind in ("tls-verify", "tls-crypt-v2-verify", "client-connect", ""):
            assert self.ask(tmp_path, self.code(), script_type=kind) == verify.NO
        assert verify.main([], {}) == verify.NO
        for line in capsys.readouterr().err.splitlines():
            assert json.loads(line)["result"] == "refused"


def test_the_second_factor_is_over_before_the_handshake() -> None:
    assert min(openvpn.HAND_WINDOW_SECONDS, openvpn.RENEGOTIATE_SECONDS // 2) > openvpn.MFA_SECONDS


def test_a_fault_says_no_secret(tmp_path: Path) -> None:
    for text in ('{"key": "hush"}', '{"key": 7}', "hush"):
        with pytest.raises(ValueError, match="the secret") as fault:
            cloud.document(text, {"key": "-----BEGIN "})
        assert "hush" not in str(fault.value)
    assert cloud.document('{"key": "-----BEGIN x", "more": 1}', {"key": "-----BEGIN "}) == {"key": "-----BEGIN x"}


def test_all_that_openvpn_needs_is_fetched() -> None:
    assert set(converge.SERVER_FIELDS) == {"ca", "certificate", "key", "tls_crypt_v2", *converge.HOST_KEYS}
    assert os.path.basename(converge.HOST_KEYS["ssh_rsa"]) == "ssh_host_rsa_key"
