"""Every operation as every role, with the ids of others: nobody sees or does what is not theirs.

The operations come from the description that the service itself gives out; one without a line here fails the test. What
a customer must not see is planted (names, rules, tokens) and taken from the data: whatever stands in rows of one
customer only, and in columns that are the partner's.
"""
import csv
import io
import json
import re
import time
import unittest
from collections import defaultdict
from decimal import Decimal
from typing import Any, NamedTuple

import service_harness
from service_harness import Answer, Service, TOKEN_ROLES, harness

OWN, OTHER = "cust-00001", "cust-00002"
MONTH = "2026-10"
FOREIGN_TENANT = "7eb7a000-0000-4000-8000-000000000001"
PARTNER_ROLES = ("owner", "billing-engineer", "finance", "analyst", "operator", "worker")
CUSTOMER_ROLES = ("customer-admin", "customer-viewer")
ENGINEERS = {"owner", "billing-engineer"}
EVERYBODY = set(TOKEN_ROLES)
# Who has a right, as the product's table of roles says it.
RIGHTS = {
    "anyone": EVERYBODY,
    "signed-in": EVERYBODY - {"worker"},
    "manage-people": {"owner"},
    "manage-own-people": {"owner", "customer-admin"},
    "manage-connections": ENGINEERS,
    "read-connections": ENGINEERS | {"operator"},
    "manage-customers": ENGINEERS | {"finance"},
    "read-customers": ENGINEERS | {"finance", "analyst"},
    "apply-documents": ENGINEERS,
    "read-documents": ENGINEERS | {"finance", "analyst"},
    "manage-months": {"owner", "finance"},
    "read-months": ENGINEERS | {"finance", "analyst"},
    "manage-invoices": ENGINEERS | {"finance"},
    "read-partner-costs": ENGINEERS | {"finance", "analyst"},
    "read-own-costs": EVERYBODY - {"operator", "worker"},
    "ask-in-sql": ENGINEERS | {"analyst"},
    "manage-alerts": ENGINEERS | {"operator"},
    "read-alerts": set(PARTNER_ROLES) - {"worker"},
    "operate": ENGINEERS | {"operator"},
    "read-audit": {"owner", "finance", "operator"},
    "read-own-audit": {"owner", "finance", "operator", "customer-admin"},
    "take-runs": {"worker"},
}
RULES = """- effective: 2020-01
  rules:
    - name: zebra-rule
      when: {ServiceName: {contains: V}}
      share: {cust-00001: 33, cust-00002: 67}
"""
PARTNER_COLUMNS = re.compile(r"^(x_)?(InvoiceId|BillingAccountId|BillingProfileId|BillSource|SourceFile|RowId)$")
# Whose values say of whom a charge is, not what it is for.
IDENTIFYING_COLUMNS = re.compile(r"ResourceId|ResourceName|ResourceGroup|SubAccount|Tags|Tenant|CustomerName")


class Request(NamedTuple):
    """A valid request; `{own}` and `{other}` in it become customers. A body of changes leaves the home as it is."""

    path: str = ""
    body: Any = None
    headers: dict[str, str] = {}


