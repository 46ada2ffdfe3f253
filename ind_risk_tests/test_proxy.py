"""The shipped nginx configuration before real servers: who gets where, and who does not."""

from __future__ import annotations

import base64
import http.client
import json
import signal
import socket
import ssl
import stat
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ind_risk.adapters.home import Home
from ind_risk.adapters.mlflow_home import MlflowHome
from ind_risk.adapters.mlflow_logins import MlflowLogins
from ind_risk.adapters.mlflow_store import ModelStore
from ind_risk_tests.command import PROGRAM
from ind_risk_tests.proxy_server import nginx, nginx_program

PEOPLE = {
    "anna": ("word of anna", "engineer"), "bert": ("word of bert", "auditor"),
    "ivo": ("word of ivo", None),
}  # fmt: skip
HOST = "localhost"
LAUNCH = """mutation($p: ExecutionParams!) {launchRun(executionParams: $p) {__typename}}"""
SELECTOR = {
    "repositoryLocationName": "ind_risk.definitions", "repositoryName": "__repository__",
    "jobName": "lifecycle",
}  # fmt: skip
RUNS = "{runsOrError {__typename ... on Runs {results {jobName tags {key value}}}}}"
POSTED = "report_asset_check/bias_evidence?check_name=bias_coverage&passed=true"
WRITES = (
    "experiments/create", "registered-models/create", "registered-models/alias", "runs/create",
    "runs/log-metric", "users/create", "users/update-password",
)  # fmt: skip
LOOPBACK, LISTENING = "0100007F", "0A"


@dataclass(frozen=True)
class Ports:
    tls: int
    engineers: int
    auditors: int
    mlflow: int


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: str

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Proxy:
    """The address people use, the ports behind it, and the home."""

    ports: Ports
    home: Home
    context: ssl.SSLContext

    def ask(
        self,
        path: str,
        who: str | None = None,
        *,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        password: str | None = None,
    ) -> Answer:
        sent = {"Content-Type": "application/json", **(headers or {})}
        if who is not None:
            login = f"{who}:{PEOPLE[who][0] if password is None else password}"
            sent["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
        connection = http.client.HTTPSConnection(
            HOST, self.ports.tls, context=self.context, timeout=60
        )
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, path, body=content, headers=sent)
            got = connection.getresponse()
            return Answer(got.status, {k.lower(): v for k, v in got.getheaders()},
                          got.read().decode(errors="replace"))  # fmt: skip
        finally:
            connection.close()

    def graphql(self, area: str, who: str, query: str, variables: Any = None) -> Answer:
        asked = {"query": query, "variables": variables or {}}
        return self.ask(f"/{area}/graphql", who, method="POST", body=asked)


def free_ports() -> Ports:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(4)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return Ports(*(int(p.getsockname()[1]) for p in probes))


@contextmanager
def screens(home: Home, *arguments: str) -> Iterator[str]:
    """`ind-risk ui` with these arguments; what it printed until all of it ran."""
    command = [PROGRAM, "ui", "--home", str(home.root), *arguments]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    said = ""
    for line in running.stdout:
        said += line
        if line.startswith("Logs are in"):
            break
    try:
        assert running.poll() is None, said
        yield said
    finally:
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=60) == 0
        running.stdout.close()


