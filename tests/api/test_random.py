"""Random requests to the service, made from its description: `test_random.py PROGRAM ENVIRONMENT`.

API_REQUESTS says how many, API_SEED sends the same again. Half of the requests fit the description and half break it;
many hold ids that exist. No answer may be a failure of the service, and each is as described, whoever sends the
request. The home is thrown away afterwards, so operations that change something are asked for as well.
"""
import os
import random
import sys
import unittest
from collections import Counter
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "service")]

# pylint: disable=wrong-import-position
import service_harness  # noqa: E402
from service_harness import Service, TOKEN_ROLES, harness  # noqa: E402

REQUESTS_USUAL = 250
REQUESTS_OF_A_SERVICE = 1000  # then the next one gets a fresh home: rules and locks of the others end it
SEED_MAX = 2**32
LEFT_OUT = {
    "watchEvents": "it answers as long as somebody listens",
}
# Answers from 500 on that say that there is too much to do, as they may.
BUSY = {"service-busy", "control-plane-locked", "home-locked", "intake-locked"}
# Ids and values that exist in the home, by the name of the field.
KNOWN: dict[str, list[Any]] = {
    "customer": ["cust-00001", "cust-00002", "unassigned"],
    "id": ["cust-00001", "fresh"],
    "into": ["cust-00002"],
    "connection": ["acme"],
    "month": ["2026-10", "2026-09"],
    "from": ["2026-09", "2026-10-01"],
    "to": ["2026-10", "2026-11"],
    "column": ["ServiceName", "ResourceId", "Month", "CustomerId", "tag.env"],
    "sort": ["BilledCost", "ServiceName"],
    "by": [["ServiceName", "BillingCurrency"], ["CustomerId"], ["Month", "ChargeCategory"]],
    "columns": [["ServiceName", "BilledCost"]],
    "metrics": [["BilledCost"], ["ListCost", "EffectiveCost"]],
    "compare": ["previous", "2026-09"],
    "currency": ["EUR", "USD"],
    "values": [["Storage"], ["cust-00001"]],
    "role": ["analyst", "customer-viewer"],
    "name": ["fresh", "anna@example.com"],
    "user": ["anna@example.com"],
    "channel": ["hook"],
    "setting": ["alerts.expiry-days"],
    "row": ["1", "1:1", "2:7"],
    "job": [1, 2, 3, 4, 5, 6],
    "import": [1, 2],
    "version": [1],
    "yaml": ["- effective: 2020-01\n  rules: []\n",
             "- effective: 2020-01\n  rules:\n    - name: a\n      when: {ServiceName: {contains: V}}\n"
             "      assign: cust-00002\n"],
    "sql": ["SELECT * FROM charges LIMIT 3", "SELECT count(*) AS n FROM months"],
    "If-Match": ['"0"', "*", '"1"'],
}
WHOLE = 0.4  # of bodies and queries
KEPT = 0.5  # of the fields of the others
IN_PLACE_OF_RANDOM = 0.8  # of values for which something is known

template: service_harness.HomeTemplate


def setUpModule() -> None:
    global template  # pylint: disable=global-statement
    template = service_harness.HomeTemplate()
    template.world.run("user", "add", "anna@example.com", "--role", "analyst")


def tearDownModule() -> None:
    template.close()


def number(name: str, usual: int) -> int:
    return int(os.environ.get(name) or usual)


def with_known(value: Any, chance: random.Random) -> Any:
    """With some values replaced by such that exist."""
    if isinstance(value, list):
        return [with_known(one, chance) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: chance.choice(KNOWN[name]) if name in KNOWN and chance.random() < IN_PLACE_OF_RANDOM
            else with_known(inner, chance) for name, inner in value.items()}


def some_of(operation: Any, mode: Any, count: int, seed: int) -> list[Any]:
    """Requests for an operation."""
    made = []

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=count, database=None, deadline=None, phases=[hypothesis.Phase.generate],
                         suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(operation.as_strategy(generation_mode=mode))
    def make(case: Any) -> None:
        made.append(case)

    try:
        make()
    except hypothesis.errors.Unsatisfiable:
        pass  # nothing of it can be wrong
    return made


def thinned(value: Any, chance: random.Random) -> Any:
    """Often with fewer fields: many random ones at once seldom make sense."""
    if not isinstance(value, dict) or chance.random() < WHOLE:
        return value
    return {name: inner for name, inner in value.items() if chance.random() < KEPT}


