"""OpenVPN's and sshd's files as the guides want them, for every image (VPN-MFA, SSH-CFG, TLS-CFG)."""

from __future__ import annotations

import pytest

from components.bastion import openvpn, sshd
from components.bastion.images import IMAGES, Image
from components.bastion.user_data import AgentOptions, server_configuration
from policies.guidelines import tls


def server(image: str, **changes: object) -> list[str]:
    given: dict[str, object] = {
        "settings": {},
        "image": image,
        "port": 1194,
        "client_cidr": "10.41.0.0/24",
        "private_cidrs": ["10.40.32.0/20", "10.40.16.0/20"],
        "client_ports": [443],
        "resolver": "10.40.0.2",
        "domains": ["eu-central-1.eks.amazonaws.com"],
        "max_clients": 100,
        "duo": False,
    }
    return server_configuration(AgentOptions(**{**given, **changes})).splitlines()  # type: ignore[arg-type]


@pytest.mark.parametrize("image", IMAGES)
class TestServer:
    def test_it_has_all_that_the_guide_asks(self, image: str) -> None:
        assert {
            "tls-version-min 1.3",
            f"tls-ciphersuites {':'.join(tls.TLS13_SUITES)}",
            "tls-cert-profile preferred",
            "data-ciphers AES-256-GCM:AES-128-GCM:CHACHA20-POLY1305",
            "tls-crypt-v2 /run/palisade/tls_crypt_v2 force-cookie",
            "remote-cert-tls client",
            "verify-client-cert require",
            "topology subnet",
            "dh none",
            "auth-gen-token 43200 3600 external-auth",
            "reneg-sec 3600",
            "connect-freq-initial 100 10",
            "script-security 2",
            "user palisade-vpn",
            "group palisade-vpn",
            "max-clients 100",
            "hand-window 60",
            "keepalive 10 60",
            "explicit-exit-notify 1",
            "management /run/palisade/management.sock unix",
        } <= set(server(image))

    def test_the_helper_is_asked_about_keys_certificates_and_factors(self, image: str) -> None:
        helper = '"/usr/local/lib/palisade/agent/run.py verify /etc/palisade/agent.json"'
        assert {
            f"tls-crypt-v2-verify {helper}",
            f"tls-verify {helper}",
            f"auth-user-pass-verify {helper} via-file",
        } <= set(server(image))

    def test_only_the_private_networks_are_pushed(self, image: str) -> None:
        assert [line for line in server(image) if line.startswith('push "route')] == [
            'push "route 10.40.0.2 255.255.255.255"',
            'push "route 10.40.16.0 255.255.240.0"',
            'push "route 10.40.32.0 255.255.240.0"',
        ]

    def test_a_resolver_in_a_routed_network_needs_no_route(self, image: str) -> None:
        lines = server(image, private_cidrs=["10.40.0.0/16"])
        assert [line for line in lines if line.startswith('push "route')] == ['push "route 10.40.0.0 255.255.0.0"']

    def test_nothing_undoes_the_guide(self, image: str) -> None:
        assert openvpn.forbidden_in("\n".join(server(image))) == []


def test_the_hybrid_group_is_named_only_where_openssl_knows_it() -> None:
    groups = {image: next(line for line in server(image) if line.startswith("tls-groups")) for image in IMAGES}
    assert groups == {
        "ubuntu-24.04": "tls-groups X25519:prime256v1:secp384r1",
        "ubuntu-26.04": "tls-groups X25519MLKEM768:X25519:prime256v1:secp384r1",
    }


def test_what_2_7_only_warns_about_is_left_out() -> None:
    assert "persist-key" in server("ubuntu-24.04")
    assert "persist-key" not in server("ubuntu-26.04")


@pytest.mark.parametrize(
    ("configuration", "found"),
    [
        ("duplicate-cn", ["duplicate-cn"]),
        ("  duplicate-cn # for the sales team", ["duplicate-cn"]),
        ('push "redirect-gateway def1"', ["redirect-gateway"]),
        ("verify-client-cert optional", ["verify-client-cert optional"]),
        ("verify-client-cert require", []),
        ("# duplicate-cn", []),
        ("; duplicate-cn", []),
        ("comp-lzo yes\ncompress", ["comp-lzo", "compress"]),
        ("cipher none\nauth none\nsecret static.key", ["cipher none", "auth none", "secret"]),
        ("", []),
    ],
)
def test_forbidden_directives_are_found(configuration: str, found: list[str]) -> None:
    assert openvpn.forbidden_in(configuration) == found


class TestSshd:
    def render(self, image: Image) -> list[str]:
        options = sshd.SshdOptions(
            version=image.openssh, listen_address="10.41.0.1", authorized_keys_file="/keys/%u", group="people"
        )
        return sshd.render(options).splitlines()

    def test_the_key_exchange_is_what_the_version_has(self) -> None:
        kex = {
            name: next(line.split()[1] for line in self.render(image) if line.startswith("KexAlgorithms"))
            for name, image in IMAGES.items()
        }
        assert kex["ubuntu-24.04"] == "sntrup761x25519-sha512@openssh.com"
        assert kex["ubuntu-26.04"].split(",")[0] == "mlkem768x25519-sha256"

    def test_no_version_gets_what_scanners_refuse(self) -> None:
        for image in IMAGES.values():
            text = "\n".join(self.render(image))
            assert "nistp" not in text
            assert "diffie-hellman" not in text
            assert "curve25519-sha256@libssh.org" not in text

    def test_an_old_version_is_refused(self) -> None:
        with pytest.raises(ValueError, match=r"9\.0 is too old; 9\.1 is the oldest supported \(SSH-CFG\)"):
            sshd.key_exchanges((9, 0))

    def test_the_drop_in_comes_first(self) -> None:
        assert sshd.DROP_IN.rsplit("/", 1)[1] < "10-first-of-the-image.conf"
