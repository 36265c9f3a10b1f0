"""Azure at its worst while a sync reads: what is published is old or new, never half, and the next sync mends it."""
import os
import random
import signal
from typing import Any

import azure_harness
import harness
from azure_harness import AzureTest, setUpModule, tearDownModule  # noqa: F401: for unittest
from harness import BAD_INPUT, DONE, REFUSED, STOPPED, UNREACHABLE, USAGE

SEED = int(os.environ.get("FAULT_SEED") or random.randrange(1 << 30))
MONTHS = ("2026-09", "2026-10")
BY = "Month,x_CustomerTenantId,BillingCurrency,ChargeCategory"
PART = r"part_\d+"
LIST = "comp=list"
INTERRUPTED_AT_MOST = 3  # seconds


class FaultTest(AzureTest):
    """Exports that have run once for the file; each test reads them with a home of its own."""

    delivery: tuple[str, str] = ()  # container and prefix
    wanted: list[dict[str, str]]

    def deliver(self) -> None:
        self.connect()
        self.apply()
        self.run_exports(*MONTHS)
        FaultTest.delivery = (self.container, self.prefix)
        FaultTest.wanted = self.folder_world().costs(BY)
        self.world = self.new_world()

    def setUp(self) -> None:
        super().setUp()
        if not FaultTest.delivery:
            self.deliver()
        self.container, self.prefix = FaultTest.delivery

    def connect_storage(self) -> None:
        """A connection that only reads."""
        self.connect(*self.locations())

    def parts(self) -> list[str]:
        return [name for name in self.azure.blobs(self.container, self.prefix) if "part" in name]

    def published(self) -> list[dict[str, str]]:
        """The costs that a reader sees; none when there are no charges."""
        told = self.world.run("report", "costs", "--by", BY, "--format", "csv", code=None)
        self.assertIn(told.code, (DONE, USAGE))
        return told.rows()

    def nothing(self) -> bool:
        return self.world.months() == [] and self.world.lake_files() == set()

    def assert_mends(self) -> None:
        """The same command again takes in all there is."""
        self.azure.tell("faults/clear")
        self.world.run("sync")
        self.assert_new()

    def assert_new(self) -> None:
        self.assert_same_costs(self.world.costs(BY), self.wanted)
        self.assertEqual(list((self.world.home / "tmp").iterdir()), [])
        self.assertTrue(all(month["holds"] for month in self.world.prove()["months"]))


class Passing(FaultTest):
    """Faults that pass by themselves: one sync gets through all of them."""

    def test_throttling_and_busy_servers(self) -> None:
        self.azure.fault("login", "throttle", headers={"Retry-After": "1"})
        self.azure.fault("arm", "throttle",
                         headers={"x-ms-ratelimit-microsoft.costmanagement-entity-retry-after": "1"})
        self.connect_storage()
        self.azure.fault("storage", "throttle", path=LIST, headers={"x-ms-retry-after-ms": "50", "Retry-After": "1"})
        self.azure.fault("storage", "server_busy", path=LIST)
        self.azure.fault("storage", "timeout_500", path=PART)
        self.azure.fault("storage", "server_busy", path="manifest.json")
        self.azure.fault("storage", "drop", path=PART)
        self.azure.fault("storage", "reset", path=PART, skip=2)
        self.azure.fault("login", "drop")
        self.world.run("sync")
        self.assertEqual(self.azure.tell("faults"), [])
        self.assert_new()

    def test_answers_cut_at_many_bytes(self) -> None:
        draw = random.Random(SEED)
        self.connect_storage()
        for name in self.parts():
            size = len(self.azure.read_blob(name, self.container))
            self.azure.fault("storage", "cut", path=name, bytes=draw.choice((0, 1, size - 1, draw.randrange(size))))
        for path in (LIST, "manifest.json"):
            self.azure.fault("storage", "cut", path=path, bytes=draw.randrange(200))
        with self.subTest(seed=SEED):
            self.world.run("sync")
            self.assertEqual(self.azure.tell("faults"), [])
            self.assert_new()

    def test_lists_in_odd_pages(self) -> None:
        odd = {"page_size": 1, "empty_pages": True, "hierarchical": True, "encoded_names": True}
        self.azure.tell("storage", account="partnerexports", **odd)
        self.addCleanup(self.azure.tell, "storage", account="partnerexports", page_size=0,
                        **{name: False for name in odd if name != "page_size"})
        self.connect_storage()
        self.world.run("sync")
        self.assert_new()

    def test_a_token_that_ends_while_a_part_is_read(self) -> None:
        self.connect_storage()
        self.azure.fault("storage", "slow", path=PART, bytes=4096, seconds=0.3)
        with self.started("sync") as process:
            self.wait_until(lambda: not self.azure.tell("faults"))
            self.azure.tell("tokens/expire")
            _, talk = process.communicate(timeout=harness.SECONDS_MAX)
        self.assertEqual(process.returncode, DONE, talk)
        self.assert_new()

    def test_a_run_written_over_while_it_is_read_is_read_anew(self) -> None:
        self.connect_storage()
        self.azure.fault("storage", "condition_not_met", path=PART)
        self.world.run("sync")
        self.assert_new()

    def test_an_outage_of_a_moment(self) -> None:
        draw = random.Random(SEED)
        self.connect_storage()
        for _ in range(3):
            self.azure.fault("storage", draw.choice(("drop", "reset", "server_busy")), skip=draw.randrange(20), times=2)
        with self.subTest(seed=SEED):
            self.world.run("sync")
            self.assert_new()


