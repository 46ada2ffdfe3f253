"""A real browser, and what every page must be in it, whatever the screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
LEAST = 4.5  # contrast of text, WCAG 2.2 AA
CONTRAST = """() => {
  const rgb = t => t.match(/[0-9.]+/g).map(Number);
  const light = c => { const v = c.slice(0, 3).map(x => { x /= 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
  const behind = e => { for (; e; e = e.parentElement) {
    const b = rgb(getComputedStyle(e).backgroundColor);
    if (b.length < 4 || b[3] > 0) return b; } return [255, 255, 255]; };
  let least = 21;
  const texts = 'p,li,dt,dd,code,bdi,td,th,h1,h2,h3,h4,a,summary,span,strong,svg text';
  for (const e of document.querySelectorAll(texts)) {
    const style = getComputedStyle(e);
    const ink = rgb(e instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [light(ink), light(behind(e))].sort((x, y) => y - x);
    least = Math.min(least, (a + 0.05) / (b + 0.05));
  }
  return least; }"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's, started and closed again."""
    with sync_playwright() as playwright:
        path = shutil.which("chromium")
        started = playwright.chromium.launch(executable_path=path, args=CHROMIUM_FLAGS)
        yield started
        started.close()


def screens(browser: Browser, file: Path) -> Iterator[tuple[Page, int]]:
    """A page of ours on a desk and on a phone, light and dark, without a network.

    Yields:
        The page, loaded without an error and no wider than the screen; and the width in pixels.
    """
    for width in (1400, 400):
        for scheme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": width, "height": 900}, offline=True,
                color_scheme="dark" if scheme == "dark" else "light",
            )  # fmt: skip
            page, errors = context.new_page(), list[str]()

            def noticed(message: ConsoleMessage, errors: list[str] = errors) -> None:
                if message.type == "error":
                    errors.append(message.text)

            page.on("console", noticed)
            page.goto(file.as_uri())
            assert not errors, (width, scheme)
            assert page.evaluate(WIDE) <= 0, (width, scheme)
            yield page, width
            context.close()


def readable(page: Page) -> None:
    """Contrast enough, in charts too, and nothing that axe-core calls a violation."""
    assert page.evaluate(CONTRAST) >= LEAST
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()
