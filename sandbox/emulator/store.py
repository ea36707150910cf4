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
    """The emulator's state of a service in one account and region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.tables: defaultdict[str, Table] = defaultdict(dict)


@functools.cache
def shelves(service: str) -> BackendDict[Shelf]:
    """The whole state of a service. A moto backend dictionary, so that every reset of moto clears it as well."""
    # The regions of ec2 are all regions; global services are stored under their partition's name, as in moto.
    return BackendDict(Shelf, "ec2", additional_regions=["aws", "aws-cn", "aws-us-gov"])


def shelf(service: str, account: str, region: str) -> Shelf:
    """The state of a service in this account and region."""
    return shelves(service)[account][region]
