"""Invoices fetched from the stand-in for Azure: lines from Microsoft Graph, totals from the Billing API."""
import json
import shutil
import unittest
from decimal import Decimal
from typing import Any

import azure_harness
import harness
from azure_harness import AzureTest, setUpModule, tearDownModule  # noqa: F401: for unittest
from harness import BAD_INPUT, CHECK_FAILED, DONE, REFUSED, USAGE, Outcome

OCTOBER = "2026-10"
NEXT_DAY = "2026-11-23"
DATASETS = {"DailyRatedUsage": "usage", "InvoiceReconciliation": "reconciliation"}
EXPORT = "billed/export"
PERMISSION = "PartnerBilling.Read.All"


class InvoicesTest(AzureTest):
    """Exports of October that have run once for the file; each test connects a home of its own to them."""

    delivery: tuple[str, str] = ()  # container and prefix
    looks = 0  # how often an export is still running when it is looked at

    def setUp(self) -> None:
        super().setUp()
        self.azure.tell("invoices/forget")
        self.addCleanup(self.azure.tell, "invoices/forget")
        if not InvoicesTest.delivery:
            self.connect()
            self.apply()
            self.run_exports(OCTOBER)
            InvoicesTest.delivery = (self.container, self.prefix)
            self.world = self.new_world()
        self.container, self.prefix = InvoicesTest.delivery
        self.azure.tell("settings", report_polls=self.looks)
        self.addCleanup(self.azure.tell, "settings", report_polls=1)
        self.azure.tell("requests/clear")

    def connect_to_invoices(self, *more: Any, legacy: str = "reconciliation,daily-usage", **options: Any) -> Outcome:
        return self.connect(*self.locations(), "--legacy", legacy, *more, **options)

    def sync(self, **options: Any) -> Outcome:
        outcome = self.run_("sync", **options)
        self.assertNotIn("sig=", outcome.talk + outcome.out)
        self.assertEqual(list((self.world.home / "tmp").iterdir()), [])
        return outcome

    def imports(self, state: str = "in force") -> dict[tuple[str, str], dict[str, Any]]:
        """The imports of invoice lines, by dataset and invoice."""
        listed = self.run_("imports", "list", "--json").json()["imports"]
        return {(one["dataset"], one["run_id"]): one for one in listed
                if one["dataset"] in DATASETS and one["state"] == state}

    def asked(self) -> int:
        """How many exports were asked for since the last time."""
        count = len(self.azure.requests("graph", EXPORT))
        self.azure.tell("requests/clear")
        return count

    def downloads(self) -> int:
        return len(self.azure.requests("storage", "partnerbilling"))

    def listed_by_azure(self) -> dict[str, dict[str, Any]]:
        path = self.azure.billing_account["scope"] + "/invoices?periodStartDate=2026-10-01&periodEndDate=2026-12-31"
        _, body, _ = self.azure.arm("GET", path, version="2024-04-01")
        self.azure.tell("requests/clear")
        return {one["name"]: one["properties"] for one in body["value"]
                if one["properties"]["invoicePeriodStartDate"].startswith(OCTOBER)}

    def reconcile(self, *more: Any, code: int = DONE) -> list[dict[str, str]]:
        return self.run_("reconcile", "--format", "csv", *more, code=code).rows()


class FromAnEmptyHome(InvoicesTest):
    looks = 1

    def test_invoices_are_fetched_and_hold(self) -> None:
        invoices = self.listed_by_azure()
        self.connect_to_invoices()
        self.sync()
        self.assertEqual(set(self.imports()), {(dataset, number) for dataset in DATASETS for number in invoices})
        self.assertEqual(self.asked(), 2 * len(invoices))
        sums = self.reconcile()
        self.assertEqual({row["InvoiceId"] for row in sums}, set(invoices))
        self.assertTrue({row["Class"] for row in sums} <= {"equal", "rounding"})
        self.assertNotIn("unknown", {row["Class"] for row in self.reconcile("--daily-usage")})
        proof = self.world.prove()
        self.assertTrue(proof["holds"])
        self.assertEqual({one["invoice"]: (Decimal(one["total"]), one["holds"]) for one in proof["invoices"]},
                         {name: (Decimal(str(of["subTotal"]["value"])), True) for name, of in invoices.items()})
        totals = self.reconcile("--totals")
        self.assertTrue(all(row["Ties"] == "yes" and row["Total"] == row["Lines"] for row in totals))
        listed = self.run_("invoice", "list", "--json").json()["invoices"]
        self.assertEqual({(one["invoice"], one["source"], one["kind"], one["due_on"]) for one in listed},
                         {(name, "microsoft", "Invoice", of["dueDate"][:10]) for name, of in invoices.items()})
        self.run_("doctor")

