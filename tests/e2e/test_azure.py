"""A partner's first day with Azure, and the days after it, against the stand-in of tests/azure."""
import signal
from typing import Any

import azure_harness
import harness
from azure_harness import AzureTest, setUpModule, tearDownModule  # noqa: F401: unittest looks for them here
from harness import CHECK_FAILED, DONE, REFUSED, STOPPED, UNREACHABLE, USAGE

COMMITMENTS = ("price-sheet", "reservation-details", "reservation-transactions", "reservation-recommendations")
INTERRUPTED_AT_MOST = 2  # seconds


class FirstDay(AzureTest):
    options = ()  # the provider of exports is not registered yet

    def test_connect_plan_apply_backfill_sync_prove(self) -> None:
        account = self.azure.billing_account
        told = self.connect("--with-customers")
        self.assert_tells(told, f"({account['name']}), {account['agreement']}",
                          f"{len(account['customers'])} of them are new child organizations, 0 were already known",
                          *(f"({profile['name']}), billed in {profile['currency']}" for profile in account["profiles"]))
        customers = self.run_("customer", "list", "--json").json()["customers"]
        self.assertEqual({tenant for customer in customers for tenant in customer["tenant_ids"]},
                         {customer["tenant"].lower() for customer in account["customers"]})

        self.azure.tell("requests/clear")
        plan = self.exports("plan", *self.storage_options(), "--json", code=CHECK_FAILED).json()
        self.assertFalse(plan["in_order"])
        self.assertEqual({export["finding"] for export in plan["exports"]}, {"missing"})
        self.assertEqual(len(plan["exports"]), 2 + 4 * len(account["profiles"]))
        self.assertEqual({entry["method"] for entry in self.azure.requests("arm")}, {"GET"})

        profile = account["profiles"][0]["name"]
        applied = self.exports("apply", *self.storage_options("--profile", profile))
        self.assert_tells(applied, "Microsoft.CostManagementExports was registered", "next: apportion exports backfill")
        self.assertEqual(set(self.azure_exports()),
                         {f"{self.prefix}-{kind}" for kind in ("actual", "amortized")}
                         | {f"{self.prefix}-{kind}-{profile.lower()}" for kind in COMMITMENTS})
        self.exports("plan")
        again = self.exports("apply", "--json").json()
        self.assertEqual({export["action"] for export in again["exports"]}, {"unchanged"})

        self.exports("backfill", "--from", "2026-09", "--pause", 0)
        self.run_exports()
        self.world.run("sync")
        self.assert_same_as_folder()
        self.assert_tells(self.world.run("sync"), "nothing new")
        history = self.exports("history", "--export", f"{self.prefix}-actual", "--json").json()["runs"]
        self.assertEqual([(run["from"][:7], run["state"]) for run in history],
                         [("2026-11", "completed"), ("2026-09", "completed"), ("2026-10", "completed")])


