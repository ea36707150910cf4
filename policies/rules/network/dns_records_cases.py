"""Cases of dns_records.py."""

from __future__ import annotations

from typing import Any, Final

from policies.kernel.cases import UNKNOWN, Case, Item, fail, ok, unknown
from policies.rules.network.dns_records import DANGLING, EXCLUSIVE, RECORD, SETS


def _record(**props: Any) -> Item:
    return Item(type=RECORD, props={"zoneId": "Z1", "name": "www", "type": "A", **props}, name="record")


_ADDRESS: Final = Item(type=RECORD, props={"type": "TXT", "records": ["v=1"]}, name="other")

CASES: dict[str, tuple[Case, ...]] = {
    DANGLING.id: (
        ok(
            "resource_of_the_stack",
            _ADDRESS,
            Item(type=RECORD, props=_record(records=[UNKNOWN]).props, name="record", depends_on={"records": ["other"]}),
        ),
        ok("text", _record(type="TXT", records=["v=spf1 -all"])),
        ok("listed", _record(records=["192.0.2.7"]), settings={"targets": ["192.0.2.*"]}),
        fail("address_of_nobody", _record(records=["192.0.2.7"]), at="records[0]"),
        fail("mail_to_nobody", _record(type="MX", records=["10 mail.gone.example.net"]), at="records[0]"),
        fail("alias_of_nobody", _record(aliases=[{"name": "d1.cloudfront.net", "zoneId": "Z"}]), at="aliases[0].name"),
        fail(
            "in_a_list_of_all",
            Item(
                type=EXCLUSIVE,
                props={SETS: [{"name": "www", "type": "CNAME", "resourceRecords": [{"value": "gone.example.net"}]}]},
            ),
            at=f"{SETS}[0].resourceRecords[0].value",
        ),
        fail("name_of_nobody", _record(type="CNAME", records=["gone.s3.amazonaws.com"]), at="records[0]"),
        unknown("decided_later", _record(records=[UNKNOWN])),
    ),
}