class AgainAndAgain(InvoicesTest):
    def test_nothing_is_fetched_twice(self) -> None:
        self.connect_to_invoices()
        self.sync()
        imports, files = self.imports(), self.world.lake_files()
        count = self.asked()
        self.sync()
        self.assertEqual(self.asked(), 0)
        self.sync(today=NEXT_DAY)
        self.assertEqual(self.downloads(), 0)
        self.assertEqual(self.asked(), count)
        self.assertEqual((self.imports(), self.world.lake_files()), (imports, files))

    def test_lines_that_changed_replace_those_before(self) -> None:
        self.connect_to_invoices(legacy="reconciliation")
        self.sync()
        before = self.imports()
        (dataset, number), _ = sorted(before.items())[0]
        lines = self.lines_of(number, "reconciliation")
        self.azure.tell("invoice/lines", number=number, kind="reconciliation", lines=lines + lines[:1])
        self.sync(today=NEXT_DAY)
        after = self.imports()
        self.assertEqual({key for key in after if after[key] != before[key]}, {(dataset, number)})
        self.assertEqual(set(self.imports("not in force")), {(dataset, number)})
        self.assertIn("doubled-lines", {row["Class"] for row in self.reconcile("--invoice", number, code=CHECK_FAILED)})

    def lines_of(self, number: str, kind: str) -> list[dict[str, str]]:
        """The lines that the stand-in has, as a client reads them."""
        import gzip
        graph = self.azure.info["graph"]
        headers = {"Authorization": f"Bearer {self.azure.token(scope=graph + '/.default')}",
                   "Content-Type": "application/json"}
        _, _, answered = self.azure.call(f"{graph}/v1.0/reports/partners/billing/{kind}/{EXPORT}", "POST",
                                         json.dumps({"invoiceId": number}).encode(), headers)
        operation: dict[str, Any] = {"status": "running"}
        while operation["status"] == "running":
            _, operation, _ = self.azure.call(answered["location"], headers=headers)
        _, manifest, _ = self.azure.call(operation["resourceLocation@odata.navigationLink"], headers=headers)
        lines = []
        for blob in manifest["blobs"]:
            url = f"{manifest['rootDirectory']}/{blob['name']}?{manifest['sasToken']}"
            text = gzip.decompress(self.azure.call(url)[1]).decode()
            lines += [json.loads(line, parse_float=str, parse_int=str) for line in text.splitlines()]
        return lines

    def test_a_month_is_asked_for_at_once_and_others_are_not(self) -> None:
        self.connect_to_invoices(legacy="reconciliation")
        self.sync()
        count = self.asked()
        self.run_("sync", "--month", OCTOBER)
        self.assertEqual(self.asked(), count)

    def test_without_a_scope_charges_name_the_invoices(self) -> None:
        invoices = self.listed_by_azure()
        app = self.azure.app("graph-only")
        sas = self.world.sas(account="partnerexports", permissions="rl")
        self.run_("connection", "add", "--name", "acme", *self.locations(sas=sas), "--legacy", "reconciliation",
                  "--legacy-tenant", app["tenant"], "--legacy-client-id", app["client_id"],
                  "--legacy-client-secret-file", self.world.secret_file(app["secret"]))
        self.sync()
        self.assertEqual(self.asked(), 0)  # charges are published by now, and name them
        self.sync()
        self.assertEqual({number for _, number in self.imports()}, set(invoices))
        self.assertTrue(self.world.prove()["holds"])
        shown = self.run_("connection", "show", "acme", "--json").json()
        self.assertEqual(shown["legacy"], {"fetch": ["reconciliation"], "auth": "client-secret",
                                           "tenant": app["tenant"], "client_id": app["client_id"]})
        self.run_("connection", "test", "acme")
        self.run_("connection", "edit", "acme", "--legacy", "none")
        shown = self.run_("connection", "show", "acme", "--json").json()
        self.assertNotIn("legacy", shown)
        self.assertNotIn("legacy-client-secret", {secret["name"] for secret in shown["secrets"]})

    def test_a_legacy_part_that_cannot_sign_in_keeps_no_export_away(self) -> None:
        certificate = self.world.folder / "graph.pem"
        shutil.copy(self.azure.app("owner")["certificate"], certificate)
        self.connect_to_invoices("--legacy-certificate", certificate, legacy="reconciliation")
        certificate.unlink()
        failed = self.sync(code=BAD_INPUT)
        self.assertEqual(failed.talk.count("graph.pem"), 1, failed.talk)
        proof = self.world.prove(code=CHECK_FAILED)  # only lines would say why charges and totals differ
        self.assertTrue(all(month["holds"] for month in proof["months"]), proof)
        self.assertEqual(self.imports(), {})
        self.assertEqual(self.probes()["token-graph"]["state"], "failed")


