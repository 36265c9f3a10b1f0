"""Damage at rest: a file of the lake that is not as it was published is named, and never a fault of the program."""
import random
import unittest
from pathlib import Path

import harness
from harness import CHECK_FAILED, REFUSED, WorldTest

SEED = 20261122
OCTOBER = "2026-10"


class Damage(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.init(self.world.sample(seed=81, rows=300, months=OCTOBER, customers=4, no_focus=True))
        self.world.run("sync")
        self.lake = self.world.home / "lake"
        live = sorted(path for path in self.lake.rglob("*.parquet"))
        self.assertGreater(len(live), 3)
        self.in_force = [path for path in live if self.is_in_force(path)]

    def is_in_force(self, path: Path) -> bool:
        """Files of runs that later ones replaced are read by nobody."""
        content = path.read_bytes()
        path.unlink()
        fails = self.world.run("prove", code=None).code != 0
        path.write_bytes(content)
        return fails

    def assert_named(self, path: Path, text: str) -> None:
        self.assertIn(path.relative_to(self.world.home).as_posix(), text)
        self.assertNotIn("fault of apportion", text)

    def test_a_flipped_bit_is_found_in_every_file(self) -> None:
        draw = random.Random(SEED)
        for path in self.in_force:
            content = bytearray(path.read_bytes())
            for _ in range(3):
                place, bit = draw.randrange(len(content)), draw.randrange(8)
                with self.subTest(file=path.name, place=place, bit=bit, seed=SEED):
                    content[place] ^= 1 << bit
                    path.write_bytes(content)
                    proof = self.world.run("prove", code=CHECK_FAILED)
                    self.assert_named(path, proof.talk)
                    self.assert_named(path, self.world.run("doctor", code=CHECK_FAILED).out)
                    self.assertNotIn("fault of apportion", self.world.run("report", "costs", code=None).talk)
                    self.world.run("doctor", "--quick")
                content[place] ^= 1 << bit
            path.write_bytes(content)
        self.world.run("prove")

    def test_a_cut_or_missing_file_stops_reports(self) -> None:
        for path in self.in_force:
            content = path.read_bytes()
            for name, damaged in (("cut", content[:len(content) // 2]), ("empty", b""), ("missing", None)):
                with self.subTest(file=path.name, damage=name):
                    path.unlink() if damaged is None else path.write_bytes(damaged)
                    self.assert_named(path, self.world.run("doctor", "--quick", code=CHECK_FAILED).out)
                    self.assert_named(path, self.world.run("prove", code=CHECK_FAILED).talk)
            path.write_bytes(content)
        assignments = next(path for path in self.in_force if "assignments" in path.as_posix())
        assignments.write_bytes(b"")
        told = self.world.run("report", "costs", code=REFUSED)
        self.assert_named(assignments, told.talk)
        self.assertIn(f"apportion split --connection acme --month {OCTOBER}", told.talk)
        self.world.run("split", "--connection", "acme", "--month", OCTOBER)
        self.world.run("prove")

    def test_a_lost_control_plane_is_no_new_home(self) -> None:
        for path in self.world.home.glob("control-plane.sqlite*"):
            path.unlink()
        (self.world.home / "control-plane.sqlite").touch()
        for command in (("doctor",), ("sync",), ("report", "costs"), ("init",)):
            with self.subTest(command=command):
                self.assert_tells(self.world.run(*command, code=REFUSED), "restore the home from a backup")


if __name__ == "__main__":
    harness.main()
    unittest.main()
