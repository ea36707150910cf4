"""The page for people: nothing from elsewhere, readable for everybody, and as a browser shows it."""

from __future__ import annotations

import html
import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.policies.conftest import OPEN, Report
from tests.support import debian
from tests.support.policies.stacks import ENCRYPTED, SECRET, exemption, export, group, resource

CHROMIUM = "/usr/bin/chromium"
HEADLESS = (CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking")
EVIL = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\"'&{{ 7*7 }}"
PHONE = 500
"""Pixels: a headless Chromium makes no narrower window."""


class Page(HTMLParser):
    """The elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def of(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


class TestThePage:
    def test_it_fetches_nothing_and_runs_nothing(self, report: Report) -> None:
        text = report("html")
        page = Page(text)
        assert not page.of("script", "link", "img", "iframe", "object", "embed", "form", "base")
        assert not [
            name for _, attributes in page.elements for name in attributes if name.startswith("on") or name == "src"
        ]
        assert "url(" not in text
        assert "@import" not in text
        targets = [str(attributes["href"]) for attributes in page.of("a")]
        assert all(target.startswith(("#", "https://")) for target in targets)
        assert any("default-src 'none'" in str(meta.get("content")) for meta in page.of("meta"))

    def test_it_is_made_for_everybody(self, report: Report) -> None:
        page = Page(report("html"))
        assert page.of("html") == [{"lang": "en"}]
        assert len(page.of("h1")) == len(page.of("main")) == len(page.of("title")) == 1
        assert all(header.get("scope") in ("row", "col") for header in page.of("th"))
        identities = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(set(identities)) == len(identities)
        inner = {str(link["href"])[1:] for link in page.of("a") if str(link["href"]).startswith("#")}
        assert inner <= set(identities)

    def test_colours_can_be_told_apart(self, report: Report) -> None:
        """Text against its ground, in both schemes: 4.5 to 1 or more (WCAG 2, AA)."""
        schemes = re.findall(r":root \{([^}]*)\}", report("html"))
        assert len(schemes) == 2
        for scheme in schemes:
            colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", scheme))
            pairs = [(ink, ground) for ink in ("ink", "soft", "link") for ground in ("ground", "sheet")]
            pairs += [(tone, f"{tone}-ground") for tone in ("bad", "warn", "good")]
            for ink, ground in pairs:
                assert contrast(colours[ink], colours[ground]) >= 4.5, (ink, ground)

    def test_what_others_wrote_stays_text(self, report: Report) -> None:
        stack = export(group(name=EVIL), resource(SECRET, EVIL, {"stringData": ENCRYPTED}))
        config = {OPEN: {"exemptions": [exemption("none", reason=EVIL, owner=EVIL)]}}
        text = report("html", stack, config)
        assert not Page(text).of("script", "img")
        assert text.count("&lt;script&gt;document.title=&#39;owned&#39;&lt;/script&gt;") >= 4
        assert "{{ 7*7 }}" in text


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
        shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.fixture(scope="module")
def chromium() -> None:
    debian.require("tests/policies", {"chromium": CHROMIUM})


@pytest.mark.usefixtures("chromium")
class TestInTheBrowser:
    @staticmethod
    def shown(path: Path, *arguments: str, probe: str = "") -> str:
        """The page's elements after the browser has read it, with what a probe of ours has found in its title."""
        page = path
        if probe:
            # Only this copy may run a script: that of the test.
            text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", path.read_text())
            page = path.with_name("probed.html")
            page.write_text(text.replace("</body>", f"<script>document.title = String({probe})</script></body>"))
        done = subprocess.run(
            [*HEADLESS, *arguments, "--dump-dom", page.as_uri()],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def test_it_shows_what_failed_and_what_passed(self, report: Report, tmp_path: Path) -> None:
        report("html")
        text = html.unescape(re.sub(r"<[^>]+>", " ", self.shown(tmp_path / "report.html")))
        flat = " ".join(text.split())
        for words in (
            "Not compliant: 2 violations must be repaired.",
            "How to fix reach them through the VPN",
            "Found 203.0.113.0/24 to 5432 (PostgreSQL)",
            "Registered components/web shop.py:40",
            "bob",
            "2026-10-31",
            "no-commands",
        ):
            assert words in flat

    def test_no_script_of_others_runs(self, report: Report, tmp_path: Path) -> None:
        report("html", export(group(name=EVIL)))
        probe = "[document.title, document.scripts.length, document.images.length]"
        dom = self.shown(tmp_path / "report.html", probe=probe)
        (title,) = re.findall(r"<title>(.*?)</title>", dom, re.DOTALL)
        assert title.startswith("Not compliant: shop/prod")
        # The one script is the probe's.
        assert title.endswith(",1,0")

    def test_nothing_is_wider_than_a_telephone(self, report: Report, tmp_path: Path) -> None:
        report("html", export(group(name="a-name-" * 40)))
        size = f"--window-size={PHONE},900"
        probe = "[document.documentElement.scrollWidth, innerWidth]"
        (title,) = re.findall(r"<title>(.*?)</title>", self.shown(tmp_path / "report.html", size, probe=probe))
        width, window = map(int, title.split(","))
        assert window == PHONE
        assert width <= window

    def test_it_is_drawn(self, report: Report, tmp_path: Path) -> None:
        report("html")
        picture = tmp_path / "page.png"
        command = [*HEADLESS, f"--screenshot={picture}", "--window-size=1100,900", (tmp_path / "report.html").as_uri()]
        subprocess.run(command, capture_output=True, timeout=60, check=True)
        assert picture.read_bytes().startswith(b"\x89PNG")
        # An empty page of that size takes a tenth of this.
        assert picture.stat().st_size > 50_000