class Lasting(FaultTest):
    """Faults that a sync cannot get through: it says so, leaves the old state, and the next one mends it."""

    def test_a_run_that_is_always_written_over(self) -> None:
        self.connect_storage()
        self.azure.fault("storage", "condition_not_met", path=PART, times=-1)
        told = self.world.run("sync", code=BAD_INPUT)
        self.assert_tells(told, "the run was overwritten while it was being read")
        self.assertTrue(self.nothing())
        self.assert_mends()

    def test_a_part_that_is_missing_until_later(self) -> None:
        self.connect_storage()
        name = self.parts()[0]
        data = self.azure.read_blob(name, self.container)
        self.azure.tell("blob/delete", account="partnerexports", container=self.container, name=name)
        try:
            told = self.world.run("sync", code=BAD_INPUT)
        finally:
            self.azure.write_blob(name, data, self.container)
        self.assert_tells(told, name.rpartition("/")[2])
        self.assert_mends()

    def test_a_run_without_a_manifest_is_left_alone(self) -> None:
        self.connect_storage()
        name = next(name for name in self.azure.blobs(self.container, self.prefix) if name.endswith("manifest.json"))
        data = self.azure.read_blob(name, self.container)
        self.azure.tell("blob/delete", account="partnerexports", container=self.container, name=name)
        try:
            self.world.run("sync")
        finally:
            self.azure.write_blob(name, data, self.container)
        self.assertEqual(len([month for month in self.world.months() if month["state"] == "complete"]), 1)
        self.assert_mends()

    def test_refusals_end_a_sync_at_once(self) -> None:
        for kind, code in (("firewall", REFUSED), ("permission_mismatch", REFUSED)):
            with self.subTest(kind=kind):
                self.world = self.new_world()
                self.connect_storage()
                self.azure.fault("storage", kind, path=PART, times=-1)
                self.world.run("sync", code=code)
                self.assertTrue(self.nothing())
                self.assert_mends()

    def test_the_network_is_pulled_away_and_somebody_stops_the_program(self) -> None:
        draw = random.Random(SEED)
        for number in (signal.SIGINT, signal.SIGKILL, signal.SIGTERM):
            with self.subTest(signal=number, seed=SEED):
                self.world = self.new_world()
                self.connect_storage()
                self.azure.tell("faults/clear")
                self.azure.fault("storage", draw.choice(("drop", "reset", "hang")), skip=draw.randrange(20), times=-1)
                with self.started("sync") as process:
                    self.wait_until(lambda: self.azure.tell("faults")[0]["times"] < -1 or process.poll() is not None)
                    process.send_signal(number)
                    _, talk = process.communicate(timeout=INTERRUPTED_AT_MOST)
                self.assertIn(process.returncode, (DONE, STOPPED, -number), talk)
                published = self.published()
                months = {row["Month"] for row in published}
                self.assert_same_costs(published, [row for row in self.wanted if row["Month"] in months])
                self.assert_mends()


class Refused(FaultTest):
    """What no sane Azure sends."""

    def check(self, kind: str, code: int, *parts: str, path: str = LIST, **more: Any) -> None:
        self.world = self.new_world()
        self.connect_storage()
        self.azure.fault("storage", kind, path=path, times=-1, **more)
        self.assert_tells(self.world.run("sync", code=code), *parts, "where:", "next:")
        self.assertTrue(self.nothing())
        self.assert_mends()

    def test_an_xml_bomb(self) -> None:
        self.check("xml_bomb", REFUSED)
        self.check("xml_bomb", BAD_INPUT, status=200)

    def test_a_redirect_to_another_host(self) -> None:
        self.check("redirect", REFUSED, "elsewhere.invalid")
        self.check("redirect", REFUSED, "elsewhere.invalid", path=PART)

    def test_ten_gigabytes_in_place_of_a_small_answer(self) -> None:
        self.check("huge", BAD_INPUT)
        self.check("huge", BAD_INPUT, path=PART)
        self.check("huge", BAD_INPUT, path="manifest.json")

    def test_garbage(self) -> None:
        self.check("garbage", BAD_INPUT)
        self.check("garbage", BAD_INPUT, path=PART)

    def test_arm_and_login_that_answer_nonsense(self) -> None:
        self.connect_storage()
        for service, kind, path in (("arm", "huge", "exports"), ("arm", "redirect", "exports"),
                                    ("arm", "garbage", "exports"), ("login", "garbage", "token"),
                                    ("login", "huge", "token"), ("login", "redirect", "token")):
            with self.subTest(service=service, kind=kind):
                self.azure.tell("faults/clear")
                self.azure.fault(service, kind, path=path, times=-1)
                told = self.exports("list", code=None)
                self.assertIn(told.code, (BAD_INPUT, REFUSED, UNREACHABLE))
                self.assert_tells(told, "where:", "why:", "next:")


if __name__ == "__main__":
    azure_harness.main()