class Exports(AzureTest):
    def change_export(self, path: str, **properties: Any) -> None:
        """As somebody else would."""
        body = self.azure.arm("GET", path)[1]
        body["properties"].update(properties)
        self.assertEqual(self.azure.arm("PUT", path, body)[0], 200)

    def test_drift_is_named_and_mended_and_the_exports_of_others_stay(self) -> None:
        foreign = self.azure.export_path(f"finance-{self.prefix}")
        self.azure.arm("PUT", foreign, self.azure.export_body())
        etag = self.azure.arm("GET", foreign)[1]["eTag"]
        self.connect()
        self.apply()
        path = self.azure.export_path(f"{self.prefix}-actual")
        schedule = self.azure.arm("GET", path)[1]["properties"]["schedule"]
        self.change_export(path, schedule={**schedule, "status": "Inactive"}, compressionMode="none")
        plan = self.exports("plan", "--json", code=CHECK_FAILED).json()["exports"]
        findings = {export["export"]: export for export in plan}
        drifted = findings[f"{self.prefix}-actual"]
        self.assertEqual(drifted["finding"], "differs")
        self.assertEqual({difference["property"]: (difference["is"], difference["should_be"])
                          for difference in drifted["differences"]},
                         {"schedule status": ("Inactive", "Active"), "compression": ("none", "gzip")})
        self.assertEqual(findings[f"finance-{self.prefix}"]["finding"], "foreign")
        self.assertEqual(findings[f"{self.prefix}-amortized"]["finding"], "same")

        before = self.azure_exports()[f"{self.prefix}-actual"]["eTag"]
        self.exports("apply", "--dry-run")
        self.assertEqual(self.azure_exports()[f"{self.prefix}-actual"]["eTag"], before)
        applied = {export["export"]: export["action"] for export in self.exports("apply", "--json").json()["exports"]}
        self.assertEqual(applied[f"{self.prefix}-actual"], "updated")
        self.exports("plan")
        self.assertEqual(self.azure.arm("GET", path)[1]["properties"]["compressionMode"], "gzip")
        self.assertEqual(self.azure.arm("GET", foreign)[1]["eTag"], etag)

    def test_an_update_that_somebody_else_overtook_is_made_on_the_newest(self) -> None:
        self.connect()
        self.apply()
        path = self.azure.export_path(f"{self.prefix}-actual")
        self.change_export(path, compressionMode="none")
        self.azure.fault("arm", "throttle", method="PUT", path=f"{self.prefix}-actual", headers={"Retry-After": "1"})
        with self.started("exports", "apply", "--connection", "acme") as process:
            self.wait_until(lambda: not self.azure.tell("faults"))
            self.change_export(path, partitionData=False)
            _, talk = process.communicate(timeout=harness.SECONDS_MAX)
        self.assertEqual(process.returncode, DONE, talk)
        self.exports("plan")
        self.assertTrue(self.azure.arm("GET", path)[1]["properties"]["partitionData"])

    def test_an_interrupted_backfill_goes_on_and_runs_no_month_twice(self) -> None:
        self.connect()
        self.apply()
        command = ("exports", "backfill", "--connection", "acme", "--from", "2026-08", "--pause", 1)
        for number in (signal.SIGINT, signal.SIGKILL, signal.SIGKILL):
            before = len(self.months_run())
            with self.started(*command) as process:
                self.wait_until(lambda: len(self.months_run()) > before)
                process.send_signal(number)
                _, talk = process.communicate(timeout=INTERRUPTED_AT_MOST)
            if number == signal.SIGINT:
                self.assertEqual(process.returncode, STOPPED, talk)
                self.assertIn("it continues where it stopped", talk)
        left = self.run_(*command[:-1], 0, "--json").json()["steps"]
        self.assertEqual({step["state"] for step in left}, {"completed"})
        self.assertEqual(self.months_run(), [f"{self.prefix}-{kind} {month}" for kind in ("actual", "amortized")
                                             for month in ("2026-08", "2026-09", "2026-10")])

    def test_a_failed_run_is_told_and_tried_again_when_asked(self) -> None:
        self.connect()
        self.apply()
        self.azure.tell("next-run", states=["Queued", "Failed"], error={"code": "DataNotReady", "message": "Not yet."})
        command = ("backfill", "--from", "2026-10", "--pause", 0)
        self.assert_tells(self.exports(*command, code=CHECK_FAILED), "DataNotReady", "--retry")
        self.exports(*command, "--retry")
        self.assertEqual(len(self.months_run()), 3)
        self.azure.tell("next-run", states=["Queued", "Failed"], error={"code": "DataNotReady", "message": "Not yet."})
        failed = self.exports("run", "--export", f"{self.prefix}-actual", "--wait", "--pause", 0, code=UNREACHABLE)
        self.assert_tells(failed, "DataNotReady")

    def test_an_apply_that_fails_leaves_the_connection_where_it_reads(self) -> None:
        self.connect()
        self.apply()
        before = self.run_("connection", "show", "acme", "--json").json()
        self.azure.fault("arm", "answer", method="PUT", path=f"{self.prefix}-", times=-1, status=400,
                         body={"error": {"code": "BadRequest", "message": "Not there."}})
        self.assert_tells(self.exports("apply", "--container", "elsewhere", code=USAGE), "Not there.")
        after = self.run_("connection", "show", "acme", "--json").json()
        self.assertEqual((after["actual_url"], after["amortized_url"]), (before["actual_url"], before["amortized_url"]))

    def test_what_can_be_no_place_in_storage_is_refused_at_once(self) -> None:
        self.connect()
        self.container = "Bills_2026"
        self.assert_tells(self.exports("plan", *self.storage_options(), code=USAGE), self.container, "3 to 63")
        for location in ("https://bills.example.com/exports/x", "http://10.0.0.4/acme/exports/x",
                         "https://acme.blob.core.windows.net/exports/../x"):
            self.assert_tells(self.run_("connection", "edit", "acme", "--actual", location, code=USAGE), location)
        self.assertNotIn("actual_url", self.run_("connection", "show", "acme", "--json").json())

    def test_an_unknown_export_names_those_there_are(self) -> None:
        self.connect()
        self.apply()
        told = self.exports("run", "--export", "no-such", code=USAGE)
        self.assert_tells(told, f"{self.prefix}-actual", f"{self.prefix}-amortized")

    def test_exports_of_all_billing_profiles_are_found(self) -> None:
        profiles = self.azure.billing_account["profiles"]
        self.assertGreater(len(profiles), 1)
        self.connect()
        self.exports("apply", *self.storage_options("--root-folder", "all"))
        for name in self.azure_exports():
            self.exports("run", "--export", name, "--wait", "--pause", 0)
        told = self.world.run("sync", "--verbose")
        for kind in COMMITMENTS:
            for profile in profiles:
                self.assertEqual(told.talk.count(f"/{self.prefix}-{kind}-{profile['name'].lower()}/"), 1)
        self.assert_same_as_folder()
        self.probes(code=DONE)


