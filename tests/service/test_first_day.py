"""The first day, asked for again and again, and a home with an invented partner."""
import unittest

import service_harness
from service_harness import Service, add_token, harness

PATH = "/api/v1/first-day"
NEEDED = ("connection", "access", "exports", "import", "customers", "split", "proof")


class FirstDay(harness.WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.run("init")
        self.owner = add_token(self.world, "owner", "owner")
        self.service = Service(self.world)
        self.addCleanup(self.service.stop)

    def first_day(self, token: str = "") -> dict:
        answer = self.service.get(PATH, token=token or self.owner)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def states(self) -> dict[str, str]:
        return {step["step"]: step["state"] for step in self.first_day()["steps"]}

    def test_a_home_goes_from_step_to_step(self) -> None:
        self.assertEqual({self.states()[step] for step in NEEDED}, {"next", "waiting"})
        first = self.first_day()["steps"][0]
        self.assertEqual((first["state"], first["next_steps"][0]["step"]), ("next", "add-connection"))
        self.assertIn("`POST /api/v1/connections`", first["next"])
        sample = self.world.sample(rows=600, customers=4)
        self.world.run("connection", "add", "--name", "acme", "--actual", sample / "exports/actual-cost", "--amortized",
                       sample / "exports/amortized-cost")
        self.assertEqual([self.states()[step] for step in NEEDED],
                         ["done", "done", "done", "next", "next", "waiting", "waiting"])
        job = self.service.request("POST", "/api/v1/connections/acme/test", token=self.owner)
        self.assertEqual(self.service.job(job, self.owner)["state"], "done")
        access = self.first_day()["steps"][1]
        self.assertEqual(access["counts"], {"probes": 2, "failed_probes": 0})
        job = self.service.request("POST", "/api/v1/imports", {}, token=self.owner)
        self.assertEqual(self.service.job(job, self.owner)["state"], "done")
        self.assertEqual([self.states()[step] for step in NEEDED], ["done"] * 4 + ["next", "done", "done"])
        self.assertTrue(self.first_day()["tenants"])
        job = self.service.request("POST", "/api/v1/customers/import", (sample / "customers.csv").read_bytes(),
                                   token=self.owner, Content_Type="text/csv")
        self.assertEqual(self.service.job(job, self.owner)["state"], "done")
        self.assertEqual(self.states()["people"], "optional")
        self.world.run("user", "add", "anna@example.com", "--role", "owner")
        self.assertEqual(self.states()["people"], "done")

    def test_the_command_says_the_same(self) -> None:
        told = self.world.run("first-day", "--json").json()
        self.assertEqual([step["step"] for step in told["steps"]],
                         [step["step"] for step in self.first_day()["steps"]])
        self.assertIn("apportion connection add", told["steps"][0]["next"])
        table = self.world.run("first-day").out
        self.assertIn("Connect your bill", table)
        self.assertIn("next", table)

    def test_an_invented_partner_fills_an_empty_home(self) -> None:
        self.assertNotIn("invented", self.service.get("/api/v1/me", token=self.owner).json())
        job = self.service.job(self.service.request("POST", "/api/v1/demo", {}, token=self.owner), self.owner)
        self.assertEqual((job["state"], job["result"]["customers"]), ("done", 40), job)
        self.assertIs(self.service.get("/api/v1/me", token=self.owner).json()["invented"], True)
        day = self.first_day()
        self.assertTrue(day["invented"])
        self.assertEqual({step["state"] for step in day["steps"] if step["step"] in NEEDED[:4]}, {"done"})
        self.assertTrue(all(tenant["x_CustomerTenantId"] for tenant in day["tenants"]), day["tenants"])
        proof = self.service.get("/api/v1/proof", token=self.owner).json()
        self.assertTrue(proof["holds"])
        self.assertEqual([month["state"] for month in proof["months"]], ["locked", "complete", "open"])
        late = self.service.get("/api/v1/late-changes", token=self.owner).json()["late"]
        self.assertEqual(len(late), 1)
        commitments = self.service.get("/api/v1/commitments", token=self.owner).json()
        self.assertTrue(commitments["rows"])
        again = self.service.request("POST", "/api/v1/demo", {}, token=self.owner)
        self.assertEqual((again.status, again.problem()), (409, "connection-exists"))

    def test_the_same_day_and_seed_give_the_same_partner(self) -> None:
        costs = ("report", "costs", "--by", "Month,CustomerId,BillingCurrency", "--format", "csv")
        self.world.run("demo", "--seed", 3)
        told = self.world.run(*costs).out
        other = harness.World()
        self.addCleanup(other.close)
        other.run("init")
        other.run("demo", "--seed", 3)
        self.assertEqual(other.run(*costs).out, told)
        self.world.run("demo", code=2)

    def test_amounts_are_for_those_who_may_see_costs(self) -> None:
        self.world.run("demo")
        self.assertTrue(self.first_day()["tenants"])
        operator = add_token(self.world, "operator", "operator")
        self.assertEqual(self.first_day(operator)["tenants"], [])
        customer = add_token(self.world, "customer", "customer-admin", "cust-00001")
        answer = self.service.get(PATH, token=customer)
        self.assertEqual((answer.status, answer.problem()), (404, "no-such-resource"))


if __name__ == "__main__":
    service_harness.main()
    unittest.main()
