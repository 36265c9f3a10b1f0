"""Workers: runs are read by other processes, which see only the lake and the exports. What comes of it is the same as
without them, whoever dies."""
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import threading
import unittest
from pathlib import Path
from typing import Any

import service_harness
from service_harness import SECONDS_MAX, Answer, Service, harness

KILL_AT = ""  # the library that ends a process before its N-th change of a file
LEASE_SECONDS = 10
BY = "Month,CustomerId,ServiceName,ChargeDescription,x_SourceFile,x_SourceLine,BillingCurrency"
API = "/api/v1/worker/"


class Worker:
    """`apportion worker`, whose talk is kept."""

    def __init__(self, world: harness.World, port: int, token: str, *options: Any, lake: Path | None = None,
                 **variables: str):
        self.log: list[str] = []
        self._changed = threading.Condition()
        options_of_asan = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        environment = world.environment(APPORTION_WORKER_TOKEN=token, ASAN_OPTIONS=options_of_asan, **variables)
        environment["APPORTION_HOME"] = str(world.folder / "no-home")
        self.process = subprocess.Popen(
            [str(harness.program), "worker", "--coordinator", f"http://127.0.0.1:{port}", "--lake",
             str(lake or world.home / "lake"), *map(str, options)],
            env=environment, cwd=world.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, encoding="utf-8")
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr:
            with self._changed:
                self.log.append(line.rstrip("\n"))
                self._changed.notify_all()

    def said(self, pattern: str, times: int = 1) -> None:
        """Waits until so many lines have the pattern."""

        def has() -> bool:
            return sum(bool(re.search(pattern, line)) for line in self.log) >= times

        with self._changed:
            assert self._changed.wait_for(has, SECONDS_MAX), f"no line has {pattern}: {self.log}"

    def is_ready(self) -> "Worker":
        self.said("^ready to read runs")
        return self

    def rows_written(self) -> int:
        found = (re.search(r"^wrote ([\d,]+) rows? of", line) for line in list(self.log))
        return sum(int(one[1].replace(",", "")) for one in found if one)

    def ended(self) -> int:
        code = self.process.wait(SECONDS_MAX)
        self._reader.join(SECONDS_MAX)
        self.process.stderr.close()
        return code

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        return self.ended()


class Template:
    """Exports, what a home is that nobody helps with, and a home that has no connection yet."""

    def __init__(self) -> None:
        self.world = harness.World()
        self.sample = self.world.sample(rows=500, months="2026-08..2026-10", customers=4)
        self.world.home = self.world.folder / "alone"
        self.world.init(self.sample)
        self.world.run("sync", code=None)
        self.told = told_by(self.world)
        self.version = self.world.run("version", "--json").json()["apportion"]


def told_by(world: harness.World) -> list[Any]:
    imports = world.run("imports", "list", "--json").json()["imports"]
    same = [{name: one[name] for name in one if name not in ("import", "imported_at")} for one in imports]
    rows = sorted(map(str, world.costs(BY)))
    return [world.run("prove", "--json", code=None).json(), rows, sorted(map(json.dumps, same))]