@dataclass(frozen=True)
class Served:
    proxy: Proxy
    said: tuple[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Engineers' and auditors' servers on one home, and nginx before them."""
    if nginx_program() is None:
        pytest.skip("No nginx here: install Debian's package nginx.")
    root, ports = tmp_path_factory.mktemp("proxy"), free_ports()
    home = Home(tmp_path_factory.mktemp("served") / "home")
    words = {
        "IND_RISK_NAME": HOST, "IND_RISK_TLS_PORT": str(ports.tls),
        "IND_RISK_ENGINEERS_PORT": str(ports.engineers),
        "IND_RISK_AUDITORS_PORT": str(ports.auditors), "IND_RISK_MLFLOW_PORT": str(ports.mlflow),
    }  # fmt: skip
    engineers = ("--port", str(ports.engineers), "--mlflow-port", str(ports.mlflow))
    auditors = ("--read-only", "--port", str(ports.auditors))
    with (
        screens(home, *engineers, "--path-prefix", "/engineers") as first,
        screens(home, *auditors, "--path-prefix", "/auditors") as second,
    ):
        reader = MlflowLogins.of(home).password_file("reader").read_text()
        with nginx(root, words=words, people=PEOPLE, reader=reader):
            context = ssl.create_default_context(cafile=str(root / "certificate.pem"))
            yield Served(Proxy(ports, home, context), (first, second))


@pytest.fixture
def proxy(served: Served) -> Proxy:
    return served.proxy


@pytest.mark.parametrize("path", ["/", "/engineers/", "/engineers/graphql", "/auditors/runs",
                                  "/mlflow/", "/nowhere"])  # fmt: skip
def test_without_a_password_or_with_a_wrong_one_nothing_is_shown(proxy: Proxy, path: str) -> None:
    for answer in (
        proxy.ask(path, headers={"Upgrade": "websocket"}),
        proxy.ask(path, "anna", password="guessed", headers={"Upgrade": "websocket"}),
    ):
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Basic realm="ind_risk"'
        assert "dagster" not in answer.body.lower()


def test_each_role_reaches_its_own_screens_and_no_other(proxy: Proxy) -> None:
    reached = {
        who: [
            a for a in ("engineers", "auditors", "mlflow") if proxy.ask(f"/{a}/", who).status == 200
        ]
        for who in PEOPLE
    }
    assert reached == {"anna": ["engineers", "mlflow"], "bert": ["auditors", "mlflow"], "ivo": []}
    assert proxy.graphql("engineers", "bert", RUNS).status == 403
    assert proxy.graphql("auditors", "anna", RUNS).status == 403
    for path in (
        "/auditors/../engineers/runs",
        "/auditors/%2e%2e/engineers/runs",
        "//engineers/runs",
    ):
        assert proxy.ask(path, "bert").status == 403
    assert proxy.ask("/role/engineer", "anna").status == 404


def launch(proxy: Proxy, area: str, who: str) -> Answer:
    config = {"ops": {"landing": {"config": {"source": "/nowhere"}}}}
    tags = [{"key": "asked_by", "value": who}]
    params = {
        "selector": SELECTOR, "runConfigData": json.dumps(config), "mode": "default",
        "executionMetadata": {"tags": tags},
    }  # fmt: skip
    return proxy.graphql(area, who, LAUNCH, {"p": params})


def test_an_auditor_reads_and_starts_nothing_an_engineer_may(proxy: Proxy) -> None:
    read = proxy.graphql("auditors", "bert", RUNS)
    assert (read.status, read.json()["data"]["runsOrError"]["__typename"]) == (200, "Runs")
    refused = launch(proxy, "auditors", "bert").json()
    assert refused["data"]["launchRun"]["__typename"] == "UnauthorizedError"
    assert launch(proxy, "engineers", "anna").json()["data"]["launchRun"]["__typename"] == (
        "LaunchRunSuccess"
    )
    runs = proxy.graphql("auditors", "bert", RUNS).json()["data"]["runsOrError"]["results"]
    asked = [t["value"] for r in runs for t in r["tags"] if t["key"] == "asked_by"]
    assert asked == ["anna"]


@pytest.mark.parametrize(("area", "who"), [("engineers", "anna"), ("auditors", "bert")])
def test_nobody_posts_into_dagsters_history(proxy: Proxy, area: str, who: str) -> None:
    """The webserver takes such posts, the one that only reads too; they stop before it."""
    for path in (f"/{area}/{POSTED}", f"/{area}//{POSTED}", f"/{area}/%72{POSTED[1:]}"):
        assert proxy.ask(path, who, method="POST", body={}).status == 403
    assert proxy.ask(f"/{area}/runs", who, method="DELETE").status == 403


@pytest.mark.parametrize(("area", "who"), [("engineers", "anna"), ("auditors", "bert")])
def test_a_page_from_elsewhere_does_not_speak_with_the_browsers_login(
    proxy: Proxy, area: str, who: str
) -> None:
    own = f"https://{HOST}:{proxy.ports.tls}"
    path, asked = f"/{area}/graphql", {"query": "{version}"}
    for origin, status in ((own, 200), ("https://evil.example", 403), (own + ".evil.example", 403),
                           (own.replace("https", "http"), 403), ("null", 403)):  # fmt: skip
        headers = {"Origin": origin}
        assert proxy.ask(path, who, method="POST", body=asked, headers=headers).status == status
    assert proxy.ask(f"{path}?query=%7Bversion%7D", who).status == 403  # as a picture would


def test_subscriptions_are_websockets(proxy: Proxy) -> None:
    headers = {
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(b"sixteen bytes ok").decode(),
        "Sec-WebSocket-Protocol": "graphql-ws", "Origin": f"https://{HOST}:{proxy.ports.tls}",
    }  # fmt: skip
    assert proxy.ask("/engineers/graphql", "anna", headers=headers).status == 101
    elsewhere = {**headers, "Origin": "https://evil.example"}
    assert proxy.ask("/engineers/graphql", "anna", headers=elsewhere).status == 403
    assert proxy.ask("/engineers/graphql", "bert", headers=headers).status == 403


def test_mlflow_is_read_and_not_written_through_the_proxy(proxy: Proxy) -> None:
    store = ModelStore(proxy.home)
    store.client.create_registered_model("read me")  # the platform itself needs no password
    found = proxy.ask("/mlflow/ajax-api/2.0/mlflow/registered-models/search", "bert").json()
    assert [m["name"] for m in found["registered_models"]] == ["read me"]
    asked = {"experiment_ids": ["0"], "max_results": 5}
    search = "/mlflow/ajax-api/2.0/mlflow/runs/search"
    assert proxy.ask(search, "anna", method="POST", body=asked).status == 200
    for api in ("api", "ajax-api"):
        for write in WRITES:
            answer = proxy.ask(f"/mlflow/{api}/2.0/mlflow/{write}", "anna", method="POST", body={})
            assert answer.status == 403, write
            assert "nginx" in answer.body
    user = proxy.ask("/mlflow/api/2.0/mlflow/users/current", "anna").json()["user"]
    assert (user["username"], user["is_admin"]) == ("reader", False)


def test_no_access_without_tls_or_by_another_name(proxy: Proxy) -> None:
    plain = http.client.HTTPConnection(HOST, proxy.ports.tls, timeout=20)
    plain.request("GET", "/engineers/")
    assert plain.getresponse().status == 400
    plain.close()
    strange = ssl.create_default_context()
    strange.check_hostname, strange.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", proxy.ports.tls)) as raw,
        pytest.raises(ssl.SSLError, match=r"(?i)unrecognized.name"),
    ):
        strange.wrap_socket(raw, server_hostname="other.example")
    with pytest.raises(http.client.RemoteDisconnected):
        proxy.ask("/engineers/", "anna", headers={"Host": "other.example"})


def test_headers_and_sizes(proxy: Proxy) -> None:
    for path, who in (("/engineers/", "anna"), ("/mlflow/", "bert"), ("/", None)):
        headers = proxy.ask(path, who).headers
        assert headers["strict-transport-security"].startswith("max-age=")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["server"] == "nginx"
    large = {"query": "x" * 1_100_000}
    assert proxy.ask("/engineers/graphql", "anna", method="POST", body=large).status == 413


def test_the_servers_behind_it_listen_on_loopback_only(proxy: Proxy) -> None:
    ports = {proxy.ports.engineers, proxy.ports.auditors, proxy.ports.mlflow}
    seen = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, _, port = local.partition(":")
            if state == LISTENING and int(port, 16) in ports:
                assert address == LOOPBACK
                seen.add(int(port, 16))
    assert seen == ports


def test_mlflow_asks_everybody_on_this_machine_for_a_password_that_is_no_default(
    served: Served,
) -> None:
    proxy, (said, read_only) = served.proxy, served.said
    logins = MlflowLogins.of(proxy.home)
    assert f"as reader, password in {logins.password_file('reader')}" in said
    assert "to read only" in read_only
    assert "MLflow:  http" not in read_only
    words = {u: logins.password_file(u).read_text() for u in ("admin", "reader")}
    assert all(len(w) == 32 for w in words.values())
    assert len(set(words.values())) == 2
    assert not any(w in said for w in words.values())
    assert stat.S_IMODE(logins.folder.stat().st_mode) == 0o700
    for file in logins.folder.iterdir():
        assert file == logins.users or stat.S_IMODE(file.stat().st_mode) == 0o600
    for login, status in (
        (None, 401), ("admin:password1234", 401), (f"reader:{words['admin']}", 401),
        (f"reader:{words['reader']}", 200),
    ):  # fmt: skip
        assert direct(proxy.ports.mlflow, "GET", "experiments/get?experiment_id=0", login) == status
    reader, alias = (
        f"reader:{words['reader']}",
        {"name": "read me", "alias": "in_use", "version": "1"},
    )
    assert direct(proxy.ports.mlflow, "POST", "registered-models/alias", reader, alias) == 403


def direct(port: int, method: str, what: str, login: str | None, body: Any = None) -> int:
    """Status of a question to MLflow past the proxy."""
    headers = {"Content-Type": "application/json"}
    if login is not None:
        headers["Authorization"] = f"Basic {base64.b64encode(login.encode()).decode()}"
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, f"/api/2.0/mlflow/{what}", body=content, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_logins_are_no_part_of_the_evidence(proxy: Proxy) -> None:
    from ind_risk.adapters.manifest import evidence_files

    assert MlflowHome.of(proxy.home).database.exists()
    assert not [n for n in evidence_files(proxy.home) if "servers" in n or "password" in n]
