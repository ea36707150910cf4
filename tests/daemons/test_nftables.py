"""The rendered firewall in the kernel: it loads, may be loaded again, and drops what nobody named (AWS-SG, VPN-MFA)."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.daemons.lab import BASTION, METADATA, PUBLIC, RESOLVER, Lab

RULES = "/etc/nftables.conf"
BURST, A_SECOND, PACKETS = 100, 50, 5000
"""Packets that one source may send at once, and each second after that; and how many are sent."""


@pytest.fixture(scope="module")
def ruleset(lab: Lab) -> list[dict[str, Any]]:
    """What the kernel has."""
    return json.loads(lab.bastion.run("nft", "--json", "list", "ruleset").stdout)["nftables"]


def test_it_is_valid_and_can_be_loaded_again(lab: Lab) -> None:
    lab.bastion.run("nft", "--check", "--file", RULES)
    before = lab.bastion.run("nft", "--stateless", "list", "ruleset").stdout
    lab.bastion.run("nft", "--file", RULES)
    assert lab.bastion.run("nft", "--stateless", "list", "ruleset").stdout == before


def test_in_and_through_nothing_passes_unless_it_is_named(ruleset: list[dict[str, Any]]) -> None:
    policies = {one["chain"]["hook"]: one["chain"]["policy"] for one in ruleset if "hook" in one.get("chain", {})}
    assert policies == {"input": "drop", "forward": "drop", "output": "accept", "postrouting": "accept"}


@pytest.fixture
def listening(lab: Lab) -> Iterator[None]:
    """Something answers on ports of the bastion that are nobody's business."""
    made = [
        lab.bastion.call(lambda address=address, port=port: socket.create_server((address, port)))
        for address in (PUBLIC, BASTION)
        for port in (22, 443, 1194)
    ]
    yield
    for one in made:
        one.close()


def test_from_the_internet_only_the_tunnels_port_answers(lab: Lab, listening: None) -> None:
    for port in (22, 443, 1194):
        assert not lab.client.answers(PUBLIC, port, seconds=0.5), f"TCP {port}"
        assert lab.bastion.answers(PUBLIC, port), "and it does listen"


def test_from_inside_the_vpc_nothing_answers_either(lab: Lab, listening: None) -> None:
    for port in (22, 443, 1194):
        assert not lab.vpc.answers(BASTION, port, seconds=0.5)


def test_it_is_no_router_for_those_without_a_tunnel(lab: Lab) -> None:
    lab.client.run("ip", "route", "add", "10.40.0.0/16", "via", PUBLIC)
    try:
        assert not lab.client.answers("10.40.16.10", 443, seconds=0.5)
    finally:
        lab.client.run("ip", "route", "del", "10.40.0.0/16")


def test_the_roles_credentials_are_for_root_alone(lab: Lab) -> None:
    """A person with a shell, or a daemon that was taken over, gets no credentials of the instance."""
    script = f"exec 3<>/dev/tcp/{METADATA}/80 && echo reached"
    assert lab.bastion.run("bash", "-c", script).stdout == "reached\n"
    for user in ("nobody", "palisade-vpn", "ada"):
        command = ("timeout", "1", "setpriv", f"--reuid={user}", "--clear-groups", "bash", "-c", script)
        assert "reached" not in lab.bastion.run(*command, check=False).stdout, user


COUNT = """
table inet counted {
    chain input {
        type filter hook input priority filter + 1
        udp dport 1194 @th,64,8 %#x counter
    }
}
"""


@pytest.fixture
def patience(lab: Lab) -> Iterator[None]:
    """No test pays for the packets of another one."""
    yield
    for name in ("vpn_sources", "strangers"):
        lab.bastion.run("nft", "flush", "set", "inet", "palisade", name)


def passed(lab: Lab, opcode: int, send: Callable[[], object]) -> int:
    """How many packets of a kind get through to OpenVPN."""
    lab.bastion.run("nft", "-f", "-", text=COUNT % (opcode << 3))
    try:
        send()
        rules = json.loads(lab.bastion.run("nft", "--json", "list", "chain", "inet", "counted", "input").stdout)[
            "nftables"
        ]
        (counter,) = [
            part["counter"]["packets"]
            for one in rules
            for part in one.get("rule", {}).get("expr", [])
            if "counter" in part
        ]
        return counter
    finally:
        lab.bastion.run("nft", "delete", "table", "inet", "counted")


@pytest.mark.parametrize("opcode", [11, 10, 4, 9], ids=["keys", "greetings", "control", "data"])
def test_one_source_does_not_use_up_openvpn_and_its_log(lab: Lab, patience: None, opcode: int) -> None:
    """What shows a key costs a program's run, and whatever OpenVPN does not answer up to three lines of the log."""

    def flood() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
            for _ in range(PACKETS):
                sending.sendto(bytes([opcode << 3]) + bytes(60), (PUBLIC, 1194))

    before, began = lab.log().count("\n"), time.monotonic()
    counted = passed(lab, opcode, lambda: lab.client.call(flood))
    # The slower the machine sends, the more it may.
    assert BURST <= counted <= BURST + A_SECOND * (time.monotonic() - began) < PACKETS
    assert lab.log().count("\n") - before <= 3 * counted + 1


def test_who_is_through_the_tunnel_sends_as_much_as_they_like(lab: Lab, patience: None) -> None:
    data = 9

    def work() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sending:
            for _ in range(300):
                sending.sendto(b"name?", (RESOLVER, 53))
                time.sleep(0.001)

    with lab.session("ada", lab.code("ada")) as ada:
        ada.connected()
        assert passed(lab, data, lambda: lab.client.call(work)) >= 300
