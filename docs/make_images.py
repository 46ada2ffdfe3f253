"""Makes the pictures of the README from a real run: .venv/bin/python docs/make_images.py .

Runs `ind-risk run --world audited` in a terminal of 100 columns, then starts `ind-risk ui` on that
home and photographs Dagster's asset graph with Chromium. Needs Debian's chromium.
"""

from __future__ import annotations

import io
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from rich.console import Console
from rich.text import Text

IMAGES = Path(__file__).parent / "images"
PROGRAM = str(Path(sys.executable).parent / "ind-risk")
ALL_OF_IT = "assets/candidate_model?view=lineage&lineageScope=neighbors&lineageDepth=5"
DAGSTER_PORT, MLFLOW_PORT = 3471, 5471
CHROMIUM_FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def in_a_terminal(command: list[str]) -> str:
    """What a command prints on a terminal of 100 columns, with its colours."""
    os.environ.update(COLUMNS="100", LINES="50", TERM="xterm-256color")
    chunks: list[bytes] = []

    def read(descriptor: int) -> bytes:
        chunks.append(os.read(descriptor, 65536))
        return chunks[-1]

    if pty.spawn(command, read) != 0:
        raise SystemExit(f"{' '.join(command)} failed")
    return b"".join(chunks).decode("utf-8", "replace").replace("\r\n", "\n")


def settled(text: str) -> str:
    """Without the spinner's lines, which a terminal overwrites."""
    lines = [line.split("\r")[-1] for line in text.split("\n")]
    moves = re.compile(r"\x1b\[(?:\?25[lh]|[0-9]*[AK]|2K|1A)")
    lines = [moves.sub("", line) for line in lines]
    return "\n".join(line for line in lines if line.strip() and not re.search("[⠀-⣿]", line))


def photograph_terminal(browser: Browser, command: list[str], file: Path) -> None:
    """Run a command and keep the picture of its output."""
    shown = settled(in_a_terminal(command))
    console = Console(record=True, width=100, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi("$ ind-risk run --world audited\n" + shown))
    svg = console.export_svg(title="ind-risk")
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    page = browser.new_page(viewport={"width": 1100, "height": 800})
    page.set_content(f"<body style='margin:0'>{svg}</body>")
    page.locator("svg").first.screenshot(path=str(file))
    page.close()


def photograph_assets(browser: Browser, file: Path) -> None:
    """Dagster's asset graph around the candidate, every asset by itself."""
    page = browser.new_page(viewport={"width": 1250, "height": 1600}, device_scale_factor=1.5)
    page.goto(f"http://127.0.0.1:{DAGSTER_PORT}/{ALL_OF_IT}", wait_until="domcontentloaded")
    page.get_by_text("candidate_model").first.wait_for(timeout=60_000)
    time.sleep(6)
    page.screenshot(path=str(file))
    page.close()


def photograph_dossier(browser: Browser, file: Path) -> None:
    """What an official reads first of a world that stays shut."""
    with tempfile.TemporaryDirectory(prefix="ind-risk-images-") as folder:
        home, html = f"{folder}/home", Path(folder) / "dossier.html"
        run = [PROGRAM, "run", "--world", "letter", "--home", home, "--quiet"]
        subprocess.run(run, check=True, capture_output=True)
        subprocess.run(
            [PROGRAM, "dossier", "--lang", "en", "--out", str(html), "--home", home],
            check=True, capture_output=True,
        )  # fmt: skip
        page = browser.new_page(viewport={"width": 1000, "height": 1500})
        page.goto(html.as_uri())
        page.screenshot(path=str(file))
        page.close()


def main() -> None:
    """Make all pictures."""
    IMAGES.mkdir(exist_ok=True)
    home = tempfile.mkdtemp(prefix="ind-risk-images-")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        run = [PROGRAM, "run", "--world", "audited", "--home", home]
        photograph_terminal(browser, run, IMAGES / "terminal.png")
        photograph_dossier(browser, IMAGES / "dossier.png")
        ports = ["--port", str(DAGSTER_PORT), "--mlflow-port", str(MLFLOW_PORT)]
        served = subprocess.Popen(
            [PROGRAM, "ui", "--home", home, *ports], stdout=subprocess.PIPE, text=True
        )
        try:
            for line in served.stdout or ():
                if line.startswith("MLflow"):
                    break
            photograph_assets(browser, IMAGES / "assets.png")
        finally:
            served.send_signal(signal.SIGTERM)
            served.wait(timeout=30)
        browser.close()
    shutil.rmtree(home)


if __name__ == "__main__":
    main()
