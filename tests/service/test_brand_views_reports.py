"""The brand, saved views and report subscriptions, as the page uses them."""
import base64
import sys
import unittest
from pathlib import Path
from typing import Any

import service_harness
from service_harness import Answer, HomeTemplate, Service, harness

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "e2e"))
from mailbox_server import Mailbox  # noqa: E402

OWN = "cust-00001"
MONTH = "2026-10"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02"
QUERY = {"by": ["ServiceName"], "where": [{"column": "Month", "values": [MONTH]}], "top": 5}


class PagesTest(harness.WorldTest):
    template: HomeTemplate

    @classmethod
    def setUpClass(cls) -> None:
        cls.template = HomeTemplate()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.template.close()

    def setUp(self) -> None:
        super().setUp()
        self.template.copy_to(self.world)
        self.service = Service(self.world)
        self.addCleanup(self.service.stop)

    def ask(self, method: str, path: str, body: Any = None, role: str = "owner", **options: Any) -> Answer:
        return self.service.request(method, "/api/v1" + path, body, token=self.template.tokens[role], **options)


class BrandPages(PagesTest):
    def test_anybody_reads_the_brand_and_an_owner_sets_it(self) -> None:
        empty = self.service.get("/api/v1/brand")
        self.assertEqual((empty.status, empty.json()), (200, {"has_logo": False}))
        self.assertEqual(self.service.get("/api/v1/brand/logo").status, 404)
        body = {"name": "Acme", "color": "#1a5fb4", "logo": base64.b64encode(PNG).decode()}
        self.assertEqual(self.ask("PUT", "/brand", body, role="finance").status, 403)
        stale = self.ask("PUT", "/brand", body, If_Match='"stale"')
        self.assertEqual((stale.status, stale.problem()), (412, "changed-meanwhile"))
        self.assertEqual(self.ask("PUT", "/brand", body, If_Match=empty.headers["etag"]).status, 200)
        logo = self.service.get("/api/v1/brand/logo")
        self.assertEqual((logo.status, logo.body, logo.headers["content-type"], logo.headers["x-content-type-options"]),
                         (200, PNG, "image/png", "nosniff"))
        self.assertEqual(self.service.get("/api/v1/brand/logo", If_None_Match=logo.headers["etag"]).status, 304)
        self.assertEqual(self.ask("PUT", "/brand", {"name": "Acme"}).json()["logo_type"], "image/png")
        for wrong in ({"color": "#aaaaaa"}, {"logo": "PHN2Zy8+"}, {"logo": "?"}, {"support_link": "javascript:x"}):
            self.assertEqual(self.ask("PUT", "/brand", wrong).status, 400, wrong)


class Views(PagesTest):
    def test_views_are_ones_own_and_shared_within_the_partner_or_the_customer(self) -> None:
        added = self.ask("POST", "/views", {"name": "mine", "query": QUERY}, role="analyst")
        self.assertEqual((added.status, added.json()["query"], added.json()["is_own"]), (201, QUERY, True))
        path = f"/views/{added.json()['id']}"
        self.assertEqual(self.ask("GET", path, role="finance").problem(), "no-such-view")
        shared = {"name": "ours", "query": {}, "shared": True}
        changed = self.ask("PUT", path, shared, role="analyst", If_Match=added.headers["etag"])
        self.assertEqual(changed.status, 200)
        self.assertEqual(self.ask("PUT", path, shared, role="analyst", If_Match=added.headers["etag"]).status, 412)
        self.assertFalse(self.ask("GET", path, role="finance").json()["is_own"])
        self.assertEqual(self.ask("DELETE", path, role="finance").problem(), "not-allowed")
        theirs = self.ask("POST", "/views", {"name": "theirs", "query": QUERY, "shared": True}, role="customer-admin")
        self.assertEqual(theirs.status, 201)
        for role, names in (("customer-viewer", ["theirs"]), ("owner", ["ours"])):
            self.assertEqual([view["name"] for view in self.ask("GET", "/views", role=role).json()["items"]], names)
        acting = self.ask("GET", "/views", X_Act_As_Customer=OWN).json()["items"]
        self.assertEqual([view["name"] for view in acting], ["theirs"])
        self.assertEqual(self.ask("GET", path, role="customer-admin").problem(), "no-such-view")
        self.assertEqual(self.ask("DELETE", path, role="analyst").status, 204)

    def test_a_query_is_what_the_contract_says(self) -> None:
        for query in ({"by": "ServiceName"}, {"nonsense": 1}, {"top": 0}):
            self.assertEqual(self.ask("POST", "/views", {"name": "x", "query": query}).status, 400, query)
        self.ask("POST", "/views", {"name": "x", "query": QUERY})
        self.assertEqual(self.ask("POST", "/views", {"name": "x", "query": QUERY}).problem(), "view-exists")