class SigningIn(AzureTest):
    def add(self, *options: Any, **more: Any) -> None:
        told = self.run_("connection", "add", "--name", "acme", *options, **more)
        self.assert_tells(told, "signed in", "its scope is now this billing account")
        self.exports("list", **more)
        self.assertIn("ok", {probe["state"] for probe in self.run_("connection", "test", "acme", "--json",
                                                                   **more).json()["probes"]})

    def test_certificates(self) -> None:
        owner = self.azure.app("owner")
        known = ["--tenant", owner["tenant"], "--client-id", owner["client_id"], "--certificate"]
        for certificate, more in (("certificate", ()), ("certificate", ("--rs256",)), ("certificate_pfx", ())):
            with self.subTest(certificate=certificate, more=more):
                self.world = self.new_world()
                self.add(*known, owner[certificate], *more)

    def test_a_federated_token(self) -> None:
        owner = self.azure.app("owner")
        token = self.azure.tell("federated-token", subject="system:serviceaccount:billing:apportion")["token"]
        self.add("--tenant", owner["tenant"], "--client-id", owner["client_id"],
                 "--token-file", self.world.secret_file(token))

    def test_managed_identities(self) -> None:
        self.add("--auth", "managed-identity")
        self.world = self.new_world()
        self.add("--auth", "managed-identity",
                 environment=self.world.environment(**self.azure.app_service_environment()))

    def test_the_other_scopes(self) -> None:
        account = self.azure.billing_account
        profile, customer = account["profiles"][0]["name"], account["customers"][0]
        scopes = (("--billing-profile", profile), ("--customer-tenant", customer["tenant"]))
        for option, value in scopes:
            with self.subTest(option=option):
                self.world = self.new_world()
                self.connect(option, value)
                self.exports("list")
                self.assertIn(value, self.run_("connection", "show", "acme", "--json").json()["azure"]["scope"])


class StorageOfAnotherTenant(AzureTest):
    """Azure delivers to another tenant's storage by a SAS, and the program reads it in three ways."""

    def test_delivered_by_sas_and_read_by_sas_and_by_the_other_tenants_principal(self) -> None:
        away = self.azure.account("otherexports")
        self.connect()
        sas = self.world.secret_file(self.world.sas(permissions="rwdlac"))
        delivery = ["--storage-account", "otherexports", "--delivery-sas-file", sas, "--blob-endpoint", away["url"],
                    "--container", self.container, "--prefix", self.prefix]
        refused = self.exports("plan", *delivery, code=USAGE)
        self.assert_tells(refused, "SAS", "--no-commitments")
        self.exports("apply", *delivery, "--no-commitments")
        self.exports("plan")
        self.run_exports("2026-10")
        self.run_exports()

        self.assert_tells(self.world.run("sync", code=REFUSED), "tenant", self.azure.info["storage_tenant"])
        self.run_("connection", "edit", "acme", "--storage-tenant", self.azure.info["storage_tenant"])
        self.world.run("sync")
        self.assert_same_as_folder(account="otherexports")
        self.probes(code=DONE)
        wanted = self.world.costs("Month,x_CustomerTenantId,BillingCurrency")

        for container_only in (False, True):
            with self.subTest(container_only=container_only):
                self.world = self.new_world()
                more = {"container": self.container} if container_only else {}
                sas_text = self.world.sas(permissions="rl", **more)
                locations = self.locations("otherexports", "" if container_only else sas_text)
                given = ["--sas-file", self.world.secret_file(sas_text)] if container_only else []
                self.run_("connection", "add", "--name", "acme", *locations, *given)
                self.world.run("sync")
                self.assert_same_costs(self.world.costs("Month,x_CustomerTenantId,BillingCurrency"), wanted)
                shown = self.run_("connection", "show", "acme", "--json").json()
                self.assertNotIn("?", shown["actual_url"])
                self.assertTrue(all(secret["expires_on"] for secret in shown["secrets"]))
                self.run_("connection", "list")
                self.run_("sync", "--verbose")
                self.run_("doctor")


