"""A power cut at any instant: readers see the old state or the new one, and the same command again mends the rest.

The program is killed before its N-th change of a file, for many N over the whole command, and the same again for the
command that runs on what the kill left.
"""
import json
import os
import random
import shutil
import signal
import subprocess
import unittest
from pathlib import Path
from typing import Any

import harness
from harness import DONE, WorldTest, latest_run

SEED = int(os.environ.get("CRASH_SEED") or random.randrange(1 << 30))
POINTS = 24
OCTOBER = "2026-10"
kill_at = ""


class CrashTest(WorldTest):
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

    def preloaded(self, **more: str) -> dict[str, str]:
        return self.world.environment(LD_PRELOAD=kill_at, ASAN_OPTIONS="verify_asan_link_order=0", **more)

    def changes_of(self, *command: Any) -> int:
        """How many changes of files a command makes, from the start."""
        counted = self.world.folder / "counted"
        self.world.run(*command, environment=self.preloaded(KILL_COUNT=str(counted)))
        return int(counted.read_text(encoding="ascii"))

    def kill(self, point: int, *command: Any) -> bool:
        """Runs a command that dies before its change `point`; false when it had fewer."""
        environment = self.preloaded(KILL_AT=str(point))
        done = subprocess.run(self.world.command(*command), env=environment, cwd=self.world.folder, check=False,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=harness.SECONDS_MAX)
        self.assertIn(done.returncode, (DONE, -signal.SIGKILL), done.stderr)
        return done.returncode == -signal.SIGKILL

    def readers_view(self) -> str:
        """What readers see of the months, but for ids: they are never given twice, so a second try has later ones."""
        costs = self.world.run("report", "costs", "--by", "Month,CustomerId,BillingCurrency,ChargeCategory",
                               "--format", "csv", code=None).out
        proof = self.world.prove(None)
        months = {month["month"]: month["currencies"] for month in proof["months"] if month["holds"]}
        return costs + json.dumps(months, sort_keys=True)

    def check_every_crash(self, *command: Any) -> None:
        """From the state of the home now: old or new at each kill, and new after the same command again."""
        self.keep_start()
        old = self.readers_view()
        changes = self.changes_of(*command)
        new = self.readers_view()
        self.assertNotEqual(old, new)
        files = len(self.world.lake_files())
        draw = random.Random(SEED)
        points = sorted({1, 2, changes - 1, changes} | {draw.randint(1, changes) for _ in range(POINTS)})
        kept_old = 0
        for point in points:
            with self.subTest(point=point, of=changes, seed=SEED):
                self.back_to_start()
                self.kill(point, *command)
                now = self.readers_view()
                self.assertIn(now, (old, new))
                kept_old += now == old
                self.kill(draw.randint(1, changes), *command)
                self.world.run(*command)
                self.assertEqual(self.readers_view(), new)
                self.assertEqual(len(self.world.lake_files()), files)
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
    kill_at = str(Path(harness.main(extra_arguments=1)[0]).resolve())
    unittest.main()
