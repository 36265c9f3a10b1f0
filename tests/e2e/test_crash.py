"""A power cut at any instant: readers see the old state or the new one, and the same command again mends the rest.

The program is killed before its N-th change of a file, for many N over the whole command, and the same again for the
command that runs on what the kill left.
"""
import contextlib
import json
import random
import shutil
import sqlite3
import unittest
from typing import Any

import kill_harness
from harness import latest_run
from kill_harness import SEED, KillTest

POINTS = 24
OCTOBER = "2026-10"


class CrashTest(KillTest):
    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=71, rows=400, customers=4, months=OCTOBER, no_focus=True)
        self.start = self.world.folder / "start"

    def keep_start(self) -> None:
        shutil.copytree(self.world.home, self.start)

    def back_to_start(self) -> None:
        shutil.rmtree(self.world.home)
        if self.start.exists():
            shutil.copytree(self.start, self.world.home)

    def readers_view(self) -> str:
        """What readers see of the months, but for ids: they are never given twice, so a second try has later ones."""
        costs = self.world.run("report", "costs", "--by", "Month,CustomerId,BillingCurrency,ChargeCategory",
                               "--format", "csv", code=None).out
        proof = self.world.prove(None)
        months = {month["month"]: month["currencies"] for month in proof["months"] if month["holds"]}
        return costs + json.dumps(months, sort_keys=True)

    def named_files(self) -> set[str]:
        """The files of the lake that the control plane knows."""
        with contextlib.closing(sqlite3.connect(self.world.home / "control-plane.sqlite")) as plane:
            tables = [name for (name,) in plane.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
            with_path = [table for table in tables
                         if any(column[1] == "path" for column in plane.execute(f"PRAGMA table_info({table})"))]
            return {path for table in with_path for (path,) in plane.execute(f"SELECT path FROM {table}")}

    def check_every_crash(self, *command: Any) -> None:
        """From the state of the home now: old or new at each kill, and new after the same command again."""
        self.keep_start()
        old = self.readers_view()
        changes = self.changes_of(*command)
        new = self.readers_view()
        self.assertNotEqual(old, new)
        draw = random.Random(SEED)
        kept_old = 0
        for point in self.points(changes, POINTS):
            with self.subTest(point=point, of=changes, seed=SEED):
                self.back_to_start()
                self.kill(point, *command)
                now = self.readers_view()
                self.assertIn(now, (old, new))
                kept_old += now == old
                self.kill(draw.randint(1, changes), *command)
                self.world.run(*command)
                self.assertEqual(self.readers_view(), new)
                self.assertEqual(self.world.lake_files() - self.named_files(), set())
                self.assertEqual(list((self.world.home / "tmp").iterdir()), [])
        self.assertGreater(kept_old, 0)


class FirstImport(CrashTest):
    def test_sync(self) -> None:
        self.world.init(self.sample)
        self.check_every_crash("sync")


class Restatement(CrashTest):
    def test_sync(self) -> None:
        late = [latest_run(self.sample, export, OCTOBER).folder for export in ("actual-cost", "amortized-cost")]
        for folder in late:
            folder.rename(self.world.folder / folder.parent.parent.parent.name)
        self.world.init(self.sample)
        self.world.run("sync")
        for folder in late:
            (self.world.folder / folder.parent.parent.parent.name).rename(folder)
        self.check_every_crash("sync")


class Rules(CrashTest):
    def test_apply(self) -> None:
        self.world.init(self.sample)
        self.world.run("sync")
        rules = self.world.folder / "all.yaml"
        customer = self.world.run("customer", "list", "--json").json()["customers"][0]["id"]
        rules.write_text(f"- effective: 2026-01\n  rules:\n    - {{name: all, assign: {customer}}}\n", encoding="utf-8")
        self.check_every_crash("rules", "apply", rules)


class Init(CrashTest):
    def test_init(self) -> None:
        for point in range(1, 40):
            with self.subTest(point=point):
                shutil.rmtree(self.world.home, ignore_errors=True)
                self.kill(point, "init")
                self.world.run("init")
                self.world.run("months")


if __name__ == "__main__":
    kill_harness.main()
    unittest.main()
