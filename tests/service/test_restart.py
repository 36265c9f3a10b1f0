"""What the service knows after it was started again: answers, what jobs came to, and what nobody knows."""
import fcntl
import http.client
import itertools
import sqlite3
import threading
import time
from typing import Any

import service_harness
from service_harness import SECONDS_MAX, Answer, HomeTemplate, Service, harness

CUSTOMER = {"id": "contoso", "name": "Contoso"}


class Restarting(harness.WorldTest):
    template: HomeTemplate

    @classmethod
    def setUpClass(cls) -> None:
        cls.template = HomeTemplate()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.template.close()

    def setUp(self) -> None:
        super().setUp()
        self.template.copy_to(self.world)
        self.owner = self.template.tokens["owner"]
        self.start()

    def start(self) -> None:
        self.service = Service(self.world)
        self.addCleanup(self.service.stop)

    def start_again(self) -> None:
        self.assertEqual(self.service.stop(), 0)
        self.start()

    def start_after_kill(self) -> None:
        self.service.process.kill()
        self.service.process.wait(SECONDS_MAX)
        self.start()

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.service.request("POST", "/api/v1" + path, body, token=self.owner, **options)

    def job(self, number: int) -> dict:
        return self.service.get(f"/api/v1/jobs/{number}", token=self.owner).json()

    def customers(self) -> list[str]:
        return [one["id"] for one in self.service.get("/api/v1/customers", token=self.owner).json()["items"]]

    def test_an_answer_is_given_again_and_nothing_is_done_again(self) -> None:
        first = self.post("/customers", CUSTOMER, Idempotency_Key="k1")
        done = self.service.job(first, self.owner)
        self.assertEqual(done["result"]["customer"]["id"], "contoso")
        self.start_again()
        again = self.post("/customers", CUSTOMER, Idempotency_Key="k1")
        self.assertEqual((again.status, again.json(), again.headers["location"], again.headers["idempotency-replayed"]),
                         (202, first.json(), first.headers["location"], "true"))
        self.assertEqual(self.service.job(again, self.owner), done)
        other = self.post("/customers", {"id": "fabrikam"}, Idempotency_Key="k1")
        self.assertEqual((other.status, other.problem()), (422, "idempotency-key-reused"))
        self.assertEqual(self.customers().count("contoso"), 1)
        jobs = self.service.get("/api/v1/jobs?all=true", token=self.owner).json()["items"]
        self.assertEqual([job["kind"] for job in jobs].count("customer-add"), 1)

    def test_a_job_of_a_service_that_was_killed_says_so(self) -> None:
        with open(self.world.home / "lock", "a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the jobs wait for it
            running = self.post("/customers", CUSTOMER, Idempotency_Key="k1").json()["job"]
            waiting = self.post("/imports", {}).json()["job"]
            self.assertEqual(self.job(running)["state"], "running")
            self.start_after_kill()
        for number in (running, waiting):
            job = self.job(number)
            self.assertEqual((job["state"], job["error"]["id"]), ("killed", "job-killed"))
            self.assertIn("start it again", job["error"]["message"])
            self.assertNotIn("result", job)
        again = self.post("/customers", CUSTOMER, Idempotency_Key="k1")
        self.assertEqual(again.json(), {"job": running}, "the answer was kept before the job ended")
        self.assertNotIn("contoso", self.customers())
        self.assertEqual(self.service.job(self.post("/customers", CUSTOMER), self.owner)["state"], "done")
        self.assertTrue(self.world.prove()["holds"])

    def test_a_request_whose_outcome_nobody_knows_is_not_done_again(self) -> None:
        key = self.kill_while_answering()
        self.start_after_kill()
        again = self.post("/imports", {}, Idempotency_Key=key)
        self.assertEqual((again.status, again.problem()), (409, "outcome-unknown"))
        self.assertIn("use a new key", again.json()["next"])
        anew = self.post("/imports", {}, Idempotency_Key="new")
        self.assertEqual(self.service.job(anew, self.owner)["state"], "done")

    def kill_while_answering(self) -> str:
        """Kills the service between the beginning of a request and its answer; returns the request's key."""
        plane = sqlite3.connect(self.world.home / "control-plane.sqlite", isolation_level=None, timeout=SECONDS_MAX)
        self.addCleanup(plane.close)
        deadline = time.monotonic() + SECONDS_MAX
        for number in itertools.count():
            self.assertLess(time.monotonic(), deadline, "no request was caught while it was answered")
            key = f"k{number}"
            asking = threading.Thread(target=self._ask, args=(key,))
            asking.start()
            while plane.execute("SELECT count(*) FROM kept_answer").fetchone()[0] <= number:
                pass
            plane.execute("BEGIN IMMEDIATE")  # from now on, the service can write nothing
            is_caught = plane.execute("SELECT status FROM kept_answer ORDER BY id DESC").fetchone()[0] is None
            if is_caught:
                self.service.process.kill()
                self.service.process.wait(SECONDS_MAX)
            plane.execute("ROLLBACK")
            asking.join(SECONDS_MAX)
            if is_caught:
                return key
        raise AssertionError

    def _ask(self, key: str) -> None:
        try:
            self.post("/imports", {}, Idempotency_Key=key)
        except (OSError, http.client.HTTPException):
            pass  # it was killed


if __name__ == "__main__":
    service_harness.main()