DRY = {"dry_run": True}
REQUESTS = {
    "answerRuns": Request(f"lease={FOREIGN_TENANT}", {"worker": "x", "runs": []}),
    "acceptInvitation": Request(body={"secret": "x", "password": "correct horse battery"}),
    "addConnection": Request(body={"name": "other"}),  # says nothing of a source, and is refused for that
    "addCustomer": Request(body={"id": "fresh", **DRY}),
    # more digits than an amount has
    "addInvoice": Request(body={"invoice": "G1", "month": MONTH, "currency": "EUR", "total": "0.0000000000000000001"}),
    "addReportSubscription": Request(body={"name": "x", "customer": OTHER}),  # says not where to, and is refused
    "addToken": Request(body={"name": "fresh", "role": "customer-viewer", "customer": "nobody"}),
    "addUpload": Request("?name=x/y", b"x", {"Content_Type": "application/octet-stream"}),  # no name of a file
    "addUser": Request(body={"name": "x", "role": "customer-viewer", "customer": "nobody"}),
    "addView": Request(body={"name": " ", "query": {}}),  # no name, and is refused
    "applyDocument": Request("document=rules", {"yaml": RULES, **DRY}, {"If_Match": '"77"'}),
    "applyExports": Request("connection=zebra-source", DRY),
    "askInSql": Request(body={"sql": "SELECT count(*) FROM charges"}),
    "backfillExports": Request("connection=zebra-source", DRY),
    "beginProviderSignIn": Request("?return_to=/months"),
    "changeConnection": Request("connection=zebra-source", {}, {"If_Match": '"stale"'}),
    "changeCustomer": Request("customer={other}", {"name": "x"}, {"If_Match": '"stale"'}),
    "changePassword": Request(body={"current": "x", "wanted": "y"}),
    "changeReportSubscription": Request("subscription=nonsense", {"customer": OTHER}),
    "changeSetting": Request("setting=nonsense", {"value": 1}),
    "changeUser": Request("user=nobody@example.com", {"disabled": True}),
    "changeView": Request("view=0", {"name": "x", "query": {}}),
    "checkDocument": Request("document=rules", {"yaml": RULES}),
    "compareDocumentVersions": Request("document=rules"),
    "confirmOneTimeCodes": Request("user=anna@zebra.example", {"one_time_code": "000000"}),
    "decideLateChange": Request(body={"decision": "leave", "connection": "zebra-source", "month": MONTH, "reason": "x",
                                      **DRY}),
    "describeFocus": Request("?month=2026-10&allow_unknown=true"),
    "discoverCustomers": Request(body={}),
    "discoverScopes": Request("connection=zebra-source"),
    "downloadCharges": Request("?month=2026-10"),
    "downloadFocus": Request("?month=2026-10&allow_unknown=true"),
    "downloadMigrationPlan": Request("?file=customers"),
    "downloadMigrationReport": Request(),
    "downloadReconciliation": Request("?rows=true"),
    "endWorker": Request(body={"worker": "x"}),
    "endSession": Request("session=nonsense"),
    "eraseCustomer": Request("customer={other}", {"reason": "x", **DRY}),
    "explainCharge": Request("row=1"),
    "explainCustomer": Request("customer={other}&?month=2026-10"),
    "getBrand": Request(),
    "getBrandLogo": Request(),
    "exportAudit": Request("?from=2026-11-01"),
    "finishProviderSignIn": Request("?state=x&code=y"),
    "getCommitment": Request("commitment=nonsense"),
    "getConnection": Request("connection=zebra-source"),
    "getCustomer": Request("customer={other}"),
    "getDescription": Request(),
    "getDocument": Request("document=rules"),
    "getDocumentVersion": Request("document=rules&version=1"),
    "getExportHistory": Request("connection=zebra-source&export=x"),
    "getFirstDay": Request(),
    "getFreshness": Request(),
    "getHealth": Request(),
    "getIdentityProvider": Request(),
    "getJob": Request("job=1"),
    "getLake": Request("?version=0.0.0"),
    "getMetrics": Request(),
    "getMigration": Request(),
    "getMigrationPlan": Request("?bill_source=x=nonsense"),
    "getReadiness": Request(),
    "getReportSubscription": Request("subscription=nonsense"),
    "getSignInMethods": Request(),
    "getUpload": Request(f"upload={FOREIGN_TENANT}"),
    "getUser": Request("user=anna@zebra.example"),
    "getView": Request("view=0"),
    "importCustomers": Request("?dry_run=true", b"id,name\ncust-00001,Same\n", {"Content_Type": "text/csv"}),
    "importInvoiceLines": Request(body={"connection": "nonsense", "uploads": [FOREIGN_TENANT]}),
    "importLegacyBill": Request(body={"connection": "nonsense", "upload": FOREIGN_TENANT,
                                      "columns": {"customer": "a", "cost": "b", "currency_is": "EUR"}}),
    "inviteUser": Request("user=nobody@example.com"),
    "listAlertChannels": Request(),
    "listAlerts": Request("?all=true"),
    "listAuditEntries": Request("?limit=1000"),
    "listChanges": Request(),
    "listColumns": Request(),
    "listCommitments": Request(),
    "listConnections": Request(),
    "listCostValues": Request(body={"column": "ServiceName"}),
    "listCustomers": Request("?all=true&limit=1000"),
    "listDifferences": Request("?by=CustomerTenantId&limit=1000"),
    "listDocumentVersions": Request("document=rules"),
    "listImports": Request(),
    "listInvoices": Request(),
    "listJobs": Request("?all=true"),
    "listLateChanges": Request("?all=true"),
    "listMigratedAmounts": Request(f"?customer={OTHER}&all=true&limit=1000"),
    "listMigratedCustomers": Request("?limit=1000"),
    "listMigrationGains": Request("?limit=1000"),
    "listMonths": Request(),
    "listRelations": Request(),
    "listReportDeliveries": Request("subscription=nonsense"),
    "listReportFolders": Request(),
    "listReportSubscriptions": Request(),
    "listSessions": Request(),
    "listSettings": Request(),
    "listSignInTenants": Request(),
    "listTenants": Request(),
    "listTokens": Request(),
    "listUseSummaries": Request(),
    "listUsers": Request(),
    "listViews": Request(),
    "lockMonths": Request(body={"month": MONTH, **DRY}),
    "mapSignInTenant": Request("tenant=nonsense", {"customer": "nobody"}),
    "mergeCustomer": Request("customer={other}", {"into": "nobody", **DRY}),
    "openSignInLink": Request("?link=x"),
    "planExports": Request("connection=zebra-source", {}),
    "previewDocument": Request("document=rules", {"yaml": RULES, "month": MONTH}),
    "proveMonths": Request(),
    "queryCharges": Request(body={"limit": 1000}),
    "queryCosts": Request(body={"by": ["CustomerId", "CustomerName", "ResourceId", "BillingCurrency"], "limit": 10000}),
    "reconcileInvoices": Request(),
    "refreshCommitments": Request(body={"connection": "nonsense"}),
    "removeAlertChannel": Request("channel=nonsense"),
    "removeConnection": Request("connection=zebra-source", headers={"If_Match": '"stale"'}),
    "removeCustomer": Request("customer={other}", headers={"If_Match": '"stale"'}),
    "removeIdentityProvider": Request(),
    "removeInvoice": Request("invoice=G1"),
    "removeOneTimeCodes": Request("user=anna@zebra.example"),
    "removeReportSubscription": Request("subscription=nonsense"),
    "removeUpload": Request(f"upload={FOREIGN_TENANT}"),
    "removeUser": Request("user=nobody@example.com"),
    "removeView": Request("view=0"),
    "renewLease": Request(f"lease={FOREIGN_TENANT}", {"worker": "x", "run": 0, "rows": 0, "bytes": 0}),
    "returnRuns": Request(f"lease={FOREIGN_TENANT}", {"worker": "x", "why": "x"}),
    "reportCommitments": Request("report=utilisation&?by=Commitment"),
    "retireCustomer": Request("customer={other}", DRY),
    "revokeToken": Request("token=nonsense"),
    "runExport": Request("connection=zebra-source&export=x", {}),
    "runReportSubscription": Request("subscription=nonsense"),
    "sendToCustomer": Request("customer={other}", {"month": MONTH, **DRY}),
    "setAlertChannel": Request("channel=x", {"url": "nonsense"}),
    "setBrand": Request(body={"name": "Zebra Partner"}, headers={"If_Match": '"stale"'}),
    "setIdentityProvider": Request(body={"issuer": "nonsense", "client_id": "x", "service_url": "nonsense"}),
    "signIn": Request(body={"user": "nobody", "password": "x"}),
    "signOut": Request(),
    "splitMonths": Request(body=DRY),
    "startDemo": Request(body={}),  # the home is not empty, and is refused
    "startImport": Request(body={"connection": "nonsense"}),
    "startOneTimeCodes": Request("user=anna@zebra.example"),
    "stopJob": Request("job=1"),
    "takeRuns": Request(body={"worker": "x", "version": "0.0.0"}),
    "testAlertChannel": Request("channel=nonsense"),
    "testConnection": Request("connection=nonsense"),
    "unlockMonths": Request(body={"month": MONTH, **DRY}),
    "unmapSignInTenant": Request("tenant=nonsense"),
    "verifyAudit": Request(),
    "watchEvents": Request(),
    "whoAmI": Request(),
    "withdrawImport": Request("import=999", {"reason": "x", **DRY}),
}
COLUMNS_TOGETHER = 20
ENDLESS = {"watchEvents"}  # of the partner: answers as long as somebody listens


