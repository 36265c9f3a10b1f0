"""Questions to a Trino cluster, whose answers were recorded: `test_replay.py PROGRAM`.

The answers are those of a real cluster, which `make test-cluster` records; the faults are what a cluster, or what
stands before it, answers when something is wrong."""
import base64
import json
import os
import signal
import subprocess
import sys
import time
import unittest
from typing import Any

from cluster_world import RECORDED, REPLAYED, ClusterTest, publish_a_small_home, use_cluster

import harness
from harness import World
from stand_in import Player

QUESTION = ("report", "costs", "--by", "CustomerId,BillingCurrency", "--format", "csv", "--engine", "trino")
PAGE = "/v1/statement/executing/"


def page(**answer: Any) -> tuple[int, bytes]:
    return 200, json.dumps({"id": "q", **answer}).encode()


def failed(name: str, message: str = "it says why") -> tuple[int, bytes]:
    return page(error={"message": message, "errorName": name, "errorCode": 1, "errorType": "INTERNAL_ERROR"})


class Replay(ClusterTest):
    shared: World

    @classmethod
    def setUpClass(cls) -> None:
        cls.shared = World()
        publish_a_small_home(cls.shared)

    @classmethod
    def tearDownClass(cls) -> None:
        cls.shared.close()

    def setUp(self) -> None:
        super().setUp()
        self.world = self.shared
        recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
        self.player = Player(recorded, self.world.home / "delta")
        self.addCleanup(self.player.close)
        use_cluster(self.world, self.player.uri)

    def test_answers_are_those_of_the_embedded_engine(self) -> None:
        for question in REPLAYED:
            self.assert_same_answer(*question)
        self.assertEqual(self.player.unknown, [])

    def refused(self, code: int, *parts: str, question: tuple[str, ...] = QUESTION) -> None:
        """The question fails with an exit code and a message, and nothing on standard output."""
        outcome = self.world.run(*question, code=code)
        self.assert_tells(outcome, *parts)
        self.assertEqual(outcome.out, "")

    def answer_pages_with(self, status: int, body: bytes, times: int = 1_000_000) -> None:
        left = [times]

        def fault(_method: str, path: str, _headers: dict) -> tuple[int, bytes] | None:
            if not path.startswith(PAGE) or left[0] == 0:
                return None
            left[0] -= 1
            return status, body

        self.player.fault = fault

    def test_faults_of_statements_are_told(self) -> None:
        for name, code, error_id, told in (
                ("EXCEEDED_LOCAL_MEMORY_LIMIT", 4, "cluster-out-of-memory", "more memory"),
                ("TABLE_NOT_FOUND", 2, "cluster-tables-missing", "`apportion config trino check`"),
                ("CATALOG_NOT_FOUND", 2, "cluster-tables-missing", "register the Delta"),
                ("PERMISSION_DENIED", 4, "cluster-reading-refused", "`apportion config trino set"),
                ("REMOTE_HOST_GONE", 5, "cluster-worker-lost", "ask again"),
                ("QUERY_QUEUE_FULL", 6, "cluster-busy", "less to do"),
                ("QUERY_TEXT_TOO_LARGE", 4, "cluster-question-too-large", "query.max-length"),
                ("USER_CANCELED", 4, "cluster-failed", "cancelled")):
            self.answer_pages_with(*failed(name))
            self.refused(code, name, told, "the embedded engine gives the same answer: `--engine embedded`")
            self.assert_error(error_id)

    def assert_error(self, error_id: str) -> None:
        """The question fails with this id."""
        outcome = self.world.run(*QUESTION, "--json", code=None)
        self.assertEqual(json.loads(outcome.talk)["error"]["id"], error_id)

    def test_an_error_behind_some_rows_shows_none_of_them(self) -> None:
        self.player.by_sql = {}
        columns = [{"name": "a", "type": "varchar"}]
        pages = {"1": page(columns=columns, data=[["EUR"]], nextUri=f"{self.player.uri}{PAGE}0/2"),
                 "2": failed("REMOTE_TASK_ERROR")}
        self.player.fault = lambda _method, path, _headers: pages[path[-1]] if path.startswith(PAGE) else None
        self.refused(5, "REMOTE_TASK_ERROR")
        self.assert_error("cluster-worker-lost")

    def test_a_short_absence_is_waited_out(self) -> None:
        self.answer_pages_with(503, b"", times=2)
        self.assertIn("cust-00001", self.world.run(*QUESTION).out)

    def test_what_is_not_trino_is_not_believed(self) -> None:
        self.answer_pages_with(200, b"<html>sign in</html>")
        self.refused(4, "cannot be read", "it is not JSON")
        self.assert_error("cluster-answer-unreadable")
        self.player.fault = lambda *_: (404, b"not found")
        self.refused(2, "the address is that of Trino's coordinator", "`apportion config trino set")
        self.player.fault = lambda *_: (200, json.dumps({"nodeVersion": {"version": "400"}}).encode())
        self.refused(2, "it is 400", "476 or newer")
        self.assert_error("cluster-version-too-old")

    def test_a_wrong_password_is_refused_and_the_right_one_sent(self) -> None:
        right = "Basic " + base64.b64encode(b"apportion:correct horse").decode()
        self.player.fault = lambda *request: None if request[2].get("Authorization") == right else (401, b"")
        self.refused(4, "status 401", "`apportion config trino set")
        self.assert_error("cluster-sign-in-refused")
        secret = self.world.folder / "password.txt"
        secret.write_text("correct horse\n", encoding="utf-8")
        use_cluster(self.world, self.player.uri, "--password-file", str(secret))
        self.assertIn("cust-00001", self.world.run(*QUESTION).out)
        self.assertIn("password", self.world.run("config", "trino", "show").out)
        kept = b"".join(path.read_bytes() for path in self.world.home.glob("control-plane.sqlite*"))
        self.assertNotIn(b"correct horse", kept)

    def test_a_cluster_that_is_down_is_said_to_be(self) -> None:
        self.player.close()
        self.refused(5, "no connection could be made", "`apportion config trino check`")
        self.assert_error("cluster-unanswered")
        self.assertIn("cust-00001", self.world.run(*QUESTION[:-1], "embedded").out)

    def test_an_interrupt_ends_the_statement_on_the_cluster(self) -> None:
        state = {"asked": 0}

        def never_done(method: str, path: str, _headers: dict) -> tuple[int, bytes] | None:
            if method != "GET" or not path.startswith(PAGE):
                return None
            state["asked"] += 1
            return page(nextUri=f"{self.player.uri}{PAGE}0/{state['asked'] + 1}")

        self.player.fault = never_done
        process = subprocess.Popen(self.world.command(*QUESTION), env=self.world.environment(), cwd=self.world.folder,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while state["asked"] == 0:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGINT)
        out, _ = process.communicate(timeout=harness.SECONDS_MAX)
        self.assertEqual(process.returncode, harness.STOPPED)
        self.assertEqual(out, b"")
        self.assertIn("DELETE", [method for method, _ in self.player.requests])

    def test_tables_that_are_not_what_is_published_are_refused(self) -> None:
        log = self.world.home / "delta/month_cube/_delta_log"
        newest = sorted(log.glob("*.json"))[-1]
        kept = newest.read_bytes()
        newest.write_bytes(b"")
        self.refused(2, "do not show what is published", "`apportion lake publish`")
        self.assert_error("delta-tables-stale")
        newest.write_bytes(kept)
        self.player.tables = self.world.folder / "elsewhere"
        self.refused(2, "is not what is published", "is not there", "`apportion config trino check`")
        self.assert_error("cluster-tables-differ")

    def test_the_settings_decide_who_answers(self) -> None:
        self.world.run(*QUESTION[:-2])
        self.assertEqual(self.player.requests, [])
        use_cluster(self.world, self.player.uri, "--default")
        for question in REPLAYED:
            outcome, _ = self.answer(None, question)
            self.assert_asked(outcome, question)
        self.world.run("config", "trino", "remove")
        self.refused(2, "no Trino cluster is set up")

    def test_wrong_settings_are_refused(self) -> None:
        for url in ("http://trino.example.com:8080", "https://user@trino.example.com", "https://trino.example.com/path",
                    "trino"):
            self.world.run("config", "trino", "set", "--url", url, "--catalog", "lake", "--schema", "apportion",
                           "--user", "apportion", code=2)
        self.world.run(*QUESTION[:-1], "spark", code=2)


if __name__ == "__main__":
    harness.main()
    unittest.main()
