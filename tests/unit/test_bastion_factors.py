"""The second factor and the certificates, judged without any daemon (VPN-MFA)."""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from components.bastion.agent import access, factors
from components.bastion.agent.access import Refused
from components.bastion.agent.certificates import key_fingerprint
from components.bastion.agent.config import Config
from tests.support.program.bastion_of import SEED, people


def config(tmp_path: Path) -> Config:
    (tmp_path / "mfa").mkdir(exist_ok=True)
    return Config(
        region="eu-central-1",
        server_arn="",
        people_arn="",
        duo_arn="",
        allocation="",
        address="",
        log_group="/palisade/vpn",
        mfa_seconds=45,
        run=tmp_path,
        state=tmp_path,
    )


class TestTotp:
    @pytest.mark.parametrize(
        ("moment", "code"),
        [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")],
    )
    def test_the_codes_of_rfc_6238(self, moment: int, code: str) -> None:
        assert factors.code_of(SEED, moment // factors.STEP_SECONDS) == code

    def check(self, tmp_path: Path, code: str, moment: float, totp: str = SEED, session: str = "one") -> None:
        member = access.parse(people(totp=totp or None))["ada"]
        factors.check_totp(config(tmp_path), member, factors.answer(code), session, moment)

    @pytest.mark.parametrize("late", [-30, 0, 30])
    def test_clocks_may_be_off_by_a_step(self, tmp_path: Path, late: int) -> None:
        self.check(tmp_path, "005924", 1234567890 + late)

    @pytest.mark.parametrize("late", [-60, 60])
    def test_and_no_further(self, tmp_path: Path, late: int) -> None:
        with pytest.raises(Refused, match="wrong"):
            self.check(tmp_path, "005924", 1234567890 + late)

    def test_no_code_works_twice_nor_does_an_earlier_one_afterwards(self, tmp_path: Path) -> None:
        now = 1234567890
        self.check(tmp_path, factors.code_of(SEED, now // 30), now)
        for step in (0, -1):
            with pytest.raises(Refused, match="used before"):
                self.check(tmp_path, factors.code_of(SEED, now // 30 + step), now)
        self.check(tmp_path, factors.code_of(SEED, now // 30 + 1), now)

    def fail(self, tmp_path: Path, moment: float, times: int = factors.TRIES) -> list[type[Refused]]:
        kinds = []
        for _ in range(times):
            with pytest.raises(Refused, match="the code is wrong") as fault:
                self.check(tmp_path, "000000", moment)
            kinds.append(fault.type)
        return kinds

    def test_tries_run_out_and_come_back(self, tmp_path: Path) -> None:
        now = 1234567890
        self.fail(tmp_path, now)
        with pytest.raises(Refused, match="too many tries; wait 5 minutes"):
            self.check(tmp_path, "005924", now)
        later = now + factors.FIRST_PAUSE
        self.check(tmp_path, factors.code_of(SEED, later // 30), later)
        self.fail(tmp_path, later, factors.TRIES - 1)

    def test_each_pause_is_twice_the_one_before_up_to_a_day(self, tmp_path: Path) -> None:
        now, pauses = 1234567890.0, []
        while len(pauses) < 12:
            self.fail(tmp_path, now)
            with pytest.raises(Refused, match="too many tries") as fault:
                self.check(tmp_path, "000000", now)
            pauses.append(60 * float(str(fault.value).split()[-2]))
            now += pauses[-1]
        assert pauses[:4] == [300, 600, 1200, 2400]
        assert pauses[-3:] == [factors.LONGEST_PAUSE] * 3

    def test_who_guesses_all_year_has_hardly_a_chance(self) -> None:
        """Somebody with a stolen certificate, whose owner logs in every day, which begins the pauses anew."""
        tries, waited, pause = 0, 0, factors.FIRST_PAUSE
        while waited < 86400:
            tries, waited, pause = tries + factors.TRIES, waited + pause, 2 * pause
        codes = 2 * factors.SKEW_STEPS + 1
        assert 365 * tries * codes / 10**factors.DIGITS < 0.06

    def test_the_last_try_before_a_pause_is_worth_an_alarm(self, tmp_path: Path) -> None:
        assert self.fail(tmp_path, 1234567890) == [Refused] * (factors.TRIES - 1) + [factors.Guessing]

    def test_a_new_certificate_begins_without_its_predecessors_failures(self, tmp_path: Path) -> None:
        now = 1234567890
        self.check(tmp_path, "005924", now)
        self.fail(tmp_path, now)
        member = access.parse(people(key="1" * 64))["ada"]
        with pytest.raises(Refused, match="used before"):
            factors.check_totp(config(tmp_path), member, factors.answer("005924"), "one", now)
        factors.check_totp(config(tmp_path), member, factors.answer(factors.code_of(SEED, now // 30 + 1)), "one", now)

    def test_the_session_of_the_last_factor_is_the_one_that_needs_no_further_one(self, tmp_path: Path) -> None:
        def continues(session: str, **changes: Any) -> bool:
            try:
                factors.check_session(config(tmp_path), access.parse(people(**changes))["ada"], session)
            except Refused:
                return False
            return True

        now = 1234567890
        assert not continues("one"), "no factor at all"
        self.check(tmp_path, "005924", now, session="one")
        assert continues("one")
        assert not continues("two")
        assert not continues("")
        self.fail(tmp_path, now, 1)
        assert continues("one"), "somebody else's guesses end nothing"
        self.check(tmp_path, factors.code_of(SEED, now // 30 + 1), now, session="two")
        assert continues("two")
        assert not continues("one")
        for change in ({"key": "1" * 64}, {"totp": SEED[::-1].replace("1", "2")}):
            assert not continues("two", **change), "began with what is replaced since"

    def test_a_clock_that_was_wrong_once_locks_out_nobody_for_ever(self, tmp_path: Path) -> None:
        self.fail(tmp_path, 20000000000)
        self.check(tmp_path, "005924", 1234567890)

    def test_a_crash_in_the_middle_forgets_nothing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        now = 1234567890
        self.check(tmp_path, "005924", now)
        kept = (tmp_path / "mfa/ada.json").read_text()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(Refused, match="memory of tries cannot be written"):
                self.check(tmp_path, factors.code_of(SEED, now // 30 + 1), now)
        assert (tmp_path / "mfa/ada.json").read_text() == kept
        with pytest.raises(Refused, match="used before"):
            self.check(tmp_path, "005924", now)

    def test_two_at_once_use_a_code_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        accepted: list[bool] = []
        recall, after_each_other = factors._recall, iter((0.0, 0.05, 0.1, 0.15))

        def slowly(*given: Any) -> dict[str, Any]:
            memory = recall(*given)
            time.sleep(0.1 + next(after_each_other))  # Whoever else is let in meanwhile has read the same.
            return memory

        monkeypatch.setattr(factors, "_recall", slowly)

        def use() -> None:
            with contextlib.suppress(Refused):
                self.check(tmp_path, "005924", 1234567890)
                accepted.append(True)

        threads = [threading.Thread(target=use) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert accepted == [True]

    def test_who_enrolled_nothing_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match="no device"):
            self.check(tmp_path, "005924", 1234567890, totp="")

    @pytest.mark.parametrize(
        "text",
        ["", "nonsense", "[]", '{"proof": "", "failed": 1, "until": 0, "step": "x", "session": ""}', '{"step": 1}'],
    )
    def test_without_its_memory_nothing_is_accepted(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "mfa").mkdir()
        (tmp_path / "mfa/ada.json").write_text(text)
        with pytest.raises(Refused, match="memory"):
            self.check(tmp_path, "005924", 1234567890)

    @given(st.text())
    def test_what_is_typed_is_a_factor_or_refused(self, text: str) -> None:
        try:
            given_ = factors.answer(text)
        except Refused:
            return
        assert given_.factor in {"push", "auto", "phone", "passcode"}
        assert (given_.factor == "passcode") == given_.code.isdigit()


class TestCertificates:
    @pytest.mark.parametrize("kind", ["P-256", "P-384", "RSA", "Ed25519"])
    @pytest.mark.parametrize("long", [False, True])
    def test_the_fingerprint_is_that_of_the_public_key(self, kind: str, long: bool) -> None:
        keys = {
            "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
            "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
            "RSA": lambda: rsa.generate_private_key(65537, 2048),
            "Ed25519": ed25519.Ed25519PrivateKey.generate,
        }
        key: Any = keys[kind]()
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a" * (64 if long else 1))])
        day = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(2**150 if long else 1).not_valid_before(day).not_valid_after(day)
        made = builder.sign(key, None if kind == "Ed25519" else hashes.SHA256())
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        pem = made.public_bytes(serialization.Encoding.PEM).decode()
        assert key_fingerprint(pem) == hashlib.sha256(public).hexdigest()

    @given(st.binary(max_size=200))
    def test_garbage_is_no_certificate(self, raw: bytes) -> None:
        pem = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(raw).decode()}\n-----END CERTIFICATE-----\n"
        with contextlib.suppress(ValueError):
            assert len(key_fingerprint(pem)) == 64
