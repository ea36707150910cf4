"""Ship the journal to CloudWatch Logs: at least once, in order, from where the last run stopped (INH-1).

Ubuntu packages no such agent, and AWS's own is a download without the archive's signatures.
"""

import json
import os
import selectors
import subprocess
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from . import cloud
from .config import Config
from .config import load as load_config

MOST_EVENTS, MOST_BYTES = 1000, 500_000
"""Of one request; AWS takes ten times, and twice, as much."""
MOST_TEXT = 60_000
WAIT_SECONDS = 5
LONGEST_PAUSE = 60
MICROSECONDS, DAY_MILLISECONDS = 1000, 86_400_000
OWN_UNIT = "palisade.service"
FIELDS = {"_SYSTEMD_UNIT": "unit", "SYSLOG_IDENTIFIER": "identifier", "_PID": "pid", "PRIORITY": "priority"}

Entry = dict[str, Any]


def shown(entry: Entry, units: Collection[str]) -> Entry:
    """Convert a journal entry for CloudWatch; events of the agent stay objects, so that filters can read their fields.

    Only for the units that write events: anybody with a shell can write such a line to the journal, but not as a unit.
    """
    message = entry.get("MESSAGE") or ""
    text = bytes(message).decode(errors="replace") if isinstance(message, list) else str(message)
    text = text[:MOST_TEXT]
    content: object = text
    if text.startswith('{"') and entry.get("_SYSTEMD_UNIT") in units:
        try:
            content = json.loads(text)
        except ValueError:
            content = text
    line = {name: entry[field] for field, name in FIELDS.items() if field in entry}
    return {
        "timestamp": int(entry["__REALTIME_TIMESTAMP"]) // MICROSECONDS,
        "message": json.dumps({**line, "message": content}),
    }


def batches(entries: Sequence[Entry], units: Collection[str]) -> Iterator[list[Entry]]:
    """Group entries into requests that AWS accepts: ordered by time, small enough, within a day."""
    batch: list[Entry] = []
    size = 0
    for event in sorted((shown(entry, units) for entry in entries), key=lambda event: event["timestamp"]):
        length = len(event["message"].encode()) + 26
        if batch and (size + length > MOST_BYTES or event["timestamp"] - batch[0]["timestamp"] >= DAY_MILLISECONDS):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch


def follow(cursor: str) -> Iterator[list[Entry]]:
    """Yield existing and new journal entries in groups, and an empty group after a while without entries."""
    start = ["--after-cursor", cursor] if cursor else ["--no-tail"]
    command = ["journalctl", "--follow", "--all", "--output=json", *start]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as journal, selectors.DefaultSelector() as waiting:  # noqa: S603
        output = journal.stdout
        if output is None:
            raise RuntimeError("journalctl has no output")
        waiting.register(output, selectors.EVENT_READ)
        rest, entries, since = b"", [], time.monotonic()
        while True:
            if waiting.select(WAIT_SECONDS):
                piece = os.read(output.fileno(), 1 << 16)
                if not piece:
                    return
                *lines, rest = (rest + piece).split(b"\n")
                entries += [json.loads(line) for line in lines if line]
            if len(entries) >= MOST_EVENTS or time.monotonic() - since >= WAIT_SECONDS:
                yield entries
                entries, since = [], time.monotonic()


def send(client: Any, config: Config, stream: str, events: list[Entry]) -> None:
    """Send a request, retrying without limit: the journal keeps new entries meanwhile."""
    pause = 1
    while True:
        try:
            client.put_log_events(logGroupName=config.log_group, logStreamName=stream, logEvents=events)
        except client.exceptions.ResourceNotFoundException:
            client.create_log_stream(logGroupName=config.log_group, logStreamName=stream)
        except client.exceptions.InvalidParameterException as fault:
            # AWS will never accept it. A single entry must not block all others.
            if len(events) == 1:
                print(f"cannot ship an entry: {fault!s:.200}", flush=True)
                return
            middle = len(events) // 2
            send(client, config, stream, events[:middle])
            send(client, config, stream, events[middle:])
            return
        except Exception as fault:  # noqa: BLE001 - a network down, a limit: neither may lose a line
            print(f"cannot ship the journal yet: {type(fault).__name__}", flush=True)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            return


def main(arguments: Sequence[str], _environment: Mapping[str, str]) -> int:
    """Run until journalctl ends, which is a failure: systemd restarts both."""
    config = load_config(arguments[0])
    stream = cloud.metadata(config, "instance-id")
    client = cloud.client(config, "logs")
    place = Path(config.state) / "journal.cursor"
    units = {OWN_UNIT, config.openvpn_unit}
    for entries in follow(place.read_text() if place.exists() else ""):
        if entries:
            for batch in batches(entries, units):
                send(client, config, stream, batch)
            fresh = place.with_suffix(".new")
            fresh.write_text(entries[-1]["__CURSOR"])
            fresh.rename(place)
    return 1
