"""The service as its users meet it: signing in, asking, changing, watching, and what bad requests get."""
import fcntl
import http.client
import json
import socket
import unittest
from decimal import Decimal
from typing import Any

import service_harness
from service_harness import Service, harness

MONTH = "2026-10"
RULES = "- effective: 2020-01\n  rules:\n    - {name: all, when: {ServiceName: {contains: V}}, assign: cust-00001}\n"


template: service_harness.HomeTemplate


def setUpModule() -> None:
    global template
    template = service_harness.HomeTemplate()


def tearDownModule() -> None:
    template.close()


class ServiceTest(harness.WorldTest):
    """A home with two months, and the service on it."""

    def setUp(self) -> None:
        super().setUp()
        template.copy_to(self.world)
        self.tokens = template.tokens
        self.owner = self.tokens["owner"]
        self.service = Service(self.world, "--open")
        self.addCleanup(self.service.stop)

    def get(self, path: str, role: str = "owner", **options: Any) -> service_harness.Answer:
        return self.service.get(path, token=self.tokens[role], **options)

    def post(self, path: str, body: Any = None, role: str = "owner", **options: Any) -> service_harness.Answer:
        return self.service.request("POST", path, body, token=self.tokens[role], **options)


class Asking(ServiceTest):
    def test_costs_are_those_of_the_command_line_to_the_last_digit(self) -> None:
        answer = self.post("/api/v1/costs/query", {"month": MONTH, "by": ["CustomerId", "BillingCurrency"]})
        self.assertEqual(answer.status, 200, answer)
        rows = [{key: value for key, value in row.items() if value} for row in
                self.world.costs("CustomerId,BillingCurrency", "--month", MONTH)]
        self.assertEqual(answer.json()["rows"], rows)
        totals = {row["BillingCurrency"]: row["BilledCost"] for row in answer.json()["totals"]}
        for currency, total in totals.items():
            billed = sum(Decimal(row["BilledCost"]) for row in rows if row["BillingCurrency"] == currency)
            self.assertEqual(Decimal(total), billed)

    def test_pages_hold_every_row_once(self) -> None:
        question = {"by": ["CustomerId", "ServiceName", "BillingCurrency"], "limit": 7}
        rows, cursor = [], None
        while True:
            page = self.post("/api/v1/costs/query", {**question, "cursor": cursor} if cursor else question).json()
            rows += page["rows"]
            cursor = page.get("next")
            if not cursor:
                break
            self.assertEqual(len(page["rows"]), 7)
        whole = self.post("/api/v1/costs/query", {**question, "limit": 10000}).json()
        self.assertEqual(rows, whole["rows"])
        self.assertGreater(len(rows), 14)

    def change_customer(self, change: dict) -> None:
        answer = self.service.request("PATCH", "/api/v1/customers/cust-00001", change, token=self.owner)
        self.assertEqual(self.service.job(answer, self.owner)["state"], "done")

    def test_an_answer_is_as_new_as_the_home_whoever_changed_it(self) -> None:
        question = {"month": MONTH, "by": ["CustomerName", "BillingCurrency"]}
        asked = self.post("/api/v1/costs/query", question).json()
        self.assertEqual(self.post("/api/v1/costs/query", question).json(), asked)
        self.change_customer({"name": "Of the service"})
        self.assertIn("Of the service", self.post("/api/v1/costs/query", question).body.decode())
        self.world.run("customer", "edit", "cust-00001", "--name", "Of the command line")
        self.assertIn("Of the command line", self.post("/api/v1/costs/query", question).body.decode())

    def test_an_answer_is_of_the_view_that_a_customer_has_now(self) -> None:
        def columns(sees: str) -> list[str]:
            self.change_customer({"sees": sees})
            answer = self.post("/api/v1/costs/query", {"month": MONTH, "by": ["BillingCurrency"]},
                               role="customer-viewer").json()
            return [column["name"] for column in answer["columns"][1:]]

        self.assertEqual([columns(sees) for sees in ("list", "cost", "list")],
                         [["ListCost"], ["BilledCost", "EffectiveCost"], ["ListCost"]])

    def test_a_cursor_is_good_for_its_question_and_person_only(self) -> None:
        question = {"by": ["ServiceName", "BillingCurrency"], "limit": 1}
        cursor = self.post("/api/v1/costs/query", question).json()["next"]
        for role, changed in (("owner", {"by": ["ChargeCategory", "BillingCurrency"]}), ("finance", {})):
            answer = self.post("/api/v1/costs/query", {**question, **changed, "cursor": cursor}, role=role)
            self.assertEqual((answer.status, answer.problem()), (400, "cursor-invalid"))

    def test_a_cursor_of_a_list_is_good_for_that_list_only(self) -> None:
        cursor = self.get("/api/v1/customers?limit=1").json()["next"]
        self.assertEqual(self.get(f"/api/v1/customers?limit=2&cursor={cursor}").status, 200)
        for path, role in (("customers?all=true&", "owner"), ("connections?", "owner"), ("customers?", "finance")):
            answer = self.get(f"/api/v1/{path}cursor={cursor}", role=role)
            self.assertEqual((answer.status, answer.problem()), (400, "cursor-invalid"))
        changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
        self.assertEqual(self.get(f"/api/v1/customers?cursor={changed}").problem(), "cursor-invalid")

    def test_what_is_there_is_read(self) -> None:
        for path in ("/api/v1/months", "/api/v1/customers", "/api/v1/connections", "/api/v1/connections/acme",
                     "/api/v1/imports", "/api/v1/proof", "/api/v1/freshness", "/api/v1/alerts",
                     "/api/v1/alert-channels", "/api/v1/settings", "/api/v1/audit", "/api/v1/audit/verification",
                     "/api/v1/jobs", "/api/v1/columns", "/api/v1/relations", "/api/v1/tenants", "/api/v1/changes",
                     "/api/v1/late-changes", "/api/v1/commitments",
                     "/api/v1/commitments/summaries", "/api/v1/commitment-reports/coverage",
                     "/api/v1/documents/rules/versions", "/api/v1/me", "/metrics", "/healthz", "/readyz",
                     "/api/v1/openapi.json", "/api/v1/datasets/focus?month=2026-10&allow_unknown=true",
                     "/api/v1/datasets/focus/metadata?month=2026-10&allow_unknown=true",
                     "/api/v1/datasets/charges?month=2026-10&format=parquet"):
            with self.subTest(path):
                answer = self.get(path)
                self.assertEqual(answer.status, 200, answer)
                if answer.headers["content-type"] == "application/json":
                    answer.json()

    def test_the_proof_has_the_invoices_that_were_entered(self) -> None:
        self.assertNotIn("invoices", self.get("/api/v1/proof").json())
        self.world.run("invoice", "add", "G0", "--month", "2026-10", "--currency", "EUR", "--total", "1")
        proof = self.get("/api/v1/proof?month=2026-10").json()
        self.world.run("invoice", "remove", "G0")
        self.assertFalse(proof["holds"])
        wanted = {"invoice": "G0", "currency": "EUR", "compared_with": "total", "holds": False, "total": "1",
                  "reasons": ["no charge names it"]}
        self.assertEqual(proof["invoices"], [wanted])

    def test_costs_of_a_customer_are_explained_by_rule(self) -> None:
        path = "/api/v1/customers/{}/explanation?month=2026-10"
        explained = self.get(path.format("cust-00001"), role="analyst").json()["rows"]
        told = self.world.run("explain", "--customer", "cust-00001", "--month", MONTH, "--json").json()
        self.assertEqual([row["BilledCost"] for row in explained], [row["BilledCost"] for row in told])
        self.assertTrue(explained)
        self.assertEqual(self.get(path.format("nobody")).problem(), "no-such-customer")

    def test_sql_is_answered(self) -> None:
        answer = self.post("/api/v1/query", {"sql": "SELECT count(*) AS n FROM charges"}, role="analyst")
        self.assertEqual(answer.status, 200, answer)
        self.assertGreater(int(answer.json()["rows"][0]["n"]), 0)
        refused = self.post("/api/v1/query", {"sql": "SELECT * FROM read_csv('/etc/passwd')"}, role="analyst")
        self.assertEqual(refused.status // 100, 4, refused)

    def test_a_document_that_did_not_change_is_not_sent_again(self) -> None:
        tag = self.get("/api/v1/months").headers["etag"]
        self.assertEqual(self.get("/api/v1/months", If_None_Match=tag)[0::2], (304, b""))


class Described(unittest.TestCase):
    """What holds answers against the description finds what is not as described."""

    def setUp(self) -> None:
        if not service_harness.description:
            self.skipTest("the packages of tests/api are not installed")

    def check(self, status: int, body: Any, method: str = "GET", path: str = "/healthz",
              kind: str = "application/json") -> None:
        service_harness.description.check(method, path, status, {"content-type": kind}, json.dumps(body).encode())

    def test_answers_that_are_not_as_described_are_found(self) -> None:
        good = {"status": "up", "version": "1"}
        self.check(200, good)
        problem = {"type": "/problems/x", "title": "x", "status": 404, "id": "x", "request_id": "1"}
        self.check(404, problem, kind="application/problem+json")
        for status, body, kind in ((200, {**good, "more": 1}, "application/json"), (200, {}, "application/json"),
                                   (200, good, "text/plain"), (201, good, "application/json"),
                                   (404, problem, "application/json"), (404, good, "application/problem+json"),
                                   (403, problem, "application/problem+json"),
                                   (404, {**problem, "more": 1}, "application/problem+json")):
            with self.subTest(f"{status} {body} {kind}"), self.assertRaises(AssertionError):
                self.check(status, body, kind=kind)
        with self.assertRaises(AssertionError):
            self.check(200, {"months": [{"month": "2026-10", "may_change": True, "more": 1}]}, path="/api/v1/months")


class Changing(ServiceTest):
    def test_a_customer_is_added_once_for_one_key(self) -> None:
        body = {"id": "contoso", "name": "Contoso"}
        first = self.post("/api/v1/customers", body, Idempotency_Key="k1")
        job = self.service.job(first, self.owner)
        self.assertEqual(job["state"], "done", job)
        self.assertEqual(job["result"]["customer"]["id"], "contoso")
        again = self.post("/api/v1/customers", body, Idempotency_Key="k1")
        self.assertEqual((again.status, again.json(), again.headers["idempotency-replayed"]),
                         (202, first.json(), "true"))
        self.assertEqual(again.headers["location"], first.headers["location"])
        other = self.post("/api/v1/customers", {"id": "fabrikam"}, Idempotency_Key="k1")
        self.assertEqual((other.status, other.problem()), (422, "idempotency-key-reused"))
        of_finance = self.post("/api/v1/customers", {"id": "contoso"}, role="finance", Idempotency_Key="k1")
        self.assertEqual(of_finance.status, 202, "keys of others are others")
        ids = [customer["id"] for customer in self.get("/api/v1/customers").json()["items"]]
        self.assertEqual(ids.count("contoso"), 1)
        self.assertNotIn("fabrikam", ids)

    def test_a_stale_change_is_refused(self) -> None:
        path = "/api/v1/customers/cust-00001"
        tag = self.get(path).headers["etag"]
        change = {"name": "New name", "no_split": True}
        self.service.job(self.service.request("PATCH", path, change, token=self.owner, If_Match=tag), self.owner)
        stale = self.service.request("PATCH", path, {"name": "Other"}, token=self.owner, If_Match=tag)
        self.assertEqual((stale.status, stale.problem()), (412, "changed-meanwhile"))
        self.assertEqual(self.get(path).json()["name"], "New name")

    def test_the_legacy_part_of_a_connection_comes_and_goes(self) -> None:
        tenant = "11111111-0000-4000-8000-000000000001"
        part = {"fetch": ["reconciliation"], "tenant": tenant, "client_id": "app", "client_secret": "s3cret-of-graph"}
        added = self.post("/api/v1/connections", {"name": "graph", "legacy": part})
        self.assertEqual(added.status, 201, added)
        path = "/api/v1/connections/graph"
        shown = self.get(path)
        self.assertEqual(shown.json()["legacy"], {"fetch": ["reconciliation"], "auth": "client-secret",
                                                  "tenant": tenant, "client_id": "app"})
        self.assertEqual([one["name"] for one in shown.json()["secrets"]], ["legacy-client-secret"])
        self.assertNotIn("s3cret", shown.body.decode())
        changed = self.change(path, {"legacy": {}})
        self.assertEqual(changed.json()["legacy"]["fetch"], ["reconciliation"])
        gone = self.change(path, {"actual_url": "https://acme.blob.core.windows.net/bills/actual",
                                  "legacy": {"fetch": []}})
        self.assertNotIn("legacy", gone.json())
        self.assertEqual(gone.json().get("secrets", []), [])
        wrong = self.post("/api/v1/connections", {"name": "other", "legacy": {"fetch": ["unbilled"]}})
        self.assertEqual((wrong.status, wrong.problem()), (400, "field-invalid"), wrong)

    def change(self, path: str, body: Any) -> service_harness.Answer:
        answer = self.service.request("PATCH", path, body, token=self.owner,
                                      If_Match=self.get(path).headers["etag"])
        self.assertEqual(answer.status, 200, answer)
        return answer

    def test_rules_are_checked_previewed_and_applied(self) -> None:
        yaml = "- effective: 2020-01\n  rules:\n    - name: all\n      when: {ServiceName: {contains: V}}\n" \
               "      assign: cust-00002\n"
        checked = self.post("/api/v1/documents/rules/check", {"yaml": yaml}, role="analyst")
        self.assertEqual((checked.status, checked.json()["ok"]), (200, True), checked)
        preview = self.post("/api/v1/documents/rules/preview", {"yaml": yaml, "month": MONTH}, role="analyst")
        job = self.service.job(preview, self.tokens["analyst"])
        self.assertEqual(job["state"], "done", job)
        self.assertTrue(job["result"]["changes"])
        path = "/api/v1/documents/rules"
        without = self.service.request("PUT", path, {"yaml": yaml}, token=self.owner)
        self.assertEqual((without.status, without.problem()), (428, "precondition-missing"))
        applied = self.service.request("PUT", path, {"yaml": yaml}, token=self.owner, If_Match='"0"')
        self.assertEqual(self.service.job(applied, self.owner)["state"], "done")
        stale = self.service.request("PUT", path, {"yaml": yaml}, token=self.owner, If_Match='"0"')
        self.assertEqual((stale.status, stale.problem()), (412, "changed-meanwhile"))
        self.assertEqual(self.get(path).json()["yaml"], yaml)
        difference = self.get(f"{path}/diff", role="analyst").json()
        self.assertEqual([(one["edit"], one["name"]) for one in difference["differences"]], [("added", "all")])
        self.assertEqual(self.get(f"{path}/diff?to=1").problem(), "field-missing")
        self.assertEqual(self.get(f"{path}/diff?from=1&to=1").json()["differences"], [])
        self.assertTrue(self.world.prove()["holds"])

    def test_months_are_locked_by_those_who_may(self) -> None:
        body = {"month": MONTH}
        self.assertEqual(self.post("/api/v1/months/lock", body, role="billing-engineer").problem(), "not-allowed")
        self.assertEqual(self.post("/api/v1/months/lock", body, role="finance").status, 200)
        states = {month["month"]: month["state"] for month in self.world.months()}
        self.assertEqual(states[MONTH], "locked")

    def test_an_import_is_a_job_that_events_report(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v1/events", headers={"Authorization": f"Bearer {self.owner}"})
        events = connection.getresponse()
        self.assertEqual(events.getheader("Content-Type"), "text/event-stream")
        self.assertEqual(self.service.job(self.post("/api/v1/imports"), self.owner)["state"], "done")
        told = b""
        while b'"state":"done"' not in told:
            told += events.readline()
        self.assertIn(b"event: job\n", told)

    def test_events_end_with_the_token(self) -> None:
        token = service_harness.add_token(self.world, "short", "operator")
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", "/api/v1/events", headers={"Authorization": f"Bearer {token}"})
        events = connection.getresponse()
        self.assertEqual(events.status, 200)
        self.world.run("token", "revoke", "short")
        events.read()  # ends, where the service ends it

    def test_people_stop_their_own_jobs(self) -> None:
        with open(self.world.home / "lock", "a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the jobs wait for it, or for the one before
            begun = self.post("/api/v1/customers", {"id": "contoso", "name": "Contoso"})
            of_owner = begun.json()["job"]
            answer = self.post("/api/v1/documents/rules/preview", {"yaml": RULES, "month": MONTH}, role="analyst")
            self.assertEqual(answer.status, 202, answer)
            own = answer.json()["job"]
            stop = {job: self.service.request("DELETE", f"/api/v1/jobs/{job}", token=self.tokens["analyst"])
                    for job in (of_owner, own)}
        self.assertEqual((stop[of_owner].status, stop[of_owner].problem()), (404, "no-such-job"))
        self.assertEqual((stop[own].status, stop[own].json()["stop_wanted_by"]), (200, "token:analyst"))
        self.assertEqual(self.service.job(begun, self.owner)["state"], "done")

    def test_a_home_has_one_service(self) -> None:
        told = self.world.run("serve", "--listen", "127.0.0.1:0", "--json", code=harness.LOCKED)
        self.assert_tells(told, "home-locked", "another service runs on this home")

    def test_what_is_done_is_in_the_audit_log_with_who_did_it(self) -> None:
        self.post("/api/v1/months/lock", {"month": MONTH}, role="finance")
        self.get("/api/v1/datasets/charges?month=2026-10", role="analyst")
        self.get("/api/v1/months", X_Act_As_Customer="cust-00002", role="finance")
        entries = self.get("/api/v1/audit").json()["items"]
        done = {(entry["actor"], entry["what"]) for entry in entries}
        for actor, what in (("token:finance", "month.lock"), ("token:analyst", "dataset.download"),
                            ("token:finance", "customer.act-as")):
            self.assertIn((actor, what), done)
        self.assertTrue(self.get("/api/v1/audit/verification").json()["holds"])


class LateChanges(harness.WorldTest):
    def test_what_would_be_left_is_not_said_to_be_left(self) -> None:
        sample = self.world.sample(rows=200, months=MONTH, customers=4, no_focus=True)
        self.world.init(sample)
        self.world.run("sync")
        self.world.run("months", "lock", "--month", MONTH)
        for export in ("actual-cost", "amortized-cost"):
            harness.newer_run(sample, export, MONTH, 50).part().set_cell(1, "resourceLocation", "elsewhere")
        self.world.run("sync")
        token = service_harness.add_token(self.world, "owner", "owner")
        service = Service(self.world)
        self.addCleanup(service.stop)
        decision = {"connection": "acme", "month": MONTH, "reason": "credited by hand", "decision": "leave"}

        def decided(**more: Any) -> dict:
            answer = service.request("POST", "/api/v1/late-changes", {**decision, **more}, token=token)
            return service.job(answer, token)

        about = {"connection": "acme", "month": MONTH}
        self.assertEqual(decided(dry_run=True)["result"], {**about, "dry_run": True})
        self.assertEqual(decided()["result"], {**about, "decision": "left"})
        self.assertEqual(decided(dry_run=True)["error"]["id"], "nothing-held")


class SigningIn(ServiceTest):
    def test_a_link_signs_in_once(self) -> None:
        link = self.service.link()
        first = self.service.get(f"/sign-in?link={link}")
        self.assertEqual((first.status, first.headers["location"]), (303, "/"), first)
        cookie = first.headers["set-cookie"].split(";")[0]
        me = self.service.get("/api/v1/me", Cookie=cookie).json()
        self.assertEqual(me["role"], "owner")
        self.assertEqual(self.service.get(f"/sign-in?link={link}").problem(), "invitation-invalid")

    def test_a_session_changes_only_with_its_forgery_token(self) -> None:
        cookie = self.service.get(f"/sign-in?link={self.service.link()}").headers["set-cookie"].split(";")[0]
        token = self.service.get("/api/v1/me", Cookie=cookie).json()["forgery_token"]
        lock = ("POST", "/api/v1/months/lock", {"month": MONTH})
        for wrong in ({}, {"X_Forgery_Token": "x"}, {"X_Forgery_Token": ""}):
            answer = self.service.request(*lock, Cookie=cookie, **wrong)
            self.assertEqual((answer.status, answer.problem()), (403, "forgery-token-wrong"))
        self.assertEqual(self.service.request(*lock, Cookie=cookie, X_Forgery_Token=token).status, 200)
        self.assertEqual(self.service.request("DELETE", "/api/v1/session", Cookie=cookie, X_Forgery_Token=token).status,
                         204)
        self.assertEqual(self.service.get("/api/v1/me", Cookie=cookie).problem(), "sign-in-needed")

    def test_how_people_can_sign_in(self) -> None:
        self.assertEqual(self.service.get("/api/v1/session/methods").json(), {"passwords": False})
        self.assertEqual(self.service.get("/sign-in/provider").problem(), "identity-provider-missing")
        answer = self.service.get("/sign-in/return?state=x&code=y&session_state=z")
        self.assertEqual((answer.status, answer.problem()), (403, "sign-in-with-provider-failed"))

    def test_a_browser_whose_sign_in_fails_gets_a_page(self) -> None:
        for accept in ("text/html", "text/html,application/xhtml+xml,*/*;q=0.8"):
            page = self.service.get("/sign-in?link=x", Accept=accept)
            self.assertEqual((page.status, page.headers["content-type"]), (403, "text/html; charset=utf-8"))
            self.assertIn("default-src 'none'", page.headers["content-security-policy"])
            self.assertIn(b"<h1>The invitation is not valid, or no longer", page.body)
        self.assertEqual(self.service.get("/sign-in?link=x", Accept="*/*").problem(), "invitation-invalid")
        self.assertEqual(self.service.get("/api/v1/me", Accept="text/html").problem(), "sign-in-needed")

    def test_a_browser_gets_the_page_or_is_told_how_to_get_it(self) -> None:
        browser = {"Accept": "text/html,*/*;q=0.8"}
        self.assertEqual(self.service.get("/", Accept="application/json").problem(), "no-such-resource")
        self.assertEqual(self.service.get("/api/v1/unknown", **browser).problem(), "no-such-resource")
        folder = self.world.folder / "page"
        folder.mkdir()
        (folder / "index.html").write_text("the page, APPORTION_STYLE_NONCE", encoding="utf-8")
        for options, status, told in ((("--page", "off"), 404, b"make page"), (("--page", folder), 200, b"the page, ")):
            self.service.stop()
            self.service = Service(self.world, *options)
            self.addCleanup(self.service.stop)
            for path in ("/", "/costs"):
                answer = self.service.get(path, **browser)
                self.assertEqual((answer.status, answer.headers["content-type"]), (status, "text/html; charset=utf-8"))
                self.assertIn(told, answer.body)
                self.assertNotIn(b"NONCE", answer.body)
        self.service.stop()
        refused = self.world.run("serve", "--page", self.world.folder / "nowhere", "--rounds", 1, code=None)
        self.assertIn("make page", refused.talk)

    def test_a_token_that_was_revoked_is_nobody(self) -> None:
        self.assertEqual(self.get("/api/v1/me", role="analyst").json()["actor"], "token:analyst")
        self.world.run("token", "revoke", "analyst")
        answer = self.get("/api/v1/me", role="analyst")
        self.assertEqual((answer.status, answer.problem()), (401, "sign-in-needed"))


class BadRequests(ServiceTest):
    def test_each_has_its_status(self) -> None:
        cases = [
            ("GET", "/api/v1/nothing", None, {}, 404, "no-such-resource"),
            ("GET", "/", None, {}, 404, "no-such-resource"),
            ("GET", "/api/v1/customers/nobody", None, {}, 404, "no-such-customer"),
            ("GET", "/api/v1/customers/%2e%2e", None, {}, 400, "request-malformed"),
            ("PUT", "/api/v1/months", {}, {}, 405, "method-not-allowed"),
            ("TRACE", "/api/v1/months", None, {}, 405, "method-not-allowed"),
            ("HEAD", "/sign-in?link=x", None, {}, 405, None),
            ("GET", "/api/v1/months?mnth=2026-10", None, {}, 400, "field-unknown"),
            ("GET", "/api/v1/months?month=2026-13", None, {}, 400, "field-invalid"),
            ("GET", "/api/v1/months?month=2026-10&month=2026-09", None, {}, 400, "field-invalid"),
            ("GET", "/api/v1/customers?limit=0", None, {}, 400, "field-invalid"),
            ("GET", "/api/v1/customers?cursor=x", None, {}, 400, "cursor-invalid"),
            ("POST", "/api/v1/costs/query", b"{", {"Content_Type": "application/json"}, 400, "json-invalid"),
            ("POST", "/api/v1/costs/query", b'{"by": ["\xff"]}', {"Content_Type": "application/json"}, 400,
             "json-invalid"),
            ("POST", "/api/v1/costs/query", b"[" * 60000, {"Content_Type": "application/json"}, 400, "json-invalid"),
            ("POST", "/api/v1/costs/query", {"by": "CustomerId"}, {}, 400, "field-invalid"),
            ("POST", "/api/v1/costs/query", {"bye": []}, {}, 400, "field-unknown"),
            ("POST", "/api/v1/costs/query", {"by": ["Custmer"]}, {}, 404, "no-such-column"),
            ("POST", "/api/v1/costs/query", b"by=x", {"Content_Type": "application/x-www-form-urlencoded"}, 415,
             "content-type-unsupported"),
            ("POST", "/api/v1/costs/query", b"{" + b" " * 70000 + b"}", {"Content_Type": "application/json"}, 413,
             "body-too-large"),
            ("GET", "/api/v1/months", None, {"Accept": "text/html"}, 406, "answer-form-unknown"),
            ("GET", "/api/v1/months", None, {"Host": "evil.example.com"}, 421, "host-unknown"),
            ("GET", "/api/v1/months", None, {"X_Long": "x" * 20000}, 431, "header-too-large"),
            ("GET", "/api/v1/months", None, {"X_Act_As_Customer": "nobody"}, 404, "no-such-customer"),
            ("POST", "/api/v1/customers", {"id": "x"}, {"Idempotency_Key": "k" * 256}, 400, "field-invalid"),
            ("POST", "/api/v1/costs/query", {}, {"Content_Encoding": "gzip"}, 415, "content-type-unsupported"),
            ("POST", "/api/v1/costs/query", b"{}", {"Content_Type": "application/json; charset=utf-16"}, 415,
             "content-type-unsupported"),
            ("POST", "/api/v1/costs/query", b"{}", {}, 415, "content-type-unsupported"),
            ("GET", "/api/v1/customers/a%2fb", None, {}, 404, "no-such-resource"),
            ("GET", "/api/v1/months/", None, {}, 404, "no-such-resource"),
            ("GET", "/api/v1/months?month=%ff", None, {}, 400, "request-malformed"),
            ("DELETE", "/api/v1/jobs/99", {}, {}, 404, "no-such-job"),
            ("DELETE", "/api/v1/jobs/99", [], {}, 400, "field-unknown"),
            ("DELETE", "/api/v1/jobs/99", {"why": "late"}, {}, 413, "body-too-large"),
            ("POST", "/api/v1/months/lock", {"month": MONTH}, {"If_Match": '"1"'}, 400, "field-unknown"),
            ("GET", "/api/v1/jobs/9007199254740992", None, {}, 404, "no-such-resource"),
        ] + [("POST", "/api/v1/costs/query", body, {"Content_Type": "application/json"}, 400, problem)
             for body, problem in ((b"", "json-invalid"), (b"null", "field-invalid"), (b"[]", "field-invalid"),
                                   (b"{} {}", "json-invalid"), (b'{"top": 1, "top": 2}', "json-invalid"),
                                   (b'{"top": NaN}', "json-invalid"), (b'{"top": 1e400}', "json-invalid"),
                                   (b'{"top": 1.5}', "field-invalid"), (b'{"top": "1"}', "field-invalid"),
                                   (b'{"top": 99999999999999999999}', "field-invalid"),
                                   (b'{"sort": "\\ud800"}', "json-invalid"), ("{}".encode("utf-16"), "json-invalid"),
                                   (b'{"a":' * 50 + b"1" + b"}" * 50, "json-invalid"))]
        for method, path, body, headers, status, problem in cases:
            with self.subTest(f"{method} {path} {headers}"):
                answer = self.service.request(method, path, body, token=self.owner, **headers)
                self.assertEqual(answer.status, status, answer)
                if problem:
                    self.assertEqual(answer.problem(), problem)
                    self.assertRegex(answer.json()["request_id"], "^[0-9a-f]{16}$")

    def test_a_change_whose_answer_nobody_wants_is_not_made(self) -> None:
        answer = self.post("/api/v1/months/lock", {"month": MONTH}, Accept="text/html")
        self.assertEqual((answer.status, answer.problem()), (406, "answer-form-unknown"))
        self.assertNotIn("locked", {month["state"] for month in self.world.months()})

    def test_nobody_gets_nothing(self) -> None:
        for headers in ({}, {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer x"},
                        {"Cookie": "apportion-session=x"}):
            answer = self.service.get("/api/v1/months", **headers)
            self.assertEqual((answer.status, answer.problem()), (401, "sign-in-needed"))

    def raw(self, sent: bytes) -> bytes:
        """What comes back when bytes are sent as they are."""
        with socket.create_connection(("127.0.0.1", self.service.port), timeout=60) as connection:
            connection.sendall(sent)
            got = b""
            while b"}\n" not in got and (chunk := connection.recv(4096)):
                got += chunk
            return got

    def test_headers_that_decide_are_there_once(self) -> None:
        for header in ("Host: localhost", f"Authorization: Bearer {self.tokens['analyst']}", "Idempotency-Key: k",
                       "X-Act-As-Customer: cust-00001", "X-Forgery-Token: x",
                       "Content-Type: application/json", "Content-Encoding: identity"):
            with self.subTest(header.split(":", maxsplit=1)[0]):
                got = self.raw(f"GET /api/v1/months HTTP/1.1\r\nHost: localhost\r\n{header}\r\n{header}\r\n\r\n"
                               .encode())
                self.assertTrue(got.startswith(b"HTTP/1.1 400 "), got)
                self.assertIn(b"more than once", got)

    def test_a_body_in_chunks_has_the_same_bound(self) -> None:
        got = self.raw(f"POST /api/v1/costs/query HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.owner}\r\n"
                       "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n18000\r\n".encode()
                       + b" " * 0x18000 + b"\r\n0\r\n\r\n")
        self.assertTrue(got.startswith(b"HTTP/1.1 413 "), got)
        self.assertIn(b"body-too-large", got)

    def test_what_is_no_http_is_cut(self) -> None:
        for sent in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n",
                     b"GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /%00 HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            self.assertIn(b" 400 ", self.raw(sent).split(b"\r\n")[0] + b" ")

    def test_answers_hold_no_path_of_the_machine(self) -> None:
        for file in (self.world.home / "lake").rglob("*.parquet"):
            file.write_bytes(b"damaged")
        answer = self.post("/api/v1/costs/query", {"by": ["BillingCurrency"]})
        self.assertEqual(answer.status, 500, answer)
        self.assertNotIn(str(self.world.folder).encode(), answer.body)
        self.assertNotIn(b".parquet", answer.body)
        line = self.service.logged(f'"failure".*"{answer.json()["request_id"]}"')
        self.assertIn(".parquet", line)


class Ending(ServiceTest):
    def test_it_ends_when_it_is_told_and_says_so(self) -> None:
        self.assertEqual(self.service.stop(), 0)
        self.assertIn("stopped", self.service.log)
        lines = [json.loads(line) for line in self.service.log if line.startswith("{")]
        for line in lines:
            self.assertIn("request_id", line)

    def test_a_second_service_is_refused_the_port(self) -> None:
        other = harness.World()
        self.addCleanup(other.close)
        other.run("init")
        done = other.run("serve", "--listen", f"127.0.0.1:{self.service.port}", code=harness.USAGE)
        self.assertIn("port", done.talk)

    def test_other_addresses_need_tls(self) -> None:
        self.service.stop()
        done = self.world.run("serve", "--listen", "0.0.0.0:0", code=harness.USAGE)
        self.assertIn("--tls-certificate", done.talk)


if __name__ == "__main__":
    service_harness.main()
    unittest.main()