class Reports(AzureTest):
    """Costs without exports: a report of a scope and month."""

    def setUp(self) -> None:
        super().setUp()
        self.azure.tell("settings", retry_after=0)

    def test_a_report_gives_what_the_exports_of_the_month_give(self) -> None:
        self.connect()
        self.apply()
        self.run_exports("2026-10")
        self.world.run("sync")
        by = "x_CustomerTenantId,BillingCurrency,ChargeCategory"
        wanted = self.world.costs(by, "--month", "2026-10")
        self.world = self.new_world()
        self.connect("--reports")
        self.world.run("sync", "--month", "2026-10")
        self.assert_same_costs(self.world.costs(by, "--month", "2026-10"), wanted)
        self.world.prove()
        self.assert_tells(self.world.run("sync", "--month", "2026-10"), "nothing new")

    def test_no_data_is_a_gap_and_no_zero(self) -> None:
        self.connect("--reports")
        self.azure.fault("arm", "answer", path="costDetailsOperationResults", status=204, times=2)
        told = self.world.run("sync", "--month", "2025-12", "--verbose")
        self.assert_tells(told, "a gap, not zero")
        self.assertEqual(self.world.months(), [])

    def test_azures_own_inventory_of_commitments_is_asked_and_believed_first(self) -> None:
        self.connect("--reports")
        self.world.run("sync", "--month", "2026-10")
        asked = self.world.run("commitments", "refresh", "--connection", "acme", "--json").json()
        self.assertGreater(asked["reservations"] + asked["savings_plans"], 0)
        self.assertGreater(asked["summaries"], 0)
        known = self.world.run("commitments", "list", "--json").json()
        shown = [self.world.run("commitments", "show", one["CommitmentId"], "--json").json()["fields"] for one in known]
        self.assertIn("azure", {fields["ExpiryDay"]["source"] for fields in shown if "ExpiryDay" in fields})
        self.assertEqual(len(self.world.run("commitments", "summaries", "--json").json()), asked["summaries"])


class NextDays(AzureTest):
    """The clock goes on: Azure runs the exports by itself."""

    now = "2026-11-30T12:00:00Z"
    moves_clock = True

    def test_days_1_to_5_write_the_month_before_anew(self) -> None:
        today = "2026-11-30"
        self.connect(today=today)
        self.apply(today=today)
        self.run_exports(today=today)
        self.world.run("sync", today=today)
        by = "Month,BillingCurrency"
        before = self.world.costs(by)

        self.azure.tell("clock", now="2026-12-03T12:00:00Z")
        today = "2026-12-03"
        self.azure.fault("storage", "permission_mismatch", path="part_", times=-1)
        self.world.run("sync", code=REFUSED, today=today)
        self.assert_same_costs(self.world.costs(by), before)
        self.azure.tell("faults/clear")
        self.world.run("sync", today=today)
        self.assertNotEqual([row for row in self.world.costs(by) if row["Month"] == "2026-11"], before)
        self.assert_same_as_folder(today=today)
        months = {month["month"]: month for month in self.world.run("months", "--json", today=today).json()}
        self.assertTrue(months["2026-11"]["data_as_of"].startswith("2026-12-03"), months["2026-11"])
        self.run_("config", "set", "alerts.disk-free-percent", 0, today=today)
        self.run_("alerts", "check", today=today)
        self.assert_tells(self.world.run("sync", today=today), "nothing new")


if __name__ == "__main__":
    azure_harness.main()
