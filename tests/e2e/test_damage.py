"""Damage at rest: what is not as it was written is named, and never a fault of the program.

`DAMAGE_FLIPS=500 python3 test_damage.py PROGRAM Flips` flips as many bits; `DAMAGE_SEED` repeats a run.
"""
import os
import random
import shutil
import unittest
from pathlib import Path

import harness
from harness import CHECK_FAILED, REFUSED, WorldTest

SEED = 20261122
FLIP_SEED = int(os.environ.get("DAMAGE_SEED") or random.randrange(1 << 30))
FLIPS = int(os.environ.get("DAMAGE_FLIPS") or 30)
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
        # Each of these questions is answered from that file.
        for name, columns in (("direct-0", "ResourceName"), ("tag-cube", "tag.env"),
                              ("month-cube", "RegionName,x_ResourceGroupName"), ("day-cube", "CustomerId,Day"),
                              ("day-totals", "Day,RegionName")):
            with self.subTest(file=name):
                path = next(path for path in self.in_force if path.stem == name and OCTOBER in path.as_posix())
                path.write_bytes(b"")
                told = self.world.run("report", "costs", "--by", columns + ",BillingCurrency", code=REFUSED)
                self.assert_named(path, told.talk)
                self.assertIn(f"apportion split --connection acme --month {OCTOBER}", told.talk)
                path.unlink()
        self.world.run("split", "--connection", "acme", "--month", OCTOBER)
        self.world.run("prove")

    def test_a_lost_control_plane_is_no_new_home(self) -> None:
        for path in self.world.home.glob("control-plane.sqlite*"):
            path.unlink()
        (self.world.home / "control-plane.sqlite").touch()
        for command in (("doctor",), ("sync",), ("report", "costs"), ("init",)):
            with self.subTest(command=command):
                self.assert_tells(self.world.run(*command, code=REFUSED), "restore the home from a backup")