class CustomerFiles(PagesTest):
    def import_(self, text: str, query: str = "", role: str = "finance") -> Answer:
        return self.ask("POST", "/customers/import" + query, text.encode(), role=role, Content_Type="text/csv")

    def test_customers_come_by_a_file(self) -> None:
        job = self.service.job(self.import_("id,name\nfresh,Fresh Ltd\n", "?dry_run=true"),
                               self.template.tokens["owner"])
        self.assertEqual((job["state"], job["result"]["added"]), ("done", 1))
        self.assertEqual(self.ask("GET", "/customers/fresh").status, 404)
        job = self.service.job(self.import_("id,name\nfresh,Fresh Ltd\n"), self.template.tokens["owner"])
        self.assertEqual((job["state"], job["result"]["added"]), ("done", 1))
        self.assertEqual(self.ask("GET", "/customers/fresh").json()["name"], "Fresh Ltd")

    def test_a_file_with_errors_changes_nothing(self) -> None:
        answer = self.import_("id,name\n,x\n,y\n")
        self.assertEqual((answer.status, answer.problem()), (400, "customer-file-wrong"), answer)
        self.assertIn("line 3", answer.json()["detail"])
        self.assertEqual(self.import_("id,name\nx,x\n", role="analyst").status, 403)
        self.assertEqual(self.ask("POST", "/customers/import", {"id": "x"}).status, 415)


class Reports(PagesTest):
    def setUp(self) -> None:
        super().setUp()
        self.mailbox = Mailbox()
        self.addCleanup(self.mailbox.close)
        self.world.run("alerts", "add-mail", "ops", "--server", self.mailbox.url, "--from", "a@acme.example", "--to",
                       "a@acme.example")

    def test_a_month_is_sent_as_a_job(self) -> None:
        body = {"month": MONTH, "to": ["it@contoso.example"], "attach_focus": True, "allow_unknown": True}
        job = self.service.job(self.ask("POST", f"/customers/{OWN}/sends", body, role="finance"),
                               self.template.tokens["owner"])
        self.assertEqual((job["state"], job["result"]["sent"], job["result"]["to"]), ("done", True, body["to"]))
        told = [mail["To"] for mail in self.mailbox.mails if mail["To"] != "a@acme.example"]  # alerts go there
        self.assertEqual(told, body["to"])
        entries = self.ask("GET", "/audit?limit=1000").json()
        self.assertIn("report.send", str(entries))
        self.assertEqual(self.ask("POST", f"/customers/{OWN}/sends", body, role="analyst").status, 403)

    def test_report_subscriptions_name_folders_and_no_paths(self) -> None:
        folder = self.world.folder / "erp"
        folder.mkdir()
        self.world.run("report", "folders", "add", "erp", folder)
        self.assertEqual(self.ask("GET", "/report-folders", role="analyst").json(), {"folders": ["erp"]})
        body = {"name": "erp", "customer": OWN, "folder": "erp", "first_month": MONTH, "allow_unknown": True}
        self.assertEqual(self.ask("POST", "/report-subscriptions", {**body, "folder": "/srv"}).status, 400)
        added = self.ask("POST", "/report-subscriptions", body, role="finance")
        self.assertEqual((added.status, added.json()["due"]), (201, "on-complete"))
        self.assertEqual(self.ask("POST", "/report-subscriptions", body).problem(), "report-subscription-exists")
        changed = self.ask("PATCH", "/report-subscriptions/erp", {"due": "monthly", "day": 3},
                           If_Match=added.headers["etag"])
        self.assertEqual((changed.status, changed.json()["day"]), (200, 3))
        job = self.service.job(self.ask("POST", "/report-subscriptions/erp/runs"), self.template.tokens["owner"])
        self.assertEqual(job["state"], "done", job)
        deliveries = self.ask("GET", "/report-subscriptions/erp/deliveries", role="analyst").json()["items"]
        self.assertIn(f"{OWN}/{MONTH}/focus-costs.csv.gz", {delivery["place"] for delivery in deliveries})
        self.assertNotIn(str(self.world.folder), str(deliveries))
        self.assertEqual(self.ask("DELETE", "/report-subscriptions/erp").status, 204)
        self.assertEqual(self.ask("GET", "/report-subscriptions/erp").problem(), "no-such-report-subscription")


if __name__ == "__main__":
    service_harness.main()
    unittest.main()
