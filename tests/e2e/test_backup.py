"""Backups: made while others work, whole to the last byte or not there, restored to the same reports."""
import json
import os
import random
import re
import resource
import shlex
import shutil
import signal
import subprocess
import unittest
from pathlib import Path
from typing import Any

import harness
import kill_harness
from harness import BAD_INPUT, CHECK_FAILED, DONE, REFUSED, USAGE, WorldTest
from kill_harness import SEED as KILL_SEED
from kill_harness import KillTest

SEED = int(os.environ.get("BACKUP_SEED") or random.randrange(1 << 30))
POINTS = 12
OCTOBER = "2026-10"


class BackupTest(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.sample = self.world.sample(seed=61, rows=300, months="2026-09..2026-10", customers=4, no_focus=True)
        self.world.init(self.sample)
        self.world.run("sync")
        self.backups = self.world.folder / "backups"
        self.other = self.world.folder / "other"

    def back_up(self, *more: Any, code: int | None = DONE) -> dict:
        return self.world.run("backup", "--to", self.backups, "--json", *more, code=code).json()

    def restore(self, *more: Any, source: Any = None, home: Any = None, code: int | None = DONE) -> harness.Outcome:
        return self.world.run("restore", "--from", source or self.backups, "--home", home or self.other, *more,
                              code=code)

    def view_of(self, home: Path) -> str:
        """Every byte that reports, proof, calendar and rules show of a home."""
        commands = (("prove", "--json"), ("months", "--json"), ("customer", "list", "--json"),
                    ("imports", "list", "--json"), ("report", "costs", "--by",
                     "Month,CustomerId,CustomerName,BillingCurrency,x_ImportId", "--format", "csv"),
                    ("rules", "history", "--json"), ("config", "list", "--json"))
        return "\n".join(self.world.run("--home", home, *command, code=None).out for command in commands)


class Whole(BackupTest):
    def test_a_restored_home_shows_the_same(self) -> None:
        told = self.back_up()
        self.assertEqual(told["key"], "none")
        self.assertEqual(told["files_copied"], told["files"])
        self.restore()
        self.assertEqual(self.view_of(self.other), self.view_of(self.world.home))
        self.world.run("--home", self.other, "prove")
        self.world.run("--home", self.other, "doctor")
        self.world.run("--home", self.other, "audit", "verify")
        log = self.world.run("--home", self.other, "audit", "show", "--json").json()["entries"]
        self.assertEqual(log[-1]["what"], "home.restore")
        log = self.world.run("audit", "show", "--json").json()["entries"]
        self.assertEqual(log[-1]["what"], "backup.make")
        self.assertEqual(oct(self.other.stat().st_mode & 0o777), "0o700")

    def test_the_commands_that_it_names_work_whatever_the_folders_are_called(self) -> None:
        told = self.world.run("backup", "--to", self.world.folder / "our 'old' backups").talk
        restore = shlex.split(re.search("^to restore it: apportion (.*)", told, re.MULTILINE)[1])
        home = self.world.folder / "new home"
        told = self.world.run(*restore[:-1], home).talk
        self.world.run(*shlex.split(re.search("^next: apportion (.*)", told, re.MULTILINE)[1]))

    def test_the_next_backup_copies_what_is_new_only(self) -> None:
        first = self.back_up()
        again = self.back_up()
        self.assertEqual((again["files_copied"], again["bytes_copied"], again["files"]), (0, 0, first["files"]))
        customer = self.world.run("customer", "list", "--json").json()["customers"][0]["id"]
        rules = self.world.folder / "all.yaml"
        rules.write_text(f"- effective: 2026-01\n  rules:\n    - {{name: all, assign: {customer}}}\n", encoding="utf-8")
        before = self.view_of(self.world.home)
        self.world.run("rules", "apply", rules)
        third = self.back_up()
        self.assertTrue(0 < third["files_copied"] < third["files"])
        self.restore(source=again["backup"])
        self.assertEqual(self.view_of(self.other), before)
        self.restore(home=self.world.folder / "newest")
        self.assertEqual(self.view_of(self.world.folder / "newest"), self.view_of(self.world.home))

    def test_it_is_made_while_another_process_holds_the_home(self) -> None:
        with subprocess.Popen(self.world.command("serve", "--every", 60, "--listen", "off"),
                              env=self.world.environment(),
                              cwd=self.world.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE) as service:
            service.stderr.readline()
            self.back_up()
            service.send_signal(signal.SIGTERM)
            service.communicate(timeout=20)
        self.restore()
        self.world.run("--home", self.other, "prove")

    def test_it_is_one_moment_of_a_home_that_changes(self) -> None:
        """Each backup beside a running sync is one that proves, of before or of after."""
        shutil.rmtree(self.world.home)
        self.world.init(self.sample)
        with subprocess.Popen(self.world.command("sync", "--threads", 1), env=self.world.environment(),
                              cwd=self.world.folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as sync:
            while sync.poll() is None:
                self.back_up()
            self.assertEqual(sync.returncode, DONE)
        for number, backup in enumerate(sorted(self.backups.glob("0*"))):
            home = self.world.folder / f"home-{number}"
            self.restore(source=backup, home=home)
            self.world.run("--home", home, "doctor")
            proof = self.world.run("--home", home, "prove", "--json", code=None).json()
            for month in proof["months"]:
                self.assertIn(month["reasons"], ([], ["no charges of this month are published"]))


class Keys(BackupTest):
    def setUp(self) -> None:
        super().setUp()
        secret = self.world.folder / "secret"
        secret.write_text("a-secret-of-the-app", encoding="utf-8")
        self.world.run("connection", "edit", "acme", "--tenant", "11111111-0000-4000-8000-000000000001", "--client-id",
                       "11111111-0000-4000-8000-000000000002", "--client-secret-file", secret)

    def test_the_key_goes_with_it_and_that_is_said(self) -> None:
        self.assert_tells(self.world.run("backup", "--to", self.backups), "it includes the key of the secrets")
        self.assert_tells(self.restore(), "the key of the secrets was in the backup")
        self.assertEqual((self.other / "key").read_bytes(), (self.world.home / "key").read_bytes())
        self.assertEqual((self.other / "key").stat().st_mode & 0o777, 0o600)

    def test_without_the_key_what_must_be_given_is_named(self) -> None:
        self.assertEqual(self.back_up("--without-key")["key"], "left_out")
        self.assertEqual(list(self.backups.rglob("key")), [])
        told = self.restore()
        self.assert_tells(told, "NOT in the backup", "apportion connection edit acme --client-secret-file FILE")
        self.assertFalse((self.other / "key").exists())
        secrets = self.restore("--json", home=self.world.folder / "third").json()["secrets_to_give"]
        self.assertEqual([secret["name"] for secret in secrets], ["client-secret"])

    def test_a_key_from_outside_is_not_in_it(self) -> None:
        key = self.world.folder / "key-elsewhere"
        (self.world.home / "key").rename(key)
        environment = self.world.environment(APPORTION_KEY_FILE=str(key))
        told = self.world.run("backup", "--to", self.backups, environment=environment)
        self.assert_tells(told, "stored outside the home")


class Refused(BackupTest):
    def assert_error(self, outcome: harness.Outcome, name: str) -> None:
        self.assertEqual(json.loads(outcome.talk)["error"]["id"], name)

    def test_places_that_cannot_be(self) -> None:
        self.assert_error(self.world.run("backup", "--to", self.world.home / "b", "--json", code=USAGE),
                          "backup-inside-home")
        self.assert_error(self.world.run("backup", "--to", self.sample, "--json", code=USAGE), "folder-not-empty")
        self.assert_error(self.restore("--json", code=USAGE), "backup-missing")
        self.back_up()
        self.assert_error(self.restore("--json", home=self.world.home, code=USAGE), "folder-not-empty")
        self.assert_error(self.restore("--json", home=self.sample, code=USAGE), "folder-not-empty")
        self.world.run("prove")

    def test_a_damaged_home_is_not_backed_up(self) -> None:
        self.back_up()
        path = max(self.world.home.joinpath("lake").rglob("*.parquet"))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 4
        path.write_bytes(content)
        self.back_up()  # the folder has that file as it was published
        shutil.rmtree(self.backups)
        told = self.world.run("backup", "--to", self.backups, code=REFUSED)
        self.assert_tells(told, path.name, "nothing was backed up")
        self.assertEqual(list(self.backups.glob("0*")), [])

    def test_every_flipped_bit_of_a_backup_is_seen(self) -> None:
        self.back_up()
        draw = random.Random(SEED)
        for path in sorted(path for path in self.backups.rglob("*") if path.is_file() and path.stat().st_size):
            with self.subTest(file=path.name, seed=SEED):
                content = path.read_bytes()
                damaged = bytearray(content)
                damaged[draw.randrange(len(content))] ^= 1 << draw.randrange(7)
                path.write_bytes(damaged)
                self.assert_error(self.restore("--dry-run", "--json", code=BAD_INPUT), "backup-damaged")
                self.assert_error(self.restore("--json", code=BAD_INPUT), "backup-damaged")
                self.assertFalse((self.other / "control-plane.sqlite").exists())
                path.write_bytes(content[:len(content) // 2])
                self.restore(code=BAD_INPUT)
                path.write_bytes(content)
        self.restore("--dry-run")
        self.restore()
        self.world.run("--home", self.other, "prove")

    def test_a_damaged_file_in_the_folder_is_written_anew(self) -> None:
        self.back_up()
        path = max((self.backups / "files").rglob("*"))
        path.write_bytes(b"\0" * path.stat().st_size)
        self.assertEqual(self.back_up("--quick")["files_copied"], 0)
        self.assertEqual(self.back_up()["files_copied"], 1)
        self.restore()

    def test_no_room_is_said_and_leaves_nothing(self) -> None:
        limit = harness.lower_limit(resource.RLIMIT_FSIZE, 16384)
        told = self.world.run("backup", "--to", self.backups, code=REFUSED, preexec_fn=limit)
        self.assertEqual(list(self.backups.glob("0*")), [], told.talk)
        self.back_up()
        self.world.run("restore", "--from", self.backups, "--home", self.other, code=REFUSED, preexec_fn=limit)
        self.restore()
        self.world.run("--home", self.other, "prove")


class Files(BackupTest):
    def test_damaged_and_missing_files_are_put_back(self) -> None:
        self.back_up()
        before = self.view_of(self.world.home)
        paths = sorted((self.world.home / "lake").rglob("*.parquet"))
        content = bytearray(paths[0].read_bytes())
        content[7] ^= 1
        paths[0].write_bytes(content)
        paths[1].unlink()
        shutil.rmtree(paths[-1].parent)
        gone = {path for path in paths if not path.exists()} | {paths[0]}
        self.assert_tells(self.world.run("doctor", code=CHECK_FAILED), "apportion restore --from BACKUP --files")
        planned = self.world.run("restore", "--from", self.backups, "--files", "--dry-run", "--json").json()
        told = self.world.run("restore", "--from", self.backups, "--files", "--json").json()
        self.assertEqual(planned["restored"], told["restored"])
        self.assertEqual({self.world.home / "lake" / path for path in told["restored"]}, gone)
        self.world.run("doctor")
        self.assertEqual(self.view_of(self.world.home), before)
        told = self.world.run("restore", "--from", self.backups, "--files")
        self.assert_tells(told, "every file of the lake is as published")

    def test_what_the_backup_lacks_is_said(self) -> None:
        self.back_up()
        path = max((self.world.home / "lake").rglob("*.parquet"))
        shutil.rmtree(self.backups / "files")
        path.unlink()
        told = self.world.run("restore", "--from", self.backups, "--files", code=USAGE)
        self.assert_tells(told, path.name)


class Killed(BackupTest, KillTest):
    def test_a_backup_is_there_whole_or_not_at_all(self) -> None:
        changes = self.changes_of("backup", "--to", self.world.folder / "counted-backups")
        for point in self.points(changes, POINTS):
            with self.subTest(point=point, seed=KILL_SEED):
                shutil.rmtree(self.backups, ignore_errors=True)
                self.kill(point, "backup", "--to", self.backups)
                if list(self.backups.glob("0*")):
                    self.restore("--dry-run")
                self.back_up()
                self.restore("--dry-run")
                self.assertFalse((self.backups / "tmp").exists())
        self.world.run("prove")

    def test_a_home_is_restored_whole_or_not_at_all(self) -> None:
        self.back_up()
        wanted = self.view_of(self.world.home)
        changes = self.changes_of("restore", "--from", self.backups, "--home", self.world.folder / "counted-home")
        for point in self.points(changes, POINTS):
            with self.subTest(point=point, seed=KILL_SEED):
                shutil.rmtree(self.other, ignore_errors=True)
                self.kill(point, "restore", "--from", self.backups, "--home", self.other)
                if not (self.other / "control-plane.sqlite").exists():
                    self.world.run("--home", self.other, "prove", code=USAGE)
                    self.restore()
                self.assertEqual(self.view_of(self.other), wanted)


if __name__ == "__main__":
    kill_harness.main()
    unittest.main()
