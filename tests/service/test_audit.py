"""The audit log of a customer, as its administrator reads it, the export for auditors, and an erased customer."""
import hashlib
import json
import unittest
from typing import Any

import service_harness
from service_harness import Answer, HomeTemplate, Service, harness

OWN = "cust-00001"
MONTH = "2026-10"
FIELDS = ("number", "at", "actor", "what", "detail", "address", "customer", "by_customer")


class AuditTest(harness.WorldTest):
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

    def job(self, answer: Answer) -> dict:
        return self.service.job(answer, self.template.tokens["owner"])

    def told(self, role: str = "customer-admin", **options: Any) -> list[tuple[str, str, str]]:
        """Newest first: who, what, detail."""
        entries = self.ask("GET", "/audit?limit=1000", role=role, **options).json()["items"]
        return [(entry["actor"], entry["what"], entry["detail"]) for entry in entries]

    def test_an_administrator_reads_what_was_done_by_and_for_the_customer(self) -> None:
        before = len(self.told())
        self.ask("POST", "/users", {"name": "bo@contoso.example", "role": "customer-viewer", "customer": OWN})
        self.ask("POST", "/users", {"name": "cy@contoso.example", "role": "customer-viewer", "customer": OWN},
                 role="customer-admin")
        self.ask("POST", "/users", {"name": "partner@acme.example", "role": "analyst"})
        file = self.ask("GET", f"/datasets/focus?month={MONTH}&allow_unknown=true", role="customer-viewer")
        self.assertEqual(file.status, 200)
        self.ask("POST", "/views", {"name": "by service", "query": {"by": ["ServiceName"]}}, role="customer-viewer")
        self.ask("GET", f"/datasets/focus?month={MONTH}&allow_unknown=true", X_Act_As_Customer=OWN)
        name = f"focus-{OWN}-{MONTH}.csv"
        self.assertEqual(self.told()[:-before], [
            ("partner", "dataset.download", f"{name}, as {OWN}"),
            ("partner", "customer.act-as", OWN),
            ("token:customer-viewer", "view.put", "by service"),
            ("token:customer-viewer", "dataset.download", name),
            ("token:customer-admin", "user.add", f"cy@contoso.example: customer-viewer of {OWN}"),
            ("partner", "user.add", f"bo@contoso.example: customer-viewer of {OWN}"),
        ])
        self.assertEqual(self.told("finance", X_Act_As_Customer=OWN)[-before:], self.told()[-before:])
        entries = self.ask("GET", "/audit?limit=1000", role="customer-admin").json()["items"]
        for entry in entries[:-before]:
            self.assertEqual(entry.get("address"), None if entry["actor"] == "partner" else "127.0.0.1")

    def test_who_may_not_read_the_log_reads_none_by_acting(self) -> None:
        refused = self.ask("GET", "/audit", role="billing-engineer", X_Act_As_Customer=OWN)
        self.assertEqual((refused.status, refused.problem()), (403, "not-allowed"))
        self.assertEqual(self.ask("GET", "/audit", role="customer-viewer").status, 404)
        rights = self.ask("GET", "/me", X_Act_As_Customer=OWN).json()["rights"]
        self.assertIn("read-own-audit", rights)
        self.assertNotIn("read-audit", rights)
        self.assertNotIn("manage-people", rights)

    def test_pages_go_on_where_the_last_one_ended(self) -> None:
        whole = self.ask("GET", "/audit?limit=1000").json()["items"]
        first = self.ask("GET", "/audit?limit=3").json()
        self.ask("POST", "/users", {"name": "meanwhile@acme.example", "role": "analyst"})
        second = self.ask("GET", f"/audit?limit=3&cursor={first['next']}").json()
        self.assertEqual(first["items"] + second["items"], whole[:6])
        self.assertEqual([entry["number"] for entry in whole], list(range(len(whole), 0, -1)))

    def test_the_export_holds_the_chain(self) -> None:
        answer = self.ask("GET", "/audit/export")
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "application/jsonl"))
        entries = [json.loads(line) for line in answer.body.decode().splitlines()]
        previous = ""
        for entry in entries:
            said = [previous, *(entry[name] for name in FIELDS)]
            text = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
            previous = hashlib.sha256(text.encode()).hexdigest()
            self.assertEqual(entry["hash"], previous)
        self.assertEqual(self.ask("GET", "/audit/verification").json()["head"], previous)
        self.assertEqual(self.ask("GET", "/audit/export?to=2026-01-01").body, b"")
        self.assertEqual(self.ask("GET", "/audit/export?from=2026-02-31").status, 400)

    def test_a_customer_is_erased_as_a_job_by_owners(self) -> None:
        path, body = f"/customers/{OWN}/erasure", {"reason": "the contract ended"}
        self.assertEqual(self.ask("POST", path, body, role="finance").status, 403)
        self.assertEqual(self.ask("POST", path, {}).status, 400)
        self.assertEqual(self.ask("POST", "/customers/nobody/erasure", body).status, 404)
        failed = self.job(self.ask("POST", path, body))
        self.assertEqual((failed["state"], failed["error"]["id"]), ("failed", "customer-not-erasable"))
        self.job(self.ask("POST", f"/customers/{OWN}/retire", {"from": "2026-11-01"}))
        for month in ("2026-09", MONTH):
            self.assertLess(self.ask("POST", "/months/lock", {"month": month}).status, 300)
        dry = self.job(self.ask("POST", path, {**body, "dry_run": True}))["result"]
        self.assertEqual((dry["dry_run"], dry["names"], dry["tokens"]), (True, True, 2))
        self.assertNotEqual(self.ask("GET", f"/customers/{OWN}").json()["name"], OWN)
        done = self.job(self.ask("POST", path, body))["result"]
        self.assertEqual(done, {**dry, "dry_run": False})
        self.assertEqual(self.ask("GET", f"/customers/{OWN}").json()["name"], OWN)
        self.assertEqual(self.ask("GET", "/me", role="customer-admin").status, 401, "its tokens are gone")


if __name__ == "__main__":
    service_harness.main()
    unittest.main()
