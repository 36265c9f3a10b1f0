"""Several processes at once on one home: edits never wait for a download, and what runs can be seen and stopped."""
import os
import pty
import signal
import subprocess
from typing import Any

import azure_harness
import harness
from azure_harness import AzureTest, setUpModule, tearDownModule  # noqa: F401: for unittest
from harness import BAD_INPUT, DONE, LOCKED, STOPPED

MONTHS = ("2026-09", "2026-10")
BY = "Month,x_CustomerTenantId,BillingCurrency,ChargeCategory"
PART = r"part_\d+"
LONG = 600  # seconds that storage says nothing, unless the test goes on


class SideBySide(AzureTest):
    """A sync that waits for storage while others work."""

    def setUp(self) -> None:
        super().setUp()
        self.connect()
        self.apply()
        self.run_exports(*MONTHS)

    def waiting_sync(self) -> subprocess.Popen:
        """A sync whose download got stuck."""
        self.azure.fault("storage", "hang", path=PART, seconds=LONG)
        process = self.started("sync")
        self.wait_until(lambda: not self.azure.tell("faults") or process.poll() is not None)
        self.assertIsNone(process.poll())
        return process

    def goes_on(self, process: subprocess.Popen, code: int = DONE) -> str:
        """The download goes on; the sync's talk."""
        self.azure.tell("faults/clear")
        _, talk = process.communicate(timeout=harness.SECONDS_MAX)
        self.assertEqual(process.returncode, code, talk)
        return talk

    def jobs(self, *more: Any) -> list[dict[str, Any]]:
        return self.world.run("jobs", "list", *more, "--json").json()["jobs"]

    def assert_whole(self) -> None:
        self.assertTrue(all(month["holds"] for month in self.world.prove()["months"]))
        self.assertEqual(list((self.world.home / "tmp").iterdir()), [])
        self.assertEqual(list((self.world.home / "lake/incoming").iterdir()), [])

    def test_edits_do_not_wait_for_a_download(self) -> None:
        rules = self.world.folder / "rules.yaml"
        rules.write_text("- effective: 2026-09\n  rules:\n    - name: all\n      when: {BillSource: acme}\n"
                         "      assign: contoso\n")
        with self.waiting_sync() as process:
            for command in (("customer", "add", "contoso"), ("rules", "apply", rules, "--yes"), ("months",),
                            ("config", "set", "alerts.late-hours", 5), ("connection", "add", "--name", "other",
                             "--actual", self.world.folder),
                            ("backup", "--to", self.world.folder / "backup")):
                self.world.run(*command)
                self.assertIsNone(process.poll(), command)
            self.assertEqual([one["id"] for one in self.world.run("customer", "list", "--json").json()["customers"]],
                             ["contoso"])
            self.goes_on(process)
        self.assertEqual({row["CustomerId"] for row in self.world.costs()}, {"contoso"})
        self.assert_same_costs(self.world.costs(BY), self.folder_world().costs(BY))
        self.assert_whole()

    def test_who_syncs_is_told_and_how_far(self) -> None:
        self.assertEqual(self.jobs(), [])
        with self.waiting_sync() as process:
            self.wait_until(lambda: self.jobs()[0]["step"])
            [job] = self.jobs()
            self.assertEqual((job["kind"], job["state"], job["ended_at"]), ("sync", "running", ""))
            self.assertTrue(job["actor"].startswith("os:"))
            refused = self.world.run("sync", code=LOCKED)
            self.assert_tells(refused, f"job {job['job']} (sync, by os:", f"apportion jobs stop {job['job']}")
            self.assert_tells(self.world.run("import", self.world.folder, "--connection", "acme", code=LOCKED),
                              "taking in runs")
            self.goes_on(process)
        self.assertEqual(self.jobs(), [])
        self.assertEqual([(job["kind"], job["state"]) for job in self.jobs("--all")],
                         [("sync", "done")])

    def test_a_job_is_stopped_from_elsewhere(self) -> None:
        with self.waiting_sync() as process:
            self.wait_until(self.jobs)
            self.world.run("jobs", "stop", self.jobs()[0]["job"])
            _, talk = process.communicate(timeout=harness.SECONDS_MAX)
        self.assertEqual(process.returncode, STOPPED, talk)
        [job] = self.jobs("--all")
        self.assertEqual(job["state"], "stopped")
        self.assertTrue(job["stop_wanted_by"].startswith("os:"))
        self.world.run("jobs", "stop", job["job"], code=harness.USAGE)
        self.azure.tell("faults/clear")
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(BY), self.folder_world().costs(BY))
        self.assert_whole()

    def test_a_job_that_was_killed_does_not_run(self) -> None:
        with self.waiting_sync() as process:
            self.wait_until(self.jobs)
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.assertEqual(self.jobs(), [])
        self.assertEqual([job["state"] for job in self.jobs("--all")], ["killed"])
        self.azure.tell("faults/clear")
        self.world.run("sync")
        self.assert_whole()

    def test_a_connection_that_changes_while_it_is_read(self) -> None:
        with self.waiting_sync() as process:
            self.world.run("connection", "edit", "acme", "--allow-retail-prices")
            talk = self.goes_on(process, BAD_INPUT)
        self.assertIn("was changed or removed while its runs were being read", talk)
        self.world.run("sync")
        self.assert_same_costs(self.world.costs(BY), self.folder_world().costs(BY))
        self.assert_whole()

    def test_a_connection_that_goes_while_it_is_read(self) -> None:
        with self.waiting_sync() as process:
            self.world.run("connection", "remove", "acme")
            self.goes_on(process, BAD_INPUT)
        self.assertEqual(self.world.months(), [])
        self.assertEqual(self.world.lake_files(), set())

    def test_a_month_that_is_locked_while_it_is_read(self) -> None:
        self.world.run("sync", "--month", MONTHS[0])
        before = self.world.costs(BY, "--month", MONTHS[0])
        with self.waiting_sync() as process:
            self.world.run("months", "lock", "--connection", "acme", "--month", MONTHS[0])
            self.goes_on(process)
        self.assert_same_costs(self.world.costs(BY, "--month", MONTHS[0]), before)
        self.assert_whole()

    def test_others_work_while_a_person_is_asked(self) -> None:
        self.world.run("sync")
        self.world.run("customer", "add", "contoso")
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            self.world.command("customer", "edit", "contoso", "--add-tenant", self.tenant_of_charges()),
            env=self.world.environment(), cwd=self.world.folder, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        told = b""
        while b"[y/N]" not in told:
            told += os.read(ours, 4096)
        self.world.run("customer", "add", "fabrikam")
        os.write(ours, b"y\n")
        try:
            while part := os.read(ours, 4096):
                told += part
        except OSError:  # the other side is closed
            pass
        os.close(ours)
        self.assertEqual(process.wait(timeout=harness.SECONDS_MAX), LOCKED, told.decode())
        self.assertIn("changed meanwhile", told.decode())
        self.assertEqual({row["CustomerId"] for row in self.world.costs()}, {"unassigned"})
        self.assert_whole()

    def tenant_of_charges(self) -> str:
        return next(row["x_CustomerTenantId"] for row in self.world.costs("x_CustomerTenantId,BillingCurrency")
                    if row["x_CustomerTenantId"])


if __name__ == "__main__":
    azure_harness.main()
