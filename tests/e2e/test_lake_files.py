"""Which files of a home are removed, and which stay."""
import unittest

import harness
from harness import WorldTest

OCTOBER = "2026-10"
LATER = "2028-01-15"


class LakeFiles(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.init(self.world.sample(seed=83, rows=300, months=OCTOBER, customers=4, no_focus=True))
        self.world.run("sync")

    def removals(self) -> list[dict]:
        entries = self.world.run("audit", "show", "--json").json()["entries"]
        return [entry for entry in entries if entry["what"] == "lake.remove"]

    def test_what_somebody_else_put_into_the_home_stays(self) -> None:
        lake = self.world.home / "lake"
        foreign = [lake / "notes.txt", lake / "charges/mine/charges-0.parquet", self.world.home / "tmp/keep"]
        for path in foreign:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("mine", encoding="utf-8")
        outside = self.world.folder / "outside"
        outside.mkdir()
        (lake / "prices").symlink_to(outside)
        self.world.run("split", "--month", OCTOBER)
        for path in [*foreign, lake / "prices"]:
            self.assertTrue(path.exists(), path)
        told = self.world.run("doctor", "--json").json()
        self.assertTrue(told["well"])
        probe = next(probe for probe in told["probes"] if probe["probe"] == "foreign-files")
        self.assertEqual(probe["state"], "warning")
        for name in ("lake/notes.txt", "lake/charges/mine/", "lake/prices", "tmp/keep"):
            self.assertIn(name, probe["said"])
        self.assertIn("move it out of the home", probe["next"])

    def test_files_that_nothing_needs_go_after_the_days_of_the_setting(self) -> None:
        self.world.run("split", "--month", OCTOBER)
        before = self.world.lake_files()
        self.world.run("customer", "add", "late", "--name", "Late")
        self.assertEqual(self.world.lake_files() & before, before, "they are kept for a while")
        self.world.run("config", "set", "lake.keep-superseded-days", 30)
        self.world.run("customer", "add", "later", "--name", "Later", today=LATER)
        gone = before - self.world.lake_files()
        self.assertTrue(gone)
        self.assertTrue(all("/split=" in path for path in gone), gone)
        self.assertEqual(len(self.removals()), 1)
        self.assertTrue(self.world.run("doctor", "--json", today=LATER).json()["well"])
        self.assertTrue(self.world.prove()["holds"])
        self.world.run("backup", "--to", self.world.folder / "backups")
        self.world.run("restore", "--from", self.world.folder / "backups", "--home", self.world.folder / "restored")


if __name__ == "__main__":
    harness.main()
    unittest.main()