class Workers(harness.WorldTest):
    template: Template

    @classmethod
    def setUpClass(cls) -> None:
        cls.template = Template()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.template.world.close()

    def setUp(self) -> None:
        super().setUp()
        self.sample = self.template.sample
        self.make_home()

    def make_home(self) -> None:
        self.world.run("init")
        self.world.run("customer", "import", self.sample / "customers.csv")
        self.world.run("config", "set", "workers.lease-seconds", LEASE_SECONDS)
        self.owner = service_harness.add_token(self.world, "owner", "owner")
        self.token = service_harness.add_token(self.world, "w", "worker")
        self.start()

    def start(self, port: int = 0) -> None:
        self.service = Service(self.world, port=port)
        self.addCleanup(self.service.stop)

    def worker(self, *options: Any, token: str | None = None, **more: Any) -> Worker:
        worker = Worker(self.world, self.service.port, self.token if token is None else token, *options, **more)
        self.addCleanup(worker.stop)
        return worker

    def connect(self) -> None:
        self.world.run("connection", "add", "--name", "acme", "--actual", self.sample / "exports/actual-cost",
                       "--amortized", self.sample / "exports/amortized-cost")

    def begin_import(self) -> Answer:
        self.connect()
        return self.service.request("POST", "/api/v1/imports", {}, token=self.owner)

    def import_all(self) -> None:
        self.end_import(self.begin_import())

    def end_import(self, begun: Answer) -> None:
        job = self.service.job(begun, self.owner)
        self.assertEqual(job["state"], "done", job)
        self.check_same()

    def check_same(self) -> None:
        """The home tells what one tells that nobody helped with, and nothing is left of anybody's work."""
        for ours, alone in zip(told_by(self.world), self.template.told, strict=True):
            self.assertEqual(ours, alone)
        self.assertFalse([path for path in self.world.lake_files() if path.startswith("incoming/")
                          and path.endswith(".parquet")])

    def call(self, method: str, path: str, body: Any = None, token: str = "") -> Answer:
        return self.service.request(method, API + path, body, token=token or self.token)

    def take(self, name: str = "test") -> dict:
        """Takes runs as a worker does, once there are some."""
        for _ in range(10 * SECONDS_MAX):
            answer = self.call("POST", "leases", {"worker": name, "version": self.template.version})
            self.assertEqual(answer.status, 200, answer)
            if "lease" in answer.json():
                return answer.json()["lease"]
            threading.Event().wait(0.05)
        raise AssertionError("there are no runs to take")

    def rows_of_all(self) -> int:
        return sum(one["rows"] for one in self.world.run("imports", "list", "--json").json()["imports"])

    def test_two_workers_read_all_runs_and_nothing_is_different(self) -> None:
        workers = [self.worker("--name", name).is_ready() for name in ("one", "two")]
        self.import_all()
        self.assertEqual(sum(worker.rows_written() for worker in workers), self.rows_of_all())
        self.assertTrue(any("/stand-ins-" in path for path in self.world.lake_files()))
        self.assertFalse((self.world.folder / "no-home").exists(), "a worker needs no home")
        for worker in workers:
            self.assertEqual(worker.stop(), 0, worker.log)

    def test_without_workers_the_service_reads_the_runs(self) -> None:
        self.import_all()

    def test_a_worker_that_is_killed_is_replaced_by_another(self) -> None:
        counted = self.world.folder / "counted"
        first = self.worker("--leases", 1, LD_PRELOAD=KILL_AT, KILL_COUNT=str(counted)).is_ready()
        begun = self.begin_import()
        self.assertEqual(first.ended(), 0, first.log)
        self.end_import(begun)  # the service read the others

        self.service.stop()
        changes = int(counted.read_text(encoding="ascii"))
        self.assertGreater(changes, 8)
        self.world.home = self.world.folder / "killed"
        self.make_home()
        victim = self.worker("--name", "victim", LD_PRELOAD=KILL_AT, KILL_AT=str(changes // 2)).is_ready()
        other = self.worker("--name", "other").is_ready()
        other.process.send_signal(signal.SIGSTOP)
        begun = self.begin_import()
        self.assertEqual(victim.ended(), -signal.SIGKILL, victim.log)
        other.process.send_signal(signal.SIGCONT)
        self.end_import(begun)
        self.assertEqual(other.rows_written(), self.rows_of_all(), self.service.log)

    def test_a_late_answer_is_refused_and_its_files_are_gone(self) -> None:
        begun = self.begin_import_after(lambda: self.call("POST", "leases", self.asking("silent")))
        lease = self.take("silent")
        folder = self.world.home / "lake" / lease["runs"][0]["folder"]
        self.assertTrue(folder.is_dir())
        (folder / "charges-0.parquet").write_bytes(b"half of it")
        self.end_import(begun)
        self.assertFalse(folder.exists())
        late = self.call("POST", f"leases/{lease['id']}/answer", {"worker": "silent", "runs": []})
        self.assertEqual((late.status, late.problem()), (409, "worker-lease-ended"))
        renewed = self.call("PUT", f"leases/{lease['id']}", {"worker": "silent", "run": 0, "rows": 1, "bytes": 1})
        self.assertEqual((renewed.status, renewed.problem()), (409, "worker-lease-ended"))

    def asking(self, name: str) -> dict:
        return {"worker": name, "version": self.template.version}

    def begin_import_after(self, show_up: Any) -> Answer:
        """Begins an import while a worker is known to be there."""
        self.assertEqual(show_up().status, 200)
        return self.begin_import()

    def test_an_answer_that_is_wrong_is_not_used(self) -> None:
        begun = self.begin_import_after(lambda: self.call("POST", "leases", self.asking("liar")))
        lease = self.take("liar")
        runs = [{"import": run["import"], "layout": "MPA", "rows_source": 1, "rows_stored": 1, "rows_rejected": 0,
                 "notes": "", "marks": "", "mirror_checksum": "", "totals": [], "metric_totals": [],
                 "files": [{"path": run["folder"] + "/charges-0.parquet", "role": "charges", "rows": 1, "bytes": 4,
                            "content_hash": "0" * 32}], "source_files": [], "rejects": []} for run in lease["runs"]]
        elsewhere = [{**run, "files": [{**run["files"][0], "path": "charges/x.parquet"}]} for run in runs]
        refused = self.call("POST", f"leases/{lease['id']}/answer", {"worker": "liar", "runs": elsewhere})
        self.assertEqual(refused.problem(), "worker-answer-wrong")
        again = self.take("second liar")
        runs = [{**run, "files": [{**run["files"][0], "path": leased["folder"] + "/charges-0.parquet"}]}
                for run, leased in zip(runs, again["runs"], strict=True)]
        for leased in again["runs"]:
            (self.world.home / "lake" / leased["folder"] / "charges-0.parquet").write_bytes(b"PAR1")
        taken = self.call("POST", f"leases/{again['id']}/answer", {"worker": "second liar", "runs": runs})
        self.assertEqual(taken.status, 204, taken)
        self.end_import(begun)

    def test_a_lease_is_of_the_token_that_took_it(self) -> None:
        begun = self.begin_import_after(lambda: self.call("POST", "leases", self.asking("mine")))
        lease = self.take("mine")
        other = service_harness.add_token(self.world, "other", "worker")
        for method, path, body in (("PUT", "", {"run": 0, "rows": 0, "bytes": 0}), ("POST", "/return", {"why": "x"}),
                                   ("POST", "/answer", {"runs": []})):
            refused = self.call(method, f"leases/{lease['id']}{path}", {"worker": "mine", **body}, token=other)
            self.assertEqual((refused.status, refused.problem()), (409, "worker-lease-ended"))
        self.call("POST", "end", {"worker": "mine"})
        self.end_import(begun)

    def test_a_service_that_is_killed_and_started_again_gets_its_workers_back(self) -> None:
        worker = self.worker().is_ready()
        worker.process.send_signal(signal.SIGSTOP)
        self.connect()
        self.service.request("POST", "/api/v1/imports", {}, token=self.owner)
        lease = self.take("lost")
        self.service.process.kill()
        self.service.process.wait(SECONDS_MAX)
        worker.process.send_signal(signal.SIGCONT)
        worker.said("^waiting for the service")
        self.start(self.service.port)
        ended = self.call("PUT", f"leases/{lease['id']}", {"worker": "lost", "run": 0, "rows": 0, "bytes": 0})
        self.assertEqual(ended.problem(), "worker-lease-ended")
        self.end_import(self.service.request("POST", "/api/v1/imports", {}, token=self.owner))
        worker.said("^ready to read runs", times=2)
        self.assertFalse((self.world.home / "lake" / lease["folder"]).exists())

    def test_a_run_that_the_worker_does_not_see_is_read_by_the_service(self) -> None:
        own = self.world.folder / "exports"
        subprocess.run(["cp", "-r", str(self.sample / "exports"), str(own)], check=True)
        worker = self.worker().is_ready()
        worker.process.send_signal(signal.SIGSTOP)
        self.world.run("connection", "add", "--name", "acme", "--actual", own / "actual-cost", "--amortized",
                       own / "amortized-cost")
        begun = self.service.request("POST", "/api/v1/imports", {}, token=self.owner)
        lease = self.take("blind")
        given = self.call("POST", f"leases/{lease['id']}/return", {"worker": "blind", "why": "the folder is not there"})
        self.assertEqual(given.status, 204, given)
        self.call("POST", "end", {"worker": "blind"})
        worker.process.send_signal(signal.SIGCONT)
        job = self.service.job(begun, self.owner)
        self.assertEqual(job["state"], "done", job)
        self.assertEqual(sorted(map(str, self.world.costs(BY))), self.template.told[1])

    def test_a_token_that_is_wrong_ends_the_worker(self) -> None:
        for token, told in (("nonsense", "the service does not know the token"),
                            (self.owner, "the token may not take runs")):
            worker = self.worker(token=token)
            self.assertEqual(worker.ended(), harness.REFUSED, worker.log)
            self.assertIn(told, "\n".join(worker.log))
            self.assertIn("token add", "\n".join(worker.log))

    def test_a_token_of_a_worker_may_nothing_else(self) -> None:
        for path in ("/api/v1/me", "/api/v1/connections", "/api/v1/jobs", "/api/v1/imports"):
            refused = self.service.get(path, token=self.token)
            self.assertEqual((refused.status, refused.problem()), (403, "not-allowed"), path)
        refused = self.world.run("user", "add", "anna@example.com", "--role", "worker", code=harness.USAGE)
        self.assert_tells(refused, "people cannot have this role")

    def test_another_lake_ends_the_worker(self) -> None:
        other = self.world.folder / "other"
        (other / "incoming").mkdir(parents=True)
        for lake, told in ((other, "this is not the lake of the service"),
                           (self.world.folder / "nowhere", "the folder of the lake cannot be opened")):
            worker = self.worker(lake=lake)
            self.assertEqual(worker.ended(), harness.USAGE, worker.log)
            self.assertIn(told, "\n".join(worker.log))
            self.assertIn("lake", worker.log[-1])

    def test_another_version_is_refused(self) -> None:
        refused = self.call("GET", "lake?version=0.0.1")
        self.assertEqual((refused.status, refused.problem()), (409, "worker-version-differs"))
        self.assertIn("0.0.1", refused.json()["detail"])
        refused = self.call("POST", "leases", {"worker": "old", "version": "0.0.1"})
        self.assertEqual(refused.problem(), "worker-version-differs")
        for status, body, told in ((409, {"id": "worker-version-differs", "detail": "the worker is 2, the service 1"},
                                    "the worker is 2, the service 1"),
                                   (404, {"id": "no-such-resource"}, "does not hand out runs"),
                                   (200, {"hello": "world"}, "does not say which lake it has")):
            with self.subTest(told), Other(status, body) as port:
                worker = Worker(self.world, port, self.token)
                self.addCleanup(worker.stop)
                self.assertIn(worker.ended(), (harness.USAGE, harness.BAD_INPUT), worker.log)
                self.assertIn(told, "\n".join(worker.log))

    def test_a_service_that_is_not_there_is_waited_for(self) -> None:
        with Other(200, {}) as port:
            pass
        worker = Worker(self.world, port, self.token)
        self.addCleanup(worker.stop)
        worker.said("^waiting for the service")
        self.assertEqual(worker.stop(), 0, worker.log)

    def test_what_is_asked_wrongly_is_told(self) -> None:
        lake = self.world.home / "lake"
        for options, told in ((("--coordinator", "http://192.0.2.1:1"), "asked without TLS"),
                              (("--coordinator", "billing"), "not the address of a service"),
                              (("--coordinator", "http://127.0.0.1:1", "--token-file", "nowhere"), "nowhere")):
            refused = self.world.run("worker", "--lake", lake, *options, code=None,
                                     environment=self.world.environment(APPORTION_WORKER_TOKEN="x"))
            self.assertNotEqual(refused.code, 0)
            self.assert_tells(refused, told)
        without = self.world.run("worker", "--lake", lake, "--coordinator", "http://127.0.0.1:1", code=harness.USAGE)
        self.assert_tells(without, "the worker has no token", "--role worker")


class Other:
    """Something else that answers HTTP."""

    def __init__(self, status: int, body: dict):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # pylint: disable=invalid-name
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:  # pylint: disable=arguments-differ
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self) -> int:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self._server.server_port

    def __exit__(self, *_: Any) -> None:
        self._server.shutdown()
        self._server.server_close()


if __name__ == "__main__":
    service_harness.main()
    KILL_AT = str(Path(sys.argv.pop(1)).resolve())
    unittest.main()
