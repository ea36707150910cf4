"""A real Kubernetes control plane on loopback, with three nodes emulated by kwok, one in each zone."""

from __future__ import annotations

import base64
import json
import ssl
import urllib.request
from collections.abc import Mapping
from pathlib import Path

import yaml

from sandbox.emulator import AUTHENTICATE, AUTHORIZE
from sandbox.engine.pki import Pki, write_private
from sandbox.engine.processes import Service, clean_environment, free_port, require_free, start, wait_until
from sandbox.engine.state import State
from sandbox.providers.kubernetes.api import Api

ZONES = ("a", "b", "c")
REGION = "eu-central-1"
SERVICE_CIDR = "172.20.0.0/16"
READY_SECONDS = 90
NODES = Path(__file__).with_name("nodes.yaml")


class ControlPlane:
    """Start the processes that do not run yet.

    Args:
        state: the sandbox's folder.
        binaries: name -> path, as `binaries.find` gives them.
        api_port: where the API server listens, or is to listen.
        aws_port: of the emulated AWS, whose access entries let people in; it need not run yet.
    """

    def __init__(self, state: State, binaries: Mapping[str, Path], api_port: int, aws_port: int) -> None:
        self._state, self._binaries, self._api_port, self._aws_port = state, binaries, api_port, aws_port
        self._pki = state.folder / "pki"

    def up(self) -> None:
        """Start all processes and register the three nodes.

        Raises:
            SandboxError: a part ends or does not answer; with the end of its log.
        """
        services = self._state.services()
        etcd, api = services.get("etcd"), services.get("kube-apiserver")
        etcd_ports = (etcd.port, _peer_port(self._state, etcd)) if etcd else (free_port(), free_port())
        if not (self._pki / "complete").exists():
            self._certify()
        if etcd is None or not etcd.alive:
            self._start_etcd(*etcd_ports)
        if api is None or not api.alive:
            self._start_api_server(self._api_port, etcd_ports[0])
        self._write_kubeconfig(self._api_port)
        self._start_controllers()
        self._make_nodes()

    def _certify(self) -> None:
        pki = Pki(self._pki)
        pki.issue("api-server", "kube-apiserver")
        pki.issue("admin", "sandbox-admin", "system:masters")
        pki.issue("controller-manager", "system:kube-controller-manager")
        pki.issue("scheduler", "system:kube-scheduler")
        (self._pki / "complete").touch()

    def _start(self, name: str, port: int, *arguments: str) -> Service:
        if port:
            require_free(port, name)
        log = self._state.logs / f"{name}.log"
        service = start(name, [str(self._binaries[name]), *arguments], port, log, clean_environment())
        self._state.record(service)
        return service

    def _start_etcd(self, client_port: int, peer_port: int) -> None:
        client, peer = f"http://127.0.0.1:{client_port}", f"http://127.0.0.1:{peer_port}"
        service = self._start(
            "etcd",
            client_port,
            f"--data-dir={self._state.folder / 'etcd'}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster=default={peer}",
            # Losing data in a crash is acceptable: a sandbox is created again in a minute.
            "--unsafe-no-fsync",
            "--log-level=warn",
        )
        (self._state.folder / "etcd-peer-port").write_text(str(peer_port))
        wait_until(service, lambda: _answers(f"{client}/health"), READY_SECONDS)

    def _start_api_server(self, port: int, etcd_port: int) -> None:
        pki = self._pki
        service = self._start(
            "kube-apiserver",
            port,
            "--bind-address=127.0.0.1",
            f"--secure-port={port}",
            f"--etcd-servers=http://127.0.0.1:{etcd_port}",
            f"--client-ca-file={pki / 'ca.crt'}",
            f"--tls-cert-file={pki / 'api-server.crt'}",
            f"--tls-private-key-file={pki / 'api-server.key'}",
            f"--service-account-key-file={pki / 'service-accounts.key'}",
            f"--service-account-signing-key-file={pki / 'service-accounts.key'}",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-cluster-ip-range={SERVICE_CIDR}",
            *self._access(),
            "--anonymous-auth=false",
            # As on EKS, whose add-ons need it; admission refuses privileged containers of others.
            "--allow-privileged=true",
            # What EKS turns on beside the defaults (EKS User Guide, "View platform versions", read 2026-11-28).
            "--enable-admission-plugins=NodeRestriction,ExtendedResourceToleration",
            # kwok has no kubelets whose certificates could be checked, and no cloud gives out node addresses.
            "--endpoint-reconciler-type=none",
            "--profiling=false",
            # Streaming lists need watch progress, which this etcd does not report; clients fall back to plain lists.
            "--feature-gates=WatchList=false",
        )
        wait_until(service, lambda: self._ready(port), READY_SECONDS)

    def _access(self) -> tuple[str, ...]:
        """Flags with which the API server asks the emulated EKS who made a token, and what access policies allow.

        A webhook after RBAC, as on EKS. ClusterRoleBindings made from the policies would be kinder: RBAC would let
        their subjects hand their rights on, and `kubectl auth can-i --list` would show them.

        Nothing is cached here; the API server itself keeps a good token for ten seconds (TokenSuccessCacheTTL in
        pkg/kubeapiserver/options/authentication.go, which no flag changes). So a deleted entry ends with the next
        request as far as access policies go, and ten seconds later at all. EKS promises less: "several seconds".
        """
        files = []
        for path in (AUTHENTICATE, AUTHORIZE):
            file = self._state.folder / f"{path.rpartition('/')[2]}.kubeconfig"
            cluster = {"server": f"http://127.0.0.1:{self._aws_port}{path}"}
            write_private(file, yaml.safe_dump(_kubeconfig(cluster, {})).encode())
            files.append(file)
        return (
            "--authorization-mode=Node,RBAC,Webhook",
            f"--authentication-token-webhook-config-file={files[0]}",
            "--authentication-token-webhook-version=v1",
            "--authentication-token-webhook-cache-ttl=0s",
            f"--authorization-webhook-config-file={files[1]}",
            "--authorization-webhook-version=v1",
            "--authorization-webhook-cache-authorized-ttl=0s",
            "--authorization-webhook-cache-unauthorized-ttl=0s",
        )

    def _ready(self, port: int) -> bool:
        context = ssl.create_default_context(cafile=str(self._pki / "ca.crt"))
        context.load_cert_chain(self._pki / "admin.crt", self._pki / "admin.key")
        return _answers(f"https://127.0.0.1:{port}/readyz", context)

    def _write_kubeconfig(self, port: int) -> None:
        for user in ("admin", "controller-manager", "scheduler"):
            path = self._state.folder / f"{user}.kubeconfig"
            content = yaml.safe_dump(self._with_certificate(port, user)).encode()
            if not path.exists() or path.read_bytes() != content:
                write_private(path, content)

    def _with_certificate(self, port: int, user: str) -> dict[str, object]:
        def inline(name: str) -> str:
            return base64.b64encode((self._pki / name).read_bytes()).decode()

        cluster = {"server": f"https://127.0.0.1:{port}", "certificate-authority-data": inline("ca.crt")}
        pair = {"client-certificate-data": inline(f"{user}.crt"), "client-key-data": inline(f"{user}.key")}
        return _kubeconfig(cluster, pair)

    def _start_controllers(self) -> None:
        """Start the clients of the API server, which retry until it answers."""
        services, folder = self._state.services(), self._state.folder
        commands = {
            "kube-controller-manager": (
                f"--kubeconfig={folder / 'controller-manager.kubeconfig'}",
                f"--service-account-private-key-file={self._pki / 'service-accounts.key'}",
                f"--root-ca-file={self._pki / 'ca.crt'}",
                "--use-service-account-credentials=true",
                "--leader-elect=false",
                "--secure-port=0",
                "--concurrent-deployment-syncs=10",
                # A machine that slept loses no pods: kwok does not make them ready again.
                "--node-monitor-grace-period=24h",
            ),
            "kube-scheduler": (
                f"--kubeconfig={folder / 'scheduler.kubeconfig'}",
                "--leader-elect=false",
                "--secure-port=0",
            ),
            "kwok": (
                f"--kubeconfig={self._state.admin_kubeconfig}",
                f"--config={NODES}",
                "--manage-all-nodes=true",
                "--node-lease-duration-seconds=40",
                "--node-ip=127.0.0.1",
                "--server-address=",
            ),
        }
        for name, arguments in commands.items():
            running = services.get(name)
            if running is None or not running.alive:
                self._start(name, 0, *arguments)

    def _make_nodes(self) -> None:
        api = Api(str(self._state.admin_kubeconfig))
        for zone in ZONES:
            labels = {
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                "kubernetes.io/hostname": f"node-{zone}",
                "node.kubernetes.io/instance-type": "m7i.large",
                "topology.kubernetes.io/region": REGION,
                "topology.kubernetes.io/zone": f"{REGION}{zone}",
            }
            api.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": f"node-{zone}", "labels": labels}})


def _kubeconfig(cluster: Mapping[str, str], user: Mapping[str, str]) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "sandbox", "cluster": dict(cluster)}],
        "users": [{"name": "sandbox", "user": dict(user)}],
        "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": "sandbox"}}],
        "current-context": "sandbox",
    }


def _peer_port(state: State, etcd: Service) -> int:
    try:
        return int((state.folder / "etcd-peer-port").read_text())
    except (FileNotFoundError, ValueError):
        return etcd.port + 1


def _answers(url: str, context: ssl.SSLContext | None = None) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2, context=context) as response:  # noqa: S310 - loopback, our own URL
            body = response.read()
            return response.status == 200 and (b"health" not in body or json.loads(body).get("health") == "true")  # noqa: PLR2004
    except (OSError, ValueError):
        return False
