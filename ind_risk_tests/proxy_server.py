"""The shipped nginx configuration, filled in and served by a real nginx for as long as a test."""

from __future__ import annotations

import base64
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

SHIPPED = Path(__file__).parent.parent / "docs" / "servers" / "nginx.conf"
MAIN = """
{user}
daemon off;
pid {root}/nginx.pid;
events {{}}
http {{
    access_log off;
    client_body_temp_path {root}/body;
    proxy_temp_path {root}/proxy;
    fastcgi_temp_path {root}/fastcgi;
    uwsgi_temp_path {root}/uwsgi;
    scgi_temp_path {root}/scgi;
    include {root}/ind_risk.conf;
}}
"""


def nginx_program() -> str | None:
    """Where nginx is, or None; Debian puts it where not everybody looks."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def filled_in(words: Mapping[str, str]) -> str:
    """The shipped file as envsubst leaves it, with nothing left to fill in."""
    text = SHIPPED.read_text(encoding="utf-8")
    for name, value in words.items():
        text = text.replace(f"${{{name}}}", value)
    left = re.findall(r"\$\{IND_RISK_\w+\}", text.partition("\n\n")[2])
    assert not left, left
    return text


@contextmanager
def nginx(
    root: Path,
    *,
    words: Mapping[str, str],
    people: Mapping[str, tuple[str, str | None]],
    reader: str,
) -> Iterator[None]:
    """Serve until the end of the block.

    Args:
        root: an empty folder for everything nginx needs.
        words: what the shipped file leaves open, but for IND_RISK_ETC.
        people: name → password and role; None for somebody without one.
        reader: password of MLflow's reader.
    """
    certificate(root, words["IND_RISK_NAME"])
    crypted = {name: _openssl("passwd", "-6", password) for name, (password, _) in people.items()}
    (root / "logins").write_text("".join(f"{n}:{c}\n" for n, c in crypted.items()))
    roles = {name: role for name, (_, role) in people.items() if role is not None}
    (root / "roles.map").write_text("".join(f"{n} {r};\n" for n, r in roles.items()))
    login = base64.b64encode(f"reader:{reader}".encode()).decode()
    (root / "mlflow_reader.conf").write_text(f'proxy_set_header Authorization "Basic {login}";\n')
    (root / "ind_risk.conf").write_text(filled_in({**words, "IND_RISK_ETC": str(root)}))
    user = "user root;" if os.geteuid() == 0 else ""
    (root / "nginx.conf").write_text(MAIN.format(user=user, root=root))
    command = [nginx_program() or "nginx", "-p", str(root), "-c", str(root / "nginx.conf")]
    with (root / "error.log").open("wb") as log:
        running = subprocess.Popen([*command, "-e", str(root / "error.log")], stderr=log)
    try:
        _await(running, int(words["IND_RISK_TLS_PORT"]), root / "error.log")
        yield
    finally:
        running.terminate()
        running.wait(timeout=20)


def certificate(root: Path, name: str) -> None:
    """A key and a certificate of one name, signed by itself."""
    _openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
        "-keyout", str(root / "key.pem"), "-out", str(root / "certificate.pem"),
    )  # fmt: skip


def _openssl(*arguments: str) -> str:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _await(running: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert running.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text())
