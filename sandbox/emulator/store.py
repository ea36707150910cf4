"""The emulator's state: tables of records per service, account and region, cleared together with moto's."""

from __future__ import annotations

import functools
from collections import defaultdict
from threading import RLock
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

Record = dict[str, Any]
Table = dict[str, Record]

LOCK = RLock()
"""Held while an operation runs, so that operations are atomic."""


class Shelf(BaseBackend):
    """What the emulator keeps for one service in one account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.tables: defaultdict[str, Table] = defaultdict(dict)


@functools.cache
def shelves(service: str) -> BackendDict[Shelf]:
    """All that is kept for a service. A moto backend dictionary, so that every reset of moto empties it as well."""
    # The regions of ec2 are all regions; global services are kept under their partition's name, as moto does.
    return BackendDict(Shelf, "ec2", additional_regions=["aws", "aws-cn", "aws-us-gov"])


def shelf(service: str, account: str, region: str) -> Shelf:
    """What is kept for a service in this account and region."""
    return shelves(service)[account][region]
