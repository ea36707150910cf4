"""Write the policy pack as an archive with its checksum: `python -m tools.dist`.

`dist/palisade-policies-VERSION.tar.gz` holds the files of `policies/` that git tracks, and is the same on every
machine; `sha256sum --check` reads the file beside it. To use the pack, unpack the archive, run
`pulumi install` in its folder and give the folder as `--policy-pack`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import tarfile
from pathlib import Path
from typing import Final

import yaml

from sandbox.engine.stack import PACK, PACK_FILE, ROOT

FOLDER: Final = "policies"


def tracked() -> list[Path]:
    """The pack's files, relative to the checkout, in a fixed order."""
    listed = subprocess.run(["git", "ls-files", "-z", FOLDER], cwd=ROOT, capture_output=True, text=True, check=True)
    return sorted(Path(name) for name in listed.stdout.split("\0") if name)


def archive(version: str) -> bytes:
    """The compressed archive; names begin with the pack's name and version, times and owners are zero."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as made:
        for path in tracked():
            content = (ROOT / path).read_bytes()
            entry = tarfile.TarInfo(f"palisade-policies-{version}/{path.relative_to(FOLDER)}")
            entry.size, entry.mode = len(content), 0o644
            made.addfile(entry, io.BytesIO(content))
    return gzip.compress(raw.getvalue(), mtime=0)


def write(folder: Path) -> Path:
    """Write archive and checksum into a folder; return the archive's path."""
    version = yaml.safe_load((PACK / PACK_FILE).read_text())["version"]
    path = folder / f"palisade-policies-{version}.tar.gz"
    folder.mkdir(parents=True, exist_ok=True)
    content = archive(version)
    path.write_bytes(content)
    checksum = hashlib.sha256(content).hexdigest()
    path.with_name(f"{path.name}.sha256").write_text(f"{checksum}  {path.name}\n")
    return path


if __name__ == "__main__":
    target = write(ROOT / "dist")
    print(f"{target}\n{target}.sha256")
