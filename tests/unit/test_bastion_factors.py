"""The second factor and the certificates, judged without any daemon (VPN-MFA)."""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from components.bastion.box import access, factors
from components.bastion.box.access import Refused
from components.bastion.box.certificates import key_fingerprint
from components.bastion.box.config import Config
from tests.unit.bastion_of import SEED, people


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

    def check(self, tmp_path: Path, code: str, moment: float, totp: str = SEED) -> None:
        member = access.parse(people(totp=totp or None))["ada"]
        factors.check_totp(config(tmp_path), member, factors.answer(code), moment)

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

    def test_tries_run_out_and_come_back(self, tmp_path: Path) -> None:
        for _ in range(factors.TRIES):
            with pytest.raises(Refused, match="wrong"):
                self.check(tmp_path, "000000", 1234567890)
        with pytest.raises(Refused, match="too many tries"):
            self.check(tmp_path, "005924", 1234567890)
        later = 1234567890 + factors.TRIES_SECONDS
        self.check(tmp_path, factors.code_of(SEED, later // 30), later)

    def test_who_enrolled_nothing_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(Refused, match="no device"):
            self.check(tmp_path, "005924", 1234567890, totp="")

    @pytest.mark.parametrize("text", ["nonsense", '{"tries": 1}', '{"step": "x"}'])
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