class Operation(NamedTuple):
    id: str
    method: str
    path: str
    right: str
    compares_states: bool


def operations(description: dict) -> list[Operation]:
    return [Operation(described["operationId"], method.upper(), path, described["x-right"],
                      any(one.get("$ref", "").endswith("/ifMatch") for one in described.get("parameters", ())))
            for path, item in description["paths"].items() for method, described in item.items()
            if method != "parameters"]


class Isolation(harness.WorldTest):
    """One home for all attacks: nothing that is tried here may change it."""

    world: harness.World
    service: Service

    @classmethod
    def setUpClass(cls) -> None:
        world = cls.world = harness.World()
        sample = world.sample(rows=800, customers=4)
        world.init(sample, connection="zebra-source")
        world.run("sync")
        (world.folder / "rules.yaml").write_text(RULES, encoding="utf-8")
        world.run("rules", "apply", world.folder / "rules.yaml")
        world.run("customer", "edit", OTHER, "--name", "Zebra Holdings", "--external-id", "zebra-4711", "--no-split")
        world.run("user", "add", "anna@zebra.example", "--role", "customer-admin", "--customer", OTHER)
        world.run("user", "add", "bert@zebra-partner.example", "--role", "owner")
        world.run("user", "tenants", "--map", FOREIGN_TENANT, "--customer", OTHER)
        cls.tokens = {role: service_harness.add_token(world, f"zebra-{role}", role) for role in PARTNER_ROLES}
        cls.tokens |= {role: service_harness.add_token(world, f"own-{role}", role, OWN) for role in CUSTOMER_ROLES}
        cls.tokens["other"] = service_harness.add_token(world, "zebra-other", "customer-admin", OTHER)
        cls.service = Service(world)
        cls.all = operations(cls.service.get("/api/v1/openapi.json").json())
        cls.rows = cls._rows_of_the_partner()
        cls.secrets = cls._secrets()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.service.stop()
        cls.world.close()

    def setUp(self) -> None:
        pass

    @classmethod
    def _rows_of_the_partner(cls) -> list[dict[str, str]]:
        answer = cls.service.get("/api/v1/datasets/charges?exact=true", token=cls.tokens["owner"])
        return list(csv.DictReader(io.StringIO(answer.body.decode(), newline="")))

    @classmethod
    def _secrets(cls) -> set[str]:
        """What no answer to the own customer may hold."""
        owners: dict[str, set[str]] = defaultdict(set)
        secrets = {"zebra", "Zebra", OTHER, FOREIGN_TENANT, str(cls.world.folder)}
        for row in cls.rows:
            for column, value in row.items():
                if len(value) < 6:
                    continue
                if IDENTIFYING_COLUMNS.search(column):
                    owners[value].add(row["CustomerId"])
                if PARTNER_COLUMNS.search(column):
                    secrets.add(value)
        foreign = sorted(value for value, customers in owners.items() if OWN not in customers)
        return (secrets | set(foreign[::max(1, len(foreign) // 200)])) - {"unassigned"}

    def send(self, operation: Operation, customer: str = OTHER, **options: Any) -> Answer:
        request = REQUESTS[operation.id]
        path, query = operation.path, ""
        for part in filter(None, request.path.split("&")):
            if part.startswith("?") or query:
                query += ("&" if query else "") + part
            else:
                name, value = part.split("=", 1)
                path = path.replace(f"{{{name}}}", value.replace("{other}", customer).replace("{own}", OWN))
        headers = {**request.headers, **options.pop("headers", {})}
        return self.send_when_free(operation.method, path + query, request.body, **headers, **options)

    def send_when_free(self, *request: Any, **options: Any) -> Answer:
        """Jobs of the requests before may still wait on a slow machine: asked again, as a client would."""
        while True:
            answer = self.service.request(*request, **options)
            if answer.status != 503 or answer.problem() != "service-busy":
                return answer
            time.sleep(int(answer.headers["retry-after"]))

    def check_nothing_told(self, answer: Answer, sent: str = "") -> None:
        """`sent`: what the request itself said may be said again."""
        told = answer.body.decode("utf-8", "replace") + json.dumps(answer.headers)
        for secret in self.secrets:
            if secret not in sent:
                self.assertNotIn(secret, told)

    def sent_by(self, operation: Operation) -> str:
        request = REQUESTS[operation.id]
        return request.path.replace("{other}", OTHER) + json.dumps(request.body, default=bytes.decode)

    def test_each_operation_has_a_line(self) -> None:
        self.assertEqual(sorted(operation.id for operation in self.all), sorted(REQUESTS))
        self.assertLessEqual({operation.right for operation in self.all}, set(RIGHTS))

    def test_roles_may_what_the_table_says(self) -> None:
        before = self.world.published()
        for operation in self.all:
            for role in TOKEN_ROLES:
                if operation.id in ENDLESS and role in PARTNER_ROLES:
                    continue
                with self.subTest(f"{operation.id} as {role}"):
                    answer = self.send(operation, token=self.tokens[role])
                    self.assertLess(answer.status, 500, answer)
                    if role in RIGHTS[operation.right]:
                        if operation.right != "anyone":
                            self.assertNotEqual(answer.status, 401, answer)
                        if answer.status >= 400 and operation.right not in ("anyone", "signed-in", "manage-own-people"):
                            self.assertNotIn(answer.problem(), ("not-allowed", "no-such-resource"), answer)
                    elif role in PARTNER_ROLES:
                        self.assertEqual((answer.status, answer.problem()), (403, "not-allowed"))
                    else:
                        self.assertEqual((answer.status, answer.problem()), (404, "no-such-resource"))
        self.assertEqual(self.world.published(), before)

    def test_a_change_of_another_state_is_refused_by_all_that_say_so(self) -> None:
        self.assertGreater(sum(operation.compares_states for operation in self.all), 10)
        for operation in self.all:
            if operation.method == "GET" or operation.right == "anyone" or operation.id == "applyDocument":
                continue
            with self.subTest(operation.id):
                role = "owner" if "owner" in RIGHTS[operation.right] else "worker"
                answer = self.send(operation, token=self.tokens[role], headers={"If_Match": '"stale"'})
                if operation.compares_states:
                    self.assertIn(answer.status, (404, 412), answer)
                else:
                    self.assertEqual((answer.status, answer.problem()), (400, "field-unknown"))

    def test_nobody_may_anything(self) -> None:
        for operation in self.all:
            for headers in ({}, {"Authorization": "Bearer apt_" + "x" * 43}, {"Cookie": "apportion-session=aps_x"}):
                with self.subTest(f"{operation.id} {headers}"):
                    answer = self.send(operation, headers=headers)
                    if operation.right != "anyone":
                        self.assertEqual((answer.status, answer.problem()), (401, "sign-in-needed"))

    def test_no_answer_to_a_customer_tells_of_another_or_of_the_partner(self) -> None:
        for operation in self.all:
            for role in CUSTOMER_ROLES:
                with self.subTest(f"{operation.id} as {role}"):
                    self.check_nothing_told(self.send(operation, token=self.tokens[role]), self.sent_by(operation))

    def test_acting_as_a_customer_is_being_it(self) -> None:
        for operation in self.all:
            if operation.id in ("whoAmI", "getDescription", "getHealth", "getReadiness", "signIn", "acceptInvitation",
                                "openSignInLink", "listSessions", "getBrand", "getBrandLogo", "beginProviderSignIn",
                                "getSignInMethods"):
                continue
            with self.subTest(operation.id):
                acting = self.send(operation, token=self.tokens["owner"], X_Act_As_Customer=OWN)
                self.check_nothing_told(acting, self.sent_by(operation))
                viewer = self.send(operation, token=self.tokens["customer-viewer"])
                if operation.right == "read-own-costs":
                    self.assertEqual((acting.status, acting.body), (viewer.status, viewer.body))
                elif operation.right == "read-own-audit":
                    administrator = self.send(operation, token=self.tokens["customer-admin"])
                    self.assertEqual((acting.status, acting.body), (200, administrator.body))
                elif operation.right == "take-runs":
                    self.assertEqual((acting.status, acting.problem()), (403, "not-allowed"), "no owner may")
                elif operation.right != "signed-in":
                    self.assertEqual((acting.status, acting.problem()), (404, "no-such-resource"))

    def test_the_words_of_others_are_there_for_those_who_may_see_them(self) -> None:
        by_id = {operation.id: operation for operation in self.all}
        for token in ("owner", "other"):
            told = self.send(by_id["queryCosts"], token=self.tokens[token]).body.decode()
            self.assertIn("Zebra Holdings", told)
        told = self.send(by_id["queryCharges"], token=self.tokens["other"]).body.decode()
        self.assertTrue(any(secret in told for secret in self.secrets if len(secret) > 20))

    def ask(self, path: str, body: Any = None, method: str = "", role: str = "customer-admin") -> Answer:
        return self.service.request(method or ("GET" if body is None else "POST"), path, body, token=self.tokens[role])

    def test_questions_with_the_ids_of_others_find_nothing(self) -> None:
        tenant = next(row["x_CustomerTenantId"] for row in self.rows
                      if row["CustomerId"] == OTHER and row["x_CustomerTenantId"])
        for column, value in (("CustomerId", OTHER), ("CustomerName", "Zebra Holdings"),
                              ("CustomerExternalId", "zebra-4711"), ("CustomerTenantId", tenant)):
            where = [{"column": column, "values": [value]}]
            for path, body in (("/api/v1/costs/query", {"where": where, "by": ["BillingCurrency"]}),
                               ("/api/v1/charges/query", {"where": where}),
                               ("/api/v1/costs/values", {"where": where, "column": "ServiceName"})):
                with self.subTest(f"{path} {column}"):
                    answer = self.ask(path, body)
                    self.check_nothing_told(answer, json.dumps(body))
                    self.assertEqual((answer.status, answer.json()["rows"]), (200, []))

    def test_columns_of_the_partner_do_not_exist(self) -> None:
        public = {column["name"] for column in self.ask("/api/v1/columns").json()["columns"]}
        every = {column["name"] for column in self.ask("/api/v1/columns", role="owner").json()["columns"]}
        self.assertLess(public, every)
        for column in sorted(every - public):
            for path, body in (("/api/v1/costs/query", {"by": [column, "BillingCurrency"]}),
                               ("/api/v1/costs/query", {"where": [{"column": column, "values": ["x"]}]}),
                               ("/api/v1/charges/query", {"columns": [column]}),
                               ("/api/v1/costs/values", {"column": column})):
                with self.subTest(f"{path} {body}"):
                    answer = self.ask(path, body)
                    self.assertEqual(answer.status, 404, answer)
                    self.assertIn(answer.problem(), ("no-such-column", "no-such-metric"))
                    self.check_nothing_told(answer)

    def test_each_column_of_a_customer_tells_of_it_alone(self) -> None:
        names = [column["name"] for column in self.ask("/api/v1/columns").json()["columns"]]
        for together in (names[at:at + COLUMNS_TOGETHER] for at in range(0, len(names), COLUMNS_TOGETHER)):
            with self.subTest(together):
                answer = self.ask("/api/v1/charges/query", {"columns": together, "limit": 1000})
                self.assertEqual(answer.status, 200, answer)
                self.check_nothing_told(answer)

    def test_files_and_names_of_others_are_refused(self) -> None:
        for path in (f"/api/v1/datasets/focus?customer={OTHER}", "/api/v1/months?connection=zebra-source",
                     "/api/v1/changes?connection=zebra-source", "/api/v1/users/bert@zebra-partner.example",
                     "/api/v1/users/anna@zebra.example", f"/api/v1/customers/{OWN}"):
            answer = self.ask(path)
            self.assertIn(answer.status, (400, 404), answer)
            self.check_nothing_told(answer, path)

    def test_an_administrator_of_a_customer_makes_nobody_of_others(self) -> None:
        for body in ({"name": "eve@example.com", "role": "owner"},
                     {"name": "eve@example.com", "role": "customer-viewer", "customer": OTHER},
                     {"name": "eve@example.com", "role": "analyst"}):
            answer = self.ask("/api/v1/users", body)
            self.assertGreaterEqual(answer.status, 400, answer)
            self.check_nothing_told(answer, json.dumps(body))
        for body in ({"name": "eve", "role": "owner"}, {"name": "eve", "role": "customer-viewer", "customer": OTHER}):
            self.assertGreaterEqual(self.ask("/api/v1/tokens", body).status, 400)
        for user in ("anna@zebra.example", "bert@zebra-partner.example"):
            for method, body in (("PATCH", {"disabled": True}), ("DELETE", None)):
                answer = self.ask(f"/api/v1/users/{user}", body, method)
                self.assertEqual((answer.status, answer.problem()), (404, "no-such-user"))
        names = {user["name"] for user in self.ask("/api/v1/users", role="owner").json()["items"]}
        self.assertEqual(names, {"anna@zebra.example", "bert@zebra-partner.example"})

    def test_the_audit_log_of_a_customer_tells_of_it_alone(self) -> None:
        """Also where the partner's people did it, whose names and addresses are the partner's."""
        self.service.get("/api/v1/months", token=self.tokens["owner"], X_Act_As_Customer=OWN)
        answer = self.ask("/api/v1/audit?limit=1000")
        self.check_nothing_told(answer)
        entries = answer.json()["items"]
        done = {(entry["actor"], entry["what"], entry["detail"]) for entry in entries}
        self.assertLessEqual({("partner", "customer.act-as", OWN),
                              ("partner", "token.add", f"own-customer-admin: customer-admin of {OWN}")}, done)
        self.assertEqual([entry["number"] for entry in entries], list(range(len(entries), 0, -1)))
        for entry in entries:
            more = set() if entry["actor"] == "partner" else {"address"}
            self.assertEqual(set(entry), {"number", "at", "actor", "what", "detail"} | more)
        paged, path = [], "/api/v1/audit?limit=1"
        while path:
            page = self.ask(path).json()
            paged += page["items"]
            path = f"/api/v1/audit?limit=1&cursor={page['next']}" if "next" in page else ""
        self.assertEqual(paged, entries)
        told = self.ask("/api/v1/audit?limit=1000", role="other").body.decode()
        self.assertIn("anna@zebra.example", told)
        self.assertNotIn(OWN, told)
        whole = self.ask("/api/v1/audit?limit=1000", role="owner").json()["items"]
        self.assertIn(("token:zebra-owner", OWN, False),
                      {(entry["actor"], entry["customer"], entry["by_customer"]) for entry in whole})

    def test_a_cursor_of_another_is_refused(self) -> None:
        question = {"by": ["ServiceName", "BillingCurrency"], "limit": 1}
        cursor = self.ask("/api/v1/costs/query", question, role="other").json()["next"]
        answer = self.ask("/api/v1/costs/query", {**question, "cursor": cursor})
        self.assertEqual((answer.status, answer.problem()), (400, "cursor-invalid"))

    def test_the_costs_of_a_customer_are_those_that_the_partner_gave_it(self) -> None:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in self.rows:
            if row["CustomerId"] == OWN and row["ListCost"]:
                sums[row["BillingCurrency"]] += Decimal(row["ListCost"])
        answer = self.ask("/api/v1/costs/query", {"by": ["BillingCurrency"]}, role="customer-viewer").json()
        shown = {row["BillingCurrency"]: Decimal(row["ListCost"]) for row in answer["rows"]}
        self.assertEqual(shown, dict(sums))
        self.assertEqual([column["name"] for column in answer["columns"]], ["BillingCurrency", "ListCost"])


if __name__ == "__main__":
    service_harness.main()
    unittest.main()