class Totals(InvoicesTest):
    def test_an_entered_total_that_differs_is_told_and_neither_wins(self) -> None:
        number, listed = sorted(self.listed_by_azure().items())[0]
        currency, total = listed["subTotal"]["currency"], str(listed["subTotal"]["value"])
        self.connect_to_invoices(legacy="reconciliation")
        self.run_("invoice", "add", number, "--month", OCTOBER, "--currency", currency, "--total", total)
        self.sync()
        self.assertTrue(self.world.prove()["holds"])
        self.run_("invoice", "remove", number)
        self.run_("invoice", "add", number, "--month", OCTOBER, "--currency", currency, "--total", "1.01")
        outcome = self.run_("reconcile", code=CHECK_FAILED)
        self.assert_tells(outcome, f"invoice {number}", f"1.01 {currency} was entered", f"Microsoft says {total}")
        row = next(row for row in self.reconcile("--totals", code=CHECK_FAILED) if row["InvoiceId"] == number)
        self.assertEqual((row["Total"], row["Ties"]), ("", "no"))
        proof = next(one for one in self.world.prove(code=CHECK_FAILED)["invoices"] if one["invoice"] == number)
        self.assertFalse(proof["holds"])
        listed = self.run_("invoice", "list", "--json").json()["invoices"]
        self.assertEqual([one["source"] for one in listed if one["invoice"] == number], ["entered", "microsoft"])

    def test_a_total_that_its_lines_do_not_come_to(self) -> None:
        number = sorted(self.listed_by_azure())[0]
        self.azure.tell("invoice", number=number, total="1.5")
        self.connect_to_invoices(legacy="reconciliation")
        self.sync()
        self.assertIn("its lines come to another total", self.run_("reconcile", code=CHECK_FAILED).talk)
        self.assertFalse(self.world.prove(code=CHECK_FAILED)["holds"])

    def test_a_credit_note_names_the_invoice_that_it_cancels(self) -> None:
        number = sorted(self.listed_by_azure())[0]
        self.azure.tell("invoice", number="G999999999", kind="CreditNote", total="-25.5", credit_for=number)
        self.azure.tell("invoice", number="G888888888", status="Void", total="12")
        self.connect_to_invoices(legacy="reconciliation")
        self.assertIn("Microsoft Graph does not have", self.run_("sync", "--verbose").talk)
        listed = {one["invoice"]: one for one in self.run_("invoice", "list", "--json").json()["invoices"]}
        note = listed["G999999999"]
        self.assertEqual((note["kind"], note["total"], note["credit_for"]), ("CreditNote", "-25.5", number))
        self.assertNotIn("G888888888", listed)
        row = next(row for row in self.reconcile("--totals", code=CHECK_FAILED) if row["InvoiceId"] == "G999999999")
        self.assertEqual(row["Reason"], "no charge names it")

    def test_rights_at_billing_are_missing(self) -> None:
        self.connect_to_invoices(app="reader")
        self.azure.fault("arm", "answer", path="/invoices", status=401, times=-1,
                         body={"error": {"code": "BillingAccessDenied", "message": "no"}})
        probe = self.probes()["invoices-readable"]
        self.assertEqual((probe["cause"], probe["role"]), ("no-role", "Billing account reader"))


