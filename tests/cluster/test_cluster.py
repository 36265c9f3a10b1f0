"""A real Trino cluster: `test_cluster.py PROGRAM LIVE_TEST [--record]`.

A coordinator and two workers on loopback answer what the embedded engine answers, row by row; a worker is killed on the
way, a statement is ended, the cluster is stopped. What `make test` replays is recorded anew, and compared with what the
tree has: a difference fails, and --record puts the new answers into the tree."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import trino
from cluster_world import (ASKED, RECORDED, REFUSED, REPLAYED, ClusterTest, publish_a_home, publish_a_small_home,
                           use_cluster)

import harness
from harness import World
from stand_in import Recorder

# Of the home that all is asked of; the one whose answers are replayed is in the usual one.
SCHEMA = "asked"
QUESTION = ("report", "costs", "--by", "ResourceId,BillingCurrency", "--format", "csv")

live_test = Path()
records = False
cluster: trino.Cluster
world: World


def text_of(statements: list[dict]) -> str:
    """As JSON with a line for each row."""

    def lines(rows: list) -> str:
        return ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)

    parts = []
    for one in statements:
        head = json.dumps({key: value for key, value in one.items() if key != "rows"}, ensure_ascii=False)
        parts.append(f'{head[:-1]}, "rows": [\n{lines(one["rows"])}\n]}}')
    return "[\n" + ",\n".join(parts) + "\n]\n"


class Cluster(ClusterTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.close()
        self.world = world
        use_cluster(world, cluster.uri, schema=SCHEMA)

    def test_01_the_cluster_has_what_is_published_once_it_knows_the_tables(self) -> None:
        self.assertIn("SCHEMA_NOT_FOUND", world.run("config", "trino", "check", code=2).talk)
        tables = {log.parent.name for log in (world.home / "delta").glob("*/_delta_log")}
        self.assertEqual(set(world.run("config", "trino", "register").out.split()), tables)
        self.assertEqual(world.run("config", "trino", "register").out, "")
        self.assertIn("charges", world.run("config", "trino", "check").out)

    def test_02_both_engines_answer_the_same(self) -> None:
        for question in (*REPLAYED, *ASKED):
            self.assert_same_answer(*question)
        embedded, trino_too = (self.world.run(*REFUSED, "--engine", engine, code=2) for engine in ("embedded", "trino"))
        self.assertEqual(trino_too.talk, embedded.talk)

    def test_03_both_engines_spell_values_and_expressions_the_same(self) -> None:
        done = subprocess.run([live_test], env={**os.environ, "APPORTION_TRINO_URL": cluster.uri}, check=False,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_04_recorded_answers_are_those_of_the_cluster(self) -> None:
        replayed = World()
        self.addCleanup(replayed.close)
        publish_a_small_home(replayed)
        cluster.register(replayed.home / "delta")
        recorder = Recorder(cluster.uri)
        try:
            use_cluster(replayed, recorder.uri)
            for question in REPLAYED:
                replayed.run(*question, "--engine", "trino")
        finally:
            recorder.close()
        recorded = text_of(recorder.recorded())
        if records:
            RECORDED.parent.mkdir(exist_ok=True)
            RECORDED.write_text(recorded, encoding="utf-8")
        self.assertEqual(json.loads(recorded), json.loads(RECORDED.read_text(encoding="utf-8")),
                         "what was recorded is not what the cluster answers: run this with --record, and look at it")

    def test_05_what_is_published_later_is_read_or_refused(self) -> None:
        world.run("rules", "apply", self.changed_rules())
        self.assert_same_answer(*REPLAYED[0])
        world.run("lake", "publish")
        outcome = world.run(*REPLAYED[0], "--engine", "trino", code=None)
        if outcome.code != 0:  # the cluster still has the log of before
            self.assert_tells(outcome, "is not what is published")
        cluster.rows("CALL lake.system.flush_metadata_cache()")
        self.assert_same_answer(*REPLAYED[0])

    def changed_rules(self) -> Path:
        rules = world.folder / "changed.yaml"
        rules.write_text("- effective: 2026-01\n  rules:\n    - name: all\n      when: {x_PublisherType: Azure}\n"
                         "      assign: cust-00001\n", encoding="utf-8")
        return rules

    def test_06_an_interrupt_ends_the_statement(self) -> None:
        process = subprocess.Popen(world.command("prove", "--engine", "trino"), env=world.environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.wait_for_a_statement()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=harness.SECONDS_MAX)
        self.assertEqual(process.returncode, harness.STOPPED)
        end = time.monotonic() + 60
        while self.running() and time.monotonic() < end:
            time.sleep(0.2)
        self.assertEqual(self.running(), [])

    @staticmethod
    def running() -> list:
        return cluster.rows("SELECT query_id FROM system.runtime.queries WHERE source = 'apportion' "
                            "AND state NOT IN ('FINISHED', 'FAILED')")

    def wait_for_a_statement(self) -> None:
        end = time.monotonic() + 60
        while not self.running():
            self.assertLess(time.monotonic(), end, "no statement came to the cluster")

    def test_07_a_killed_worker_changes_no_answer(self) -> None:
        embedded = world.run("prove", "--json", "--engine", "embedded", code=None)
        answers = []
        asking = threading.Thread(
            target=lambda: answers.append(world.run("prove", "--json", "--engine", "trino", code=None)))
        asking.start()
        self.wait_for_a_statement()
        cluster.workers[0].kill()
        asking.join()
        self.assertEqual((answers[0].code, answers[0].out), (embedded.code, embedded.out), answers[0].talk)

    def test_08_a_table_that_is_gone_is_told(self) -> None:
        cluster.rows(f"CALL lake.system.unregister_table('{SCHEMA}', 'charges')")
        outcome = world.run(*QUESTION, "--engine", "trino", code=2)
        self.assert_tells(outcome, "TABLE_NOT_FOUND", "register the Delta tables", "`apportion config trino check`")
        self.assertEqual(world.run("config", "trino", "register").out.split(), ["charges"])
        self.assert_same_answer(*QUESTION)

    def test_09_a_cluster_that_is_down_is_said_to_be(self) -> None:
        cluster.stop()
        outcome = world.run(*QUESTION, "--engine", "trino", code=5)
        self.assertEqual(outcome.out, "")
        self.assertIn("cust", world.run(*REPLAYED[0], "--engine", "embedded").out)


def main() -> None:
    global cluster, world, live_test, records  # pylint: disable=global-statement
    live_test = Path(harness.main(1)[0]).resolve()
    records = "--record" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--record"]
    try:
        trino.install()
    except trino.NotToBeHad as reason:
        sys.exit(f"test-cluster: {reason}")
    with tempfile.TemporaryDirectory(prefix="apportion-trino-") as folder:
        world = World()
        cluster = trino.Cluster(Path(folder))
        try:
            publish_a_home(world)
            cluster.start()
            unittest.main()
        finally:
            cluster.stop()
            world.close()


if __name__ == "__main__":
    main()
