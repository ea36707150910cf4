"""Ship the journal to CloudWatch Logs: at least once, in order, from where the last run stopped (INH-1).

Ubuntu packages no agent that does so, and AWS's own is a download outside of the archive's signatures.
"""

import json
import os
import selectors
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
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
FIELDS = {"_SYSTEMD_UNIT": "unit", "SYSLOG_IDENTIFIER": "identifier", "_PID": "pid", "PRIORITY": "priority"}

Entry = dict[str, Any]


def shown(entry: Entry) -> Entry:
    """A journal entry as CloudWatch gets it; an event of ours stays an object, so that filters can look into it."""
    message = entry.get("MESSAGE") or ""
    text = bytes(message).decode(errors="replace") if isinstance(message, list) else str(message)
    text = text[:MOST_TEXT]
    content: object = text
    if text.startswith('{"'):
        try:
            content = json.loads(text)
        except ValueError:
            content = text
    line = {name: entry[field] for field, name in FIELDS.items() if field in entry}
    return {
        "timestamp": int(entry["__REALTIME_TIMESTAMP"]) // MICROSECONDS,
        "message": json.dumps({**line, "message": content}),
    }


def batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Requests that AWS takes: ordered by time, small enough, within a day."""
    batch: list[Entry] = []
    size = 0
    for event in sorted(map(shown, entries), key=lambda event: event["timestamp"]):
        length = len(event["message"].encode()) + 26
        if batch and (size + length > MOST_BYTES or event["timestamp"] - batch[0]["timestamp"] >= DAY_MILLISECONDS):
            yield batch
            batch, size = [], 0
        batch.append(event)
        size += length
    if batch:
        yield batch


def follow(cursor: str) -> Iterator[list[Entry]]:
    """What the journal has and gets, in groups, an empty one after a while without any."""
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
    """Put one request, however long it takes: the journal keeps what comes meanwhile."""
    pause = 1
    while True:
        try:
            client.put_log_events(logGroupName=config.log_group, logStreamName=stream, logEvents=events)
        except client.exceptions.ResourceNotFoundException:
            client.create_log_stream(logGroupName=config.log_group, logStreamName=stream)
        except Exception as fault:  # noqa: BLE001 - a network down, a limit: neither may lose a line
            print(f"cannot ship the journal yet: {type(fault).__name__}", flush=True)
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        else:
            return


def main(arguments: Sequence[str], _environment: Mapping[str, str]) -> int:
    """Run until journalctl ends, which is a failure: systemd starts both anew."""
    config = load_config(arguments[0])
    stream = cloud.metadata(config, "instance-id")
    client = cloud.client(config, "logs")
    place = Path(config.state) / "journal.cursor"
    for entries in follow(place.read_text() if place.exists() else ""):
        if entries:
            for batch in batches(entries):
                send(client, config, stream, batch)
            fresh = place.with_suffix(".new")
            fresh.write_text(entries[-1]["__CURSOR"])
            fresh.rename(place)
    return 1
