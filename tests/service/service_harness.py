"""What the tests of the service share: the service as a process, and requests to it.

Each test file is run as `python3 test_TOPIC.py PROGRAM ENVIRONMENT [unittest options]`. With the packages of
tests/api/requirements.txt in the environment, each answer is held against the description of the API.
"""
import http.client
import json
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "e2e"), str(TESTS), str(TESTS.parent / "tools")]

# pylint: disable=wrong-import-position
import environments  # noqa: E402
import harness  # noqa: E402

TOKEN_ROLES = ("owner", "billing-engineer", "finance", "analyst", "operator", "customer-admin", "customer-viewer",
               "worker")
SECONDS_MAX = 60

description: Any = None  # what answers are held against, where it can be


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes

    def json(self) -> Any:
        return harness.parse_json(self.body.decode("utf-8"))

    def problem(self) -> str:
        """The id of the error."""
        assert self.headers.get("content-type") == "application/problem+json", self
        return self.json()["id"]


class Service:
    """`apportion serve` on a free port."""

    def __init__(self, world: harness.World, *options: Any, port: int = 0):
        self.log: list[str] = []
        self.process = subprocess.Popen(
            world.command("serve", "--listen", f"127.0.0.1:{port}", "--every", 1440, *options), env=world.environment(),
            cwd=world.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            encoding="utf-8")
        self._listening = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        assert self._listening.wait(SECONDS_MAX), f"the service does not listen: {self.log}"
        assert self.port, f"the service has ended: {self.log}"

    port = 0

    def _read(self) -> None:
        for line in self.process.stderr:
            self.log.append(line.rstrip("\n"))
            place = re.match(r"listening at https?://.*:(\d+)$", line)
            if place:
                self.port = int(place[1])
                self._listening.set()
        self._listening.set()

    def logged(self, pattern: str) -> str:
        """The first line of the log in which the pattern is found; the log comes a moment after the answer."""
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:
            for line in list(self.log):
                if re.search(pattern, line):
                    return line
            time.sleep(0.01)
        raise AssertionError(f"no line has {pattern}: {self.log}")

    def link(self) -> str:
        """The secret that `--open` printed."""
        return re.search(r"/sign-in\?link=(\S+)", self.logged(r"/sign-in\?link="))[1]

    def request(self, method: str, path: str, body: Any = None, token: str = "", timeout: float = SECONDS_MAX,
                **headers: str) -> Answer:
        """`headers` with underscores for dashes. A body that is no bytes is sent as JSON."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=sent)
            got = connection.getresponse()
            answer = Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        finally:
            connection.close()
        if description:
            description.check(method, path, *answer)
        return answer

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def job(self, answer: Answer, token: str) -> dict:
        """Waits until the job that was started has ended."""
        assert answer.status == 202, answer
        path = f"/api/v1/jobs/{answer.json()['job']}"
        assert answer.headers["location"] == path, answer
        deadline = time.monotonic() + SECONDS_MAX
        while time.monotonic() < deadline:
            job = self.get(path, token=token).json()
            if job["state"] != "running":
                return job
            time.sleep(0.02)
        raise AssertionError(f"the job does not end: {job}")

    def stop(self) -> int:
        self.process.terminate()
        code = self.process.wait(SECONDS_MAX)
        self._reader.join(SECONDS_MAX)
        self.process.stderr.close()
        return code


class HomeTemplate:
    """A home with two months and a token for each role, made once and copied for each test."""

    def __init__(self) -> None:
        self.world = harness.World()
        self.world.init(self.world.sample(rows=600, customers=4))
        self.world.run("sync")
        self.tokens = {role: add_token(self.world, role, role, "cust-00001" if role.startswith("customer") else "")
                       for role in TOKEN_ROLES}

    def copy_to(self, world: harness.World) -> None:
        shutil.copytree(self.world.home, world.home)

    def close(self) -> None:
        self.world.close()


def add_token(world: harness.World, name: str, role: str, customer: str = "") -> str:
    """Makes a token by the command line; it is shown once."""
    options = ["--customer", customer] if customer else []
    return world.run("token", "add", name, "--role", role, *options).out.strip()


def main() -> None:
    """Takes the program and the environment off the command line. Starts again with the environment's Python, where
    there is one."""
    global description  # pylint: disable=global-statement
    folder = Path(sys.argv[2]).resolve()
    if not environments.is_current("api", folder):
        print("Answers were NOT CHECKED against the description of the API: run `tools/install_dependencies api`")
    else:
        environments.start_again_in(folder)
        from described_answers import Description  # pylint: disable=import-outside-toplevel
        description = Description()
    harness.main(1)
