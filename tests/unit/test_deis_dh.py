"""The DH parameters are the group of RFC 7919, derived here from its formula, and nobody's own."""

from __future__ import annotations

import base64

from components.deis.ffdhe import FFDHE3072_PEM
from policies.guidelines.deis import SHARED_DH_PARAMETERS_START

BITS = 3072
X = 2625351


def e_times_two_to_the(bits: int) -> int:
    """The whole part of 2^bits * e, by the series of e."""
    guard = 64
    total, term, step = 0, 1 << (bits + guard), 1
    while term:
        total += term
        term //= step
        step += 1
    return total >> guard


def integers_of(pem: str) -> list[int]:
    """The integers of the one DER sequence in the PEM."""
    der = base64.b64decode("".join(pem.splitlines()[1:-1]))

    def element(at: int) -> tuple[int, int, int]:
        """(tag, start of the content, end of it)."""
        length, start = der[at + 1], at + 2
        if length & 0x80:
            start += length & 0x7F
            length = int.from_bytes(der[at + 2 : start], "big")
        return der[at], start, start + length

    tag, at, end = element(0)
    assert (tag, end) == (0x30, len(der))
    found = []
    while at < end:
        tag, start, at = element(at)
        assert tag == 0x02
        found.append(int.from_bytes(der[start:at], "big", signed=True))
    return found


def test_the_parameters_are_ffdhe3072() -> None:
    prime = 2**BITS - 2 ** (BITS - 64) + (e_times_two_to_the(BITS - 130) + X) * 2**64 - 1
    assert integers_of(FFDHE3072_PEM) == [prime, 2]
    assert SHARED_DH_PARAMETERS_START not in FFDHE3072_PEM