class Asker:
    """Asks a service at random, and keeps what went wrong."""

    def __init__(self, service: Service, chance: random.Random):
        self.statuses: Counter[int] = Counter()
        self.faults: list[str] = []
        self._service = service
        self._chance = chance
        self._session = requests.Session()
        self._session.trust_env = False

    def ask(self, case: Any) -> None:
        role = self._chance.choice(("owner",) * len(TOKEN_ROLES) + TOKEN_ROLES)  # who may most, finds most
        for part in ("path_parameters", "query", "headers"):
            values = with_known(dict(getattr(case, part) or {}), self._chance)
            values = thinned(values, self._chance) if part == "query" else values
            values.pop("Authorization", None)  # whose token it is, the role says
            setattr(case, part, type(getattr(case, part) or {})(values))
        case.body = thinned(with_known(case.body, self._chance), self._chance)
        said = case.as_transport_kwargs(base_url=f"http://127.0.0.1:{self._service.port}",
                                        headers={"Authorization": f"Bearer {template.tokens[role]}"})
        try:
            sent = self._session.prepare_request(requests.Request(**{
                name: value for name, value in said.items() if name in requests.Request().__dict__}))
        except (ValueError, UnicodeError):  # what cannot be written as HTTP
            return
        with self._session.send(sent, allow_redirects=False, timeout=service_harness.SECONDS_MAX) as answer:
            self.statuses[answer.status_code] += 1
            headers = {name.lower(): value for name, value in answer.headers.items()}
            try:
                self._judge(sent, answer.status_code, headers, answer.content)
            except AssertionError as fault:
                self.faults.append(f"{role}: {sent.method} {sent.path_url[:300]} {sent.body!r:.500}: {fault}"[:1500])

    def _judge(self, sent: Any, status: int, headers: dict[str, str], content: bytes) -> None:
        service_harness.description.check(sent.method, sent.path_url, status, headers, content)
        if status >= 500:
            problem = harness.parse_json(content.decode("utf-8"))
            assert problem["id"] in BUSY, f"the service failed: {problem}"


class RandomRequests(unittest.TestCase):
    maxDiff = 20000

    def serve(self) -> Service:
        world = harness.World()
        self.addCleanup(world.close)
        template.copy_to(world)
        service = Service(world)
        self.addCleanup(service.stop)
        return service

    def cases(self, count: int, seed: int) -> list[Any]:
        """Of all operations alike, whether it is easy to make requests for them or not; half of each is wrong."""
        described = schemathesis.openapi.from_dict(service_harness.description.document)
        operations = [one.ok() for one in described.get_all_operations()]
        wanted = [one for one in operations if one.definition.raw["operationId"] not in LEFT_OUT]
        self.assertEqual(len(operations) - len(wanted), len(LEFT_OUT))
        chance = random.Random(seed)
        ways = [(operation, mode) for operation in wanted for mode in schemathesis.GenerationMode]
        some = chance.sample(ways, min(count, len(ways)))
        made: list[Any] = []
        while len(made) < count:  # there may be few requests of one kind
            for operation, mode in some:
                made += some_of(operation, mode, -(-count // len(some)), chance.randrange(SEED_MAX))
        chance.shuffle(made)
        return made[:count]

    def test_none_makes_the_service_fail(self) -> None:
        seed = number("API_SEED", random.SystemRandom().randrange(SEED_MAX))
        left = number("API_REQUESTS", REQUESTS_USUAL)
        print(f"API_SEED={seed} API_REQUESTS={left}")
        chance = random.Random(seed)
        statuses: Counter[int] = Counter()
        while left > 0:
            service = self.serve()
            asker = Asker(service, chance)
            for case in self.cases(min(left, REQUESTS_OF_A_SERVICE), chance.randrange(SEED_MAX)):
                asker.ask(case)
                left -= 1
            self.assertEqual(asker.faults, [], f"API_SEED={seed}")
            self.assertEqual(service.get("/readyz").status, 200)
            self.assertEqual(service.stop(), 0)
            statuses += asker.statuses
        print("answers by status:", dict(sorted(statuses.items())))
        self.assertTrue({200, 400, 403, 404} <= set(statuses), "the requests ask for too little")


if __name__ == "__main__":
    service_harness.main()
    if not service_harness.description:
        print("Random requests were NOT SENT: run `tools/install_dependencies api`")
        sys.exit(0)
    import hypothesis
    import requests
    import schemathesis
    unittest.main()
