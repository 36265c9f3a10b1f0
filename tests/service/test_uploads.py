"""Uploads: sent in pieces, described, imported, and gone; each mistake with its status."""
import gzip
import http.client
import os
import unittest
from typing import Any

import service_harness
from service_harness import Answer, Service, add_token, harness

PATH = "/api/v1/uploads"
BYTES = "application/octet-stream"


class Uploads(harness.WorldTest):
    def setUp(self) -> None:
        super().setUp()
        sample = self.world.sample(rows=600, customers=4, months="2026-10", no_restatements=True)
        self.world.run("init")
        (self.world.folder / "empty").mkdir()
        self.world.run("connection", "add", "--name", "acme", "--actual", self.world.folder / "empty")
        self.tokens = {role: add_token(self.world, role, role)
                       for role in ("owner", "billing-engineer", "finance", "analyst")}
        self.service = Service(self.world)
        self.addCleanup(self.service.stop)
        self.customers = (sample / "customers.csv").read_bytes()
        self.costs = next((sample / "exports/actual-cost").rglob("*.csv")).read_bytes()

    def send(self, body: bytes, name: str = "part_0_0001.csv", role: str = "owner", **headers: str) -> Answer:
        headers.setdefault("Content_Type", BYTES)
        return self.service.request("POST", f"{PATH}?name={name}", body, token=self.tokens[role], **headers)

    def sent(self, body: bytes, name: str = "part_0_0001.csv", role: str = "owner") -> dict:
        answer = self.send(body, name, role)
        self.assertEqual(answer.status, 201, answer)
        self.assertEqual(answer.headers["location"], f"{PATH}/{answer.json()['id']}")
        return answer.json()

    def ask(self, method: str, path: str, body: Any = None, role: str = "owner") -> Answer:
        return self.service.request(method, path, body, token=self.tokens[role])

    def check_refused(self, answer: Answer, status: int, error: str) -> None:
        self.assertEqual((answer.status, answer.problem()), (status, error), answer)

    def left_in_home(self) -> list[str]:
        """Walks as os.walk does: other work of the service makes and removes folders there meanwhile."""
        return sorted(name for _, _, names in os.walk(self.world.home / "tmp") for name in names
                      if name.startswith("part_"))

    def test_a_cost_file_is_described_and_imported(self) -> None:
        upload = self.sent(self.costs)
        self.assertEqual((upload["content"], upload["layout"], upload["months"]), ("export", "MPA", ["2026-10"]))
        self.assertEqual(upload["datasets"], ["ActualCost", "AmortizedCost"])
        self.assertEqual(upload["rows"], self.costs.count(b"\n") - 1)
        self.assertEqual(self.ask("GET", f"{PATH}/{upload['id']}").json(), upload)
        body = {"connection": "acme", "uploads": [upload["id"]]}
        job = self.service.job(self.ask("POST", "/api/v1/imports", body), self.tokens["owner"])
        self.assertEqual(job["state"], "done")
        self.assertEqual(job["result"]["problems"][0]["id"], "dataset-unknown", job)
        self.assertEqual(self.ask("GET", f"{PATH}/{upload['id']}").status, 200, "it may be tried again")
        job = self.service.job(self.ask("POST", "/api/v1/imports", {**body, "dataset": "ActualCost"}),
                               self.tokens["owner"])
        self.assertEqual((job["state"], job["kind"]), ("done", "import"), job)
        (imported,) = self.ask("GET", "/api/v1/imports").json()["items"]
        self.assertEqual((imported["month"], imported["dataset"], imported["rows"]),
                         ("2026-10", "ActualCost", upload["rows"]))
        self.check_refused(self.ask("GET", f"{PATH}/{upload['id']}"), 404, "no-such-record")
        self.assertEqual(self.left_in_home(), [])

    def test_packed_files_and_large_ones_are_taken(self) -> None:
        plain = self.costs
        packed = self.sent(gzip.compress(plain), "part_0_0001.csv.gz")
        self.assertEqual((packed["content"], packed["rows"]), ("export", plain.count(b"\n") - 1))
        header, rows = plain.split(b"\n", 1)
        large = self.sent(header + b"\n" + rows * (12_000_000 // len(rows)))
        self.assertGreater(large["bytes"], 11_000_000)
        self.assertEqual(large["rows"], rows.count(b"\n") * (12_000_000 // len(rows)))

    def test_customers_are_imported(self) -> None:
        upload = self.sent(self.customers, "customers.csv", "finance")
        self.assertEqual((upload["content"], upload["rows"], upload["faults"]), ("customers", 4, []))
        path = f"/api/v1/customers/import?upload={upload['id']}"
        self.check_refused(self.ask("POST", path), 404, "no-such-record")  # of somebody else
        twice = self.service.request("POST", path, self.customers, token=self.tokens["finance"],
                                     Content_Type="text/csv")
        self.check_refused(twice, 400, "field-invalid")
        job = self.service.job(self.ask("POST", path + "&dry_run=true", role="finance"), self.tokens["finance"])
        self.assertEqual((job["state"], self.ask("GET", "/api/v1/customers").json()["items"]), ("done", []))
        job = self.service.job(self.ask("POST", path, role="finance"), self.tokens["finance"])
        self.assertEqual((job["state"], job["result"]["added"]), ("done", 4), job)
        self.check_refused(self.ask("POST", path, role="finance"), 404, "no-such-record")
        costs = self.sent(self.costs)
        self.check_refused(self.ask("POST", f"/api/v1/customers/import?upload={costs['id']}"), 400,
                           "customer-file-wrong")

    def test_who_may_what(self) -> None:
        self.check_refused(self.send(b"x", role="analyst"), 403, "not-allowed")
        self.check_refused(self.service.request("POST", f"{PATH}?name=x", b"x", Content_Type=BYTES), 401,
                           "sign-in-needed")
        upload = self.sent(self.costs, role="finance")
        for method in ("GET", "DELETE"):
            self.check_refused(self.ask(method, f"{PATH}/{upload['id']}"), 404, "no-such-record")
        body = {"connection": "acme", "uploads": [upload["id"]], "dataset": "ActualCost"}
        self.check_refused(self.ask("POST", "/api/v1/imports", body, "finance"), 403, "not-allowed")
        self.check_refused(self.ask("POST", "/api/v1/imports", body, "billing-engineer"), 404, "no-such-record")
        self.assertEqual(self.ask("DELETE", f"{PATH}/{upload['id']}", role="finance").status, 204)
        self.check_refused(self.ask("GET", f"{PATH}/{upload['id']}", role="finance"), 404, "no-such-record")
        self.assertEqual(self.left_in_home(), [])

    def test_each_mistake_has_its_status(self) -> None:
        self.check_refused(self.send(b"x", Content_Type="text/csv"), 415, "content-type-unsupported")
        self.check_refused(self.send(b"x", Content_Encoding="gzip"), 415, "content-type-unsupported")
        self.check_refused(self.send(b"x", "..%2Fx.csv"), 400, "field-invalid")
        self.check_refused(self.service.request("POST", PATH, b"x", token=self.tokens["owner"], Content_Type=BYTES),
                           400, "field-missing")
        packed = gzip.compress(self.costs)
        self.check_refused(self.send(packed[:len(packed) // 2], "a.csv.gz"), 400, "gzip-broken")
        self.check_refused(self.send(b"PAR1 and no more PAR1", "a.parquet"), 400, "parquet-unreadable")
        self.check_refused(self.too_large(), 413, "body-too-large")
        other = self.sent(b"hello", "hello.txt")
        self.assertEqual(other["content"], "unknown")
        imports = "/api/v1/imports"
        self.check_refused(self.ask("POST", imports, {"connection": "acme", "uploads": [other["id"]]}), 400,
                           "not-a-cost-file")
        costs = [self.sent(self.costs)["id"] for _ in range(2)]
        self.check_refused(self.ask("POST", imports, {"connection": "acme", "uploads": costs}), 400, "field-invalid")
        self.check_refused(self.ask("POST", imports, {"uploads": costs[:1]}), 400, "field-missing")
        self.check_refused(self.ask("POST", imports, {"connection": "acme", "dataset": "ActualCost"}), 400,
                           "field-invalid")
        self.check_refused(self.ask("POST", imports, {"connection": "nobody", "uploads": costs[:1]}), 404,
                           "no-such-connection")

    def too_large(self) -> Answer:
        """What the header announces is enough to be refused."""
        connection = http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=service_harness.SECONDS_MAX)
        try:
            connection.putrequest("POST", f"{PATH}?name=x.csv")
            for name, value in (("Authorization", f"Bearer {self.tokens['owner']}"), ("Content-Type", BYTES),
                                ("Content-Length", str(600 * 1024 * 1024))):
                connection.putheader(name, value)
            connection.endheaders()
            got = connection.getresponse()
            return Answer(got.status, {name.lower(): value for name, value in got.getheaders()}, got.read())
        finally:
            connection.close()

    def test_what_a_killed_service_left_goes_with_the_next_start(self) -> None:
        self.sent(self.costs)
        self.assertEqual(self.left_in_home(), ["part_0_0001.csv"])
        self.service.process.kill()
        self.service.process.wait()
        again = Service(self.world)
        self.addCleanup(again.stop)
        self.assertEqual(self.left_in_home(), [])


if __name__ == "__main__":
    service_harness.main()
    unittest.main()