class Faults(InvoicesTest):
    """One invoice's reconciliation, and what goes wrong with it."""

    def one_invoice(self) -> str:
        numbers = sorted(self.listed_by_azure())
        for number in numbers[1:]:
            self.azure.tell("invoice", number=number, status="Void")
        return numbers[0]

    def assert_fails(self, outcome: dict[str, Any], code: int, *texts: str) -> None:
        """The next export goes wrong as told: nothing is imported, and the one after mends it."""
        self.world = self.new_world()
        number = self.one_invoice()
        self.connect_to_invoices(legacy="reconciliation")
        # Charges name invoices that are void too, but those of the first sync are not published yet.
        self.azure.tell("next-lines", **outcome)
        failed = self.sync(code=code)
        self.assert_tells(failed, number, *texts)
        self.assertEqual(self.imports(), {})
        self.assertFalse([path for path in self.world.lake_files() if "invoice" in path])
        self.sync()
        self.assertIn(("InvoiceReconciliation", number), self.imports())

    def test_an_operation_that_failed_with_http_200(self) -> None:
        self.assert_fails({"fail": {"code": "5002", "message": "The export broke down"}}, BAD_INPUT,
                          "5002 The export broke down", "Partner Center")

    def test_a_manifest_that_lacks_files(self) -> None:
        self.assert_fails({"blob_count": 9}, BAD_INPUT, "states 9 files, and lists 1")

    def test_a_file_that_is_not_there(self) -> None:
        self.assert_fails({"missing": True}, BAD_INPUT, "which is not in storage")

    def test_a_file_that_is_cut_off(self) -> None:
        self.assert_fails({"truncate": 20}, BAD_INPUT, "gzip")

    def test_lines_of_another_partner(self) -> None:
        self.assert_fails({"partner": "99999999-0000-4000-8000-000000000009"}, BAD_INPUT,
                          "of the partner 99999999-0000-4000-8000-000000000009")

    def test_files_elsewhere(self) -> None:
        self.assert_fails({"root": "https://files.example.com/x/y"}, BAD_INPUT, "Microsoft's blob storage")

    def test_a_sas_that_stays_expired(self) -> None:
        self.assert_fails({"expired_manifests": 2}, REFUSED, "expired")

    def test_a_sas_that_expired_is_renewed(self) -> None:
        self.connect_to_invoices(legacy="reconciliation")
        self.azure.tell("next-lines", expired_manifests=1)
        self.sync()
        self.assertEqual(len(self.imports()), len(self.listed_by_azure()))

    def test_files_of_nothing_are_no_lines(self) -> None:
        self.connect_to_invoices(legacy="reconciliation")
        self.azure.tell("next-lines", empty_file=True, times=-1)
        self.sync()
        self.assertTrue(self.world.prove()["holds"])

    def test_faults_that_pass(self) -> None:
        self.azure.fault("graph", "throttle", path=EXPORT, headers={"Retry-After": "1"})
        self.azure.fault("graph", "answer", path="operations", status=503, body="")
        self.azure.fault("graph", "drop", path="manifests")
        self.azure.fault("graph", "answer", path="manifests", status=500, body="", skip=1)
        self.azure.fault("storage", "cut", path="partnerbilling.*part-", bytes=30, method="GET")
        self.connect_to_invoices(legacy="reconciliation")
        self.sync()
        self.assertEqual(self.azure.tell("faults"), [])
        self.assertTrue(self.world.prove()["holds"])

    def test_without_permission(self) -> None:
        self.azure.tell("app", app="owner", graph_permissions=[])
        self.addCleanup(self.azure.tell, "app", app="owner", graph_permissions=[PERMISSION])
        self.connect_to_invoices()
        outcome = self.sync(code=REFUSED)
        self.assert_tells(outcome, PERMISSION, "connection test")
        self.assertEqual(self.asked(), 1)
        self.assertEqual(self.world.months()[0]["month"], OCTOBER)
        probe = self.probes()["partner-billing-readable"]
        self.assertEqual((probe["cause"], probe["role"]), ("no-consent", PERMISSION))
        app = self.azure.app("owner")
        self.assertIn(f"/{app['tenant']}/adminconsent?client_id={app['client_id']}", probe["next"])
        self.assertIn(PERMISSION, probe["command"])

    def test_a_tenant_that_nobody_consented_in(self) -> None:
        self.azure.tell("app", app="owner", without_consent=["graph"])
        self.addCleanup(self.azure.tell, "app", app="owner", without_consent=[])
        self.connect_to_invoices()
        self.assertIn("consent", self.sync(code=REFUSED).talk)
        self.assertEqual(self.probes()["token-graph"]["cause"], "no-consent")


class Options(InvoicesTest):
    def test_what_does_not_fit_together(self) -> None:
        for more, text in [(("--cloud", "usgov"), "public cloud only"),
                           (("--customer-tenant", self.azure.billing_account["customers"][0]["tenant"]), "covers less"),
                           (("--legacy-client-id", "11111111-0000-4000-8000-000000000001"), "no secret")]:
            with self.subTest(text=text):
                self.assertIn(text, self.connect_to_invoices(*more, code=USAGE).talk)
        self.assertIn("not billed yet", self.connect_to_invoices(legacy="unbilled", code=USAGE).talk)
        self.assertIn("way to sign in", self.run_("connection", "add", "--name", "acme", "--actual", "x",
                                                  "--legacy", "reconciliation", code=USAGE).talk)


if __name__ == "__main__":
    azure_harness.main()