class Flips(WorldTest):
    """Bits flipped anywhere in a home: each is seen, or changes nothing that anybody is shown."""

    SHOWN = (
        ("prove", "--json"), ("months", "--json"), ("months", "late", "--json"), ("imports", "list", "--json"),
        ("customer", "list", "--json"), ("connection", "list", "--json"), ("config", "list", "--json"),
        ("rules", "show"), ("rules", "history", "--json"), ("commitments", "policy", "history", "--json"),
        ("commitments", "list", "--json"), ("audit", "show", "--json"), ("report", "changes", "--json"),
        ("report", "costs", "--by", "Month,CustomerId,CustomerName,BillingCurrency,ChargeCategory,x_ImportId",
         "--format", "csv"),
    )

    def setUp(self) -> None:
        super().setUp()
        self.world.init(self.world.sample(seed=82, rows=300, months="2026-09..2026-10", customers=6, no_focus=True))
        customer = self.world.run("customer", "list", "--json").json()["customers"][0]["id"]
        rules = self.world.folder / "rules.yaml"
        rules.write_text("- effective: 2026-01\n  rules:\n    - name: platform\n"
                         f"      when: {{ServiceName: {{contains: a}}}}\n      assign: {customer}\n", encoding="utf-8")
        self.world.run("rules", "apply", rules)
        self.world.run("sync")
        self.world.run("months", "lock", "--month", "2026-09")
        self.shown = self.show()
        self.plane = self.world.home / "control-plane.sqlite"
        self.kept = self.plane.read_bytes()

    def show(self) -> list[str]:
        shown = []
        for command in self.SHOWN:
            told = self.world.run(*command, code=None)
            self.assertNotIn("fault of apportion", told.talk)
            shown.append(told.out)
        return shown

    def is_seen(self) -> bool:
        seen = False
        for command in (("prove",), ("doctor",)):
            told = self.world.run(*command, code=None)
            self.assertNotIn("bug in apportion", told.talk)
            self.assertNotIn("fault of apportion", told.talk)
            seen = seen or told.code != 0
        return seen

    def check_flip(self, path: Path, place: int, bit: int) -> bool:
        kept = path.read_bytes()
        damaged = bytearray(kept)
        damaged[place] ^= 1 << bit
        path.write_bytes(damaged)
        seen = self.is_seen()
        if not seen:
            self.assertEqual(self.show(), self.shown)
        else:
            self.world.run("report", "costs", code=None)
        path.write_bytes(kept)
        for left in self.world.home.glob("control-plane.sqlite-*"):
            left.unlink()
        return seen

    def test_each_is_seen_or_changes_nothing(self) -> None:
        draw = random.Random(FLIP_SEED)
        files = sorted((self.world.home / "lake").rglob("*.parquet"))
        seen = 0
        for number in range(FLIPS):
            path = self.plane if number % 3 else draw.choice(files)
            place, bit = draw.randrange(path.stat().st_size), draw.randrange(8)
            with self.subTest(file=path.name, place=place, bit=bit, seed=FLIP_SEED):
                seen += self.check_flip(path, place, bit)
        print(f"{seen} of {FLIPS} flipped bits were seen, seed {FLIP_SEED}")
        self.assertGreater(seen, FLIPS // 4)

    def flip_text(self, text: bytes) -> None:
        """Changes the last letter of a text wherever the control plane holds it in a row."""
        content = self.kept.replace(text, text[:-1] + bytes([text[-1] ^ 1]))
        self.assertNotEqual(content, self.kept)
        self.plane.write_bytes(content)

    def test_what_a_person_reads_is_seen_where_it_is_used(self) -> None:
        customer = self.world.run("customer", "list", "--json").json()["customers"][1]
        for text, name in ((customer["name"].encode(), f"customer {customer['id']}"),
                           (customer["tenant_ids"][0].encode(), "customer tenant"),
                           (b"contains: a", "document 1"), (b"/exports/actual-cost", "connection location")):
            with self.subTest(name=name):
                self.flip_text(text)
                for command, code in ((("prove",), CHECK_FAILED), (("report", "costs"), REFUSED), (("sync",), REFUSED)):
                    told = self.world.run(*command, code=code)
                    self.assert_tells(told, "the control plane is damaged", name, "apportion restore --from BACKUP")
                self.assertIn(name, self.world.run("doctor", code=CHECK_FAILED).out)
        self.plane.write_bytes(self.kept)
        self.world.run("prove")

    def test_customers_are_mended_by_their_file(self) -> None:
        before = self.world.costs("CustomerId,CustomerName,BillingCurrency")
        name = self.world.run("customer", "list", "--json").json()["customers"][1]["name"]
        self.world.run("months", "unlock", "--month", "2026-09")
        self.kept = self.plane.read_bytes()
        self.flip_text(name.encode())
        self.world.run("report", "costs", code=REFUSED)
        self.world.run("customer", "import", self.world.folder / "sample" / "customers.csv")
        self.world.run("prove")
        self.assertEqual(self.world.costs("CustomerId,CustomerName,BillingCurrency"), before)

    def test_a_damaged_catalog_takes_no_file_away(self) -> None:
        files = self.world.lake_files()
        for path in sorted(files):
            self.flip_text(path.encode())
            self.world.run("customer", "import", self.world.folder / "sample" / "customers.csv", code=REFUSED)
            self.world.run("sync", code=REFUSED)
            self.assertEqual(self.world.lake_files(), files)

    def test_a_home_without_its_database_is_damage_not_news(self) -> None:
        shutil.copy(self.plane, self.world.folder / "kept")
        self.plane.write_bytes(self.kept[:4096])
        for command in (("prove",), ("doctor",), ("report", "costs"), ("sync",)):
            told = self.world.run(*command, code=None)
            self.assertNotEqual(told.code, 0)
            self.assertNotIn("bug in apportion", told.talk)


if __name__ == "__main__":
    harness.main()
    unittest.main()
