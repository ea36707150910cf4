"""The bastion's user data: files, packages and a few commands; no secrets, no names of people (VPN-MFA, SSH-CFG).

The bastion reads people and keys from its secrets, so that a change of people never replaces it. A change of the user
data does.
"""

from __future__ import annotations

import ast
import base64
import io
import json
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jinja2
from zopfli import gzip

from components.bastion import openvpn, sshd
from components.bastion.images import IMAGES, ImageName

HERE: Final = Path(__file__).parent
LIMIT_BYTES: Final = 16_384
"""Of EC2, before base64."""
LIBRARY: Final = "/usr/local/lib/palisade/agent"
RUNNER: Final = f"{LIBRARY}/run.py"
SETTINGS: Final = "/etc/palisade/agent.json"
RUN: Final = "/run/palisade"
SSH_KEYS: Final = "/etc/ssh/palisade_keys"
SSH_GROUP: Final = "palisade-ssh"
USER: Final = "palisade-vpn"
PAUSE_SECONDS: Final = 45
PROCESSES: Final = 200
"""Process limit of OpenVPN's account: more than the number of clients, each of which may wait for Duo."""
STOP_SECONDS: Final = 10
SHOW_KEY: Final = "0x58"
"""How OpenVPN's packets of the kind P_CONTROL_WKC_V1 begin: opcode 11, key 0."""
HANDSHAKES: Final = 100
"""From one address at once: a whole office that connects anew."""
PACKAGES: Final = ("nftables", "openssl", "openvpn", "python3-boto3", "unattended-upgrades")
DUO_PACKAGE: Final = "python3-duo-client"
PACKAGES_UNIT: Final = "palisade-packages.service"


@dataclass(frozen=True, kw_only=True)
class AgentOptions:
    """Inputs of the user data. All are known before anything is created, except `settings`."""

    settings: Mapping[str, Any]
    """The bastion's own settings (components/bastion/agent/config.py): names, ARNs, addresses."""
    image: ImageName
    port: int
    client_cidr: str
    private_cidrs: Sequence[str]
    client_ports: Sequence[int]
    """TCP ports of `private_cidrs` that clients reach."""
    resolver: str
    domains: Sequence[str]
    max_clients: int
    duo: bool


def server_files() -> openvpn.Files:
    """Paths of the files that converge fetches for OpenVPN."""
    return openvpn.Files(
        ca=f"{RUN}/ca",
        certificate=f"{RUN}/certificate",
        key=f"{RUN}/key",
        tls_crypt_v2=f"{RUN}/tls_crypt_v2",
        helper=f'"{RUNNER} verify {SETTINGS}"',
        management=f"{RUN}/management.sock",
        exported_certificates=f"{RUN}/peers",
    )


def server_configuration(options: AgentOptions) -> str:
    """OpenVPN's configuration for the image."""
    image = IMAGES[options.image]
    return openvpn.render_server(
        openvpn.ServerOptions(
            port=options.port,
            client_cidr=options.client_cidr,
            routes=options.private_cidrs,
            resolver=options.resolver,
            domains=options.domains,
            files=server_files(),
            version=image.openvpn,
            post_quantum=image.post_quantum_tls,
            user=USER,
            group=USER,
            max_clients=options.max_clients,
        )
    )


def template(name: str, **values: object) -> str:
    """A file of templates/, rendered; a missing value is an error."""
    environment = jinja2.Environment(  # noqa: S701 - configuration files, no HTML
        loader=jinja2.FileSystemLoader(HERE / "templates"), undefined=jinja2.StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template(name).render(values)


def without_comments(source: str) -> str:
    """A module's text without comments, docstrings and empty lines; identical in every Python, unlike `unparse`."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column].rstrip()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            texts = [line for line in node.body if is_text(line)]
            for text in texts:
                lines[text.lineno - 1 : text.end_lineno] = [""] * ((text.end_lineno or 0) - text.lineno + 1)
            if len(texts) == len(node.body) and texts:
                lines[texts[0].lineno - 1] = " " * texts[0].col_offset + "pass"
    return "".join(f"{line}\n" for line in lines if line.strip())


def is_text(line: ast.stmt) -> bool:
    """Whether a statement is only a string, as docstrings are."""
    return isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and isinstance(line.value.value, str)


def agent_program() -> dict[str, str]:
    """The bastion's agent, path to text, without comments and docstrings, which do not fit into 16 KB."""
    return {
        f"{LIBRARY}/{source.name}": ("#!/usr/bin/python3 -I\n" if source.name == "run.py" else "")
        + without_comments(source.read_text())
        for source in sorted((HERE / "agent").glob("*.py"))
    }


def files(options: AgentOptions) -> dict[str, tuple[str, str]]:
    """Every file that the user data writes: path to mode and text."""
    image = IMAGES[options.image]
    tunnel = openvpn.server_address(options.client_cidr)
    plain = {
        SETTINGS: json.dumps(dict(options.settings), indent=1, sort_keys=True),
        "/etc/openvpn/server/palisade.conf": server_configuration(options),
        "/etc/systemd/system/openvpn-server@palisade.service.d/palisade.conf": template(
            "openvpn-unit.conf.j2", processes=PROCESSES, stop_seconds=STOP_SECONDS
        ),
        "/etc/systemd/system/palisade.service": template(
            "palisade.service.j2", runner=RUNNER, settings=SETTINGS, packages_unit=PACKAGES_UNIT
        ),
        f"/etc/systemd/system/{PACKAGES_UNIT}": template(
            "palisade-packages.service.j2", packages=[*PACKAGES, *([DUO_PACKAGE] if options.duo else [])]
        ),
        "/etc/systemd/system/palisade.timer": template("palisade.timer.j2", pause_seconds=PAUSE_SECONDS),
        "/etc/systemd/system/palisade-logs.service": template(
            "palisade-logs.service.j2", runner=RUNNER, settings=SETTINGS
        ),
        "/etc/nftables.conf": template(
            "nftables.conf.j2",
            port=options.port,
            client_cidr=options.client_cidr,
            private_cidrs=options.private_cidrs,
            client_ports=options.client_ports,
            resolver=options.resolver,
            show_key=SHOW_KEY,
            burst=HANDSHAKES,
        ),
        sshd.DROP_IN: sshd.render(
            sshd.SshdOptions(
                version=image.openssh,
                listen_address=tunnel,
                authorized_keys_file=f"{SSH_KEYS}/%u",
                group=SSH_GROUP,
            )
        ),
        "/etc/systemd/system/ssh.service.d/ec2-instance-connect.conf": template("instance-connect.conf.j2"),
        "/etc/apparmor.d/local/openvpn": template("apparmor.j2", run=RUN, runner=RUNNER),
        "/etc/sysctl.d/60-palisade.conf": template("sysctl.conf.j2"),
        "/etc/systemd/journald.conf.d/palisade.conf": template("journald.conf.j2"),
        "/etc/apt/apt.conf.d/52palisade": template("unattended-upgrades.j2"),
    }
    written = {path: ("0644", text) for path, text in (plain | agent_program()).items()}
    written[RUNNER] = ("0755", written[RUNNER][1])
    return written


def cloud_config(options: AgentOptions) -> dict[str, Any]:
    """The user data as a cloud-init configuration."""
    return {
        # OpenVPN's account, which is also not the image's default user, whose name everybody knows.
        "users": [{"name": USER, "system": True, "no_create_home": True, "shell": "/usr/sbin/nologin"}],
        "disable_root": True,
        "ssh_pwauth": False,
        "write_files": [
            {"path": path, "permissions": mode, "content": text} for path, (mode, text) in files(options).items()
        ],
        # Lists, so that no shell is involved. Everything else is done by converge, which runs repeatedly.
        "runcmd": [
            ["systemctl", "daemon-reload"],
            ["systemctl", "restart", "systemd-sysctl.service", "systemd-journald.service"],
            ["systemctl", "reload-or-restart", "apparmor.service"],
            # Converge also owns the firewall: nothing listens on the tunnel before that.
            ["systemctl", "start", PACKAGES_UNIT],
            # A socket would listen on addresses that are not in sshd's configuration.
            ["systemctl", "disable", "--now", "ssh.socket"],
            ["systemctl", "enable", "ssh.service"],
            ["systemctl", "restart", "ssh.service"],
            ["systemctl", "enable", "--now", "palisade.timer", "palisade-logs.service"],
            # The image's other login, for IAM principals: the list of people is the only way in (SSH-USER).
            ["snap", "stop", "--disable", "amazon-ssm-agent"],
        ],
    }


def render(options: AgentOptions) -> str:
    """The user data as text. JSON is YAML, with a single way to write each value."""
    return "#cloud-config\n" + json.dumps(cloud_config(options), indent=1) + "\n"


def packed(options: AgentOptions) -> str:
    """The user data in EC2's format: compressed, which cloud-init reverses, then base64.

    To read it: `base64 -d | gunzip`.

    Raises:
        ValueError: it is larger than EC2 allows.
    """
    # Changed user data replaces the instance: the same text has to give the same bytes on every machine. Python's own
    # gzip does not, because builds use different versions of zlib.
    raw = gzip.compress(render(options).encode())
    if len(raw) > LIMIT_BYTES:
        raise ValueError(f"user data: {len(raw)} bytes; EC2 takes {LIMIT_BYTES}")
    return base64.b64encode(raw).decode()
