"""How fast costs are answered while many people ask: `python3 bench/read_model.py PROGRAM [options]`.

Makes a home with the charges of an invented partner (kept in the folder for the next run), serves it, and lets people
ask the questions of MIX for a while, each with a pause of some seconds after each answer. Half of them are the
partner's, half are customers'. Prints how long answers took, alone and with all people, and the memory of the service.
The totals of the questions are compared with each other: a wrong sum fails the run.
"""
import argparse
import asyncio
import json
import random
import re
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

FIRST_MONTH, LAST_MONTH = "2025-10", "2026-10"
TODAY = "2026-11-22"

ALL_MONTHS = {"from": FIRST_MONTH, "to": LAST_MONTH}
ONE_MONTH = {"month": LAST_MONTH}
# What the partner's people ask, with how often: (weight, name, path, question).
PARTNER_MIX = [
    (20, "1 month by customer", "costs/query", {**ONE_MONTH, "by": ["CustomerName", "BillingCurrency"], "top": 50}),
    (20, "1 month by service", "costs/query", {**ONE_MONTH, "by": ["ServiceName", "BillingCurrency"]}),
    (15, "13 months by service", "costs/query", {**ALL_MONTHS, "by": ["ServiceName", "BillingCurrency"]}),
    (10, "13 months by month and category", "costs/query",
     {**ALL_MONTHS, "by": ["Month", "ServiceCategory", "BillingCurrency"]}),
    (10, "13 months by customer, the top 50", "costs/query",
     {**ALL_MONTHS, "by": ["CustomerId", "BillingCurrency"], "sort": "BilledCost", "top": 50}),
    (10, "1 month by day", "costs/query", {**ONE_MONTH, "by": ["Day", "BillingCurrency"]}),
    (8, "13 months of one customer by service", "costs/query",
     {**ALL_MONTHS, "by": ["ServiceName", "BillingCurrency"],
      "where": [{"column": "CustomerId", "values": ["CUSTOMER"]}]}),
    (5, "values of a filter", "costs/values", {**ONE_MONTH, "column": "x_ResourceGroupName", "word": "a", "limit": 20}),
    (2, "1 month by a tag (from charges)", "costs/query", {**ONE_MONTH, "by": ["tag.env", "BillingCurrency"]}),
]
CUSTOMER_MIX = [
    (30, "own month by service", "costs/query", {**ONE_MONTH, "by": ["ServiceName", "BillingCurrency"]}),
    (25, "own 13 months by month", "costs/query", {**ALL_MONTHS, "by": ["Month", "BillingCurrency"]}),
    (20, "own 13 months by service", "costs/query", {**ALL_MONTHS, "by": ["ServiceName", "BillingCurrency"]}),
    (15, "own month by day", "costs/query", {**ONE_MONTH, "by": ["Day", "BillingCurrency"]}),
    (10, "own month by resource group", "costs/query",
     {**ONE_MONTH, "by": ["x_ResourceGroupName", "BillingCurrency"]}),
]


def run(command: list) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))}: exit {done.returncode}\n{done.stderr}")
    return done.stdout


class Bench:
    def __init__(self, options: argparse.Namespace):
        self.options = options
        self.random = random.Random(options.seed)
        self.home = options.folder / "home"
        self.port = 0
        self.failures: list[str] = []
        self.totals: dict[str, set] = {}

    def apportion(self, *arguments) -> str:
        return run([self.options.program, "--home", self.home, "--today", TODAY, *arguments])

    def make_home(self) -> None:
        sample = self.options.folder / "sample"
        if (self.home / "control-plane.sqlite").exists():
            return
        run([self.options.program, "sample", "--out", sample, "--seed", 5, "--months", f"{FIRST_MONTH}..{LAST_MONTH}",
             "--customers", self.options.customers, "--rows", self.options.rows, "--no-focus"])
        self.apportion("init")
        self.apportion("connection", "add", "--name", "acme", "--actual", sample / "exports/actual-cost",
                       "--amortized", sample / "exports/amortized-cost")
        self.apportion("customer", "import", sample / "customers.csv")
        self.apportion("sync")

    def make_tokens(self) -> tuple[list[str], list[tuple[str, str]]]:
        """The tokens of the partner's people, and those of customers' with the customer."""
        stamp = int(time.time())
        half = self.options.people // 2
        listed = json.loads(self.apportion("customer", "list", "--json"))
        customers = self.customers = [customer["id"] for customer in listed["customers"]]
        chosen = self.random.sample(customers, min(half, len(customers)))
        partner = [self.apportion("token", "add", f"analyst-{stamp}-{i}", "--role", "analyst").strip()
                   for i in range(max(1, self.options.people // 20))]
        of_customers = [(self.apportion("token", "add", f"viewer-{stamp}-{i}", "--role", "customer-viewer",
                                        "--customer", customer).strip(), customer)
                        for i, customer in enumerate(chosen)]
        return partner, of_customers

    def serve(self) -> subprocess.Popen:
        service = subprocess.Popen([str(self.options.program), "--home", str(self.home), "serve", "--listen",
                                    "127.0.0.1:0", "--every", "1440"], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")
        for line in service.stderr:
            found = re.match(r"listening at https?://.*:(\d+)$", line)
            if found:
                self.port = int(found[1])
                return service
        sys.exit("bench: the service does not listen")

    async def ask(self, streams, token: str, path: str, question: dict) -> float:
        """Seconds until the whole answer was there."""
        reader, writer = streams
        body = json.dumps(question).encode()
        begin = time.perf_counter()
        writer.write(f"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {token}\r\n"
                     f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        content = await reader.readexactly(int(length[1]))
        took = time.perf_counter() - begin
        if not head.startswith(b"HTTP/1.1 200"):
            self.failures.append(f"{path} {question}: {head.splitlines()[0].decode()} {content[:300].decode()}")
        elif path == "costs/query" and not question.get("where"):
            self.note_totals(token, question, json.loads(content))
        return took

    def note_totals(self, token: str, question: dict, answer: dict) -> None:
        """Whoever asks for the same months gets the same totals, however they are grouped."""
        scope = token if token in self.viewers else "partner"
        self.totals.setdefault(f"{scope} {question.get('month', 'all')}", set()).add(json.dumps(answer["totals"]))

    def choose(self, mix: list) -> tuple[str, str, dict]:
        _, name, path, question = self.random.choices(mix, [entry[0] for entry in mix])[0]
        return name, path, self.of_customer(question, self.random.choice(self.customers))

    @staticmethod
    def of_customer(question: dict, customer: str) -> dict:
        return json.loads(json.dumps(question).replace("CUSTOMER", customer)) if "where" in question else question

    async def person(self, token: str, mix: list, until: float, took: dict) -> None:
        await asyncio.sleep(self.random.uniform(0, self.options.pause))
        streams = await asyncio.open_connection("127.0.0.1", self.port)
        while time.perf_counter() < until:
            if streams[0].at_eof():  # closed while nobody asked
                streams = await asyncio.open_connection("127.0.0.1", self.port)
            name, path, question = self.choose(mix)
            took.setdefault(name, []).append(await self.ask(streams, token, path, question))
            await asyncio.sleep(self.random.expovariate(1 / self.options.pause))
        streams[1].close()

    async def alone(self, partner: list, viewers: list) -> dict:
        """Each question some times, one after another: the first time it is read from files."""
        took: dict[str, list] = {}
        for token, mix in ((partner[0], PARTNER_MIX), (viewers[0][0], CUSTOMER_MIX)):
            streams = await asyncio.open_connection("127.0.0.1", self.port)
            for _, name, path, question in mix:
                question = self.of_customer(question, viewers[0][1])
                took[name] = [await self.ask(streams, token, path, question) for _ in range(6)]
            streams[1].close()
        return took

    async def together(self, partner: list, viewers: list) -> dict:
        took: dict[str, list] = {}
        until = time.perf_counter() + self.options.seconds
        people = [self.person(token, CUSTOMER_MIX, until, took) for token, _ in viewers]
        people += [self.person(partner[i % len(partner)], PARTNER_MIX, until, took)
                   for i in range(self.options.people - len(people))]
        await asyncio.gather(*people)
        return took

    def memory_mib(self, service: subprocess.Popen, field: str) -> int:
        status = Path(f"/proc/{service.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) >> 10

    def main(self) -> None:
        self.options.folder.mkdir(parents=True, exist_ok=True)
        self.make_home()
        partner, viewers = self.make_tokens()
        self.viewers = {token for token, _ in viewers}
        service = self.serve()
        try:
            print(f"idle: {self.memory_mib(service, 'VmRSS')} MiB")
            print("one person, milliseconds: first, then median of five")
            for name, took in asyncio.run(self.alone(partner, viewers)).items():
                print(f"  {name:42} {took[0] * 1000:8.1f} {statistics.median(took[1:]) * 1000:8.1f}")
            before = resource.getrusage(resource.RUSAGE_SELF)
            took = asyncio.run(self.together(partner, viewers))
            after = resource.getrusage(resource.RUSAGE_SELF)
            print(f"{self.options.people} people, milliseconds: answers, median, 95 of 100, the slowest")
            for name, times in sorted(took.items()) + [("all", sum(took.values(), []))]:
                times.sort()
                p95 = times[min(len(times) - 1, len(times) * 95 // 100)]
                print(f"  {name:42} {len(times):6} {statistics.median(times) * 1000:8.1f} {p95 * 1000:8.1f} "
                      f"{times[-1] * 1000:8.1f}")
            print(f"memory: {self.memory_mib(service, 'VmRSS')} MiB, at most {self.memory_mib(service, 'VmHWM')} MiB")
            print(f"asking took {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.1f} CPU s of "
                  f"{self.options.seconds} s")
        finally:
            service.terminate()
            service.wait(30)
        differing = {scope: sums for scope, sums in self.totals.items() if len(sums) > 1}
        for failure in self.failures[:10]:
            print(f"bench: {failure}", file=sys.stderr)
        for scope, sums in list(differing.items())[:3]:
            print(f"bench: totals of {scope} differ: {sums}", file=sys.stderr)
        if self.failures or differing:
            sys.exit(1)
        print(f"{len(self.totals)} totals, each asked for in several ways, agree")


def options_of(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("--folder", type=Path, default=Path("build/read-model"))
    parser.add_argument("--people", type=int, default=200)
    parser.add_argument("--customers", type=int, default=5000)
    parser.add_argument("--rows", type=int, default=120_000, help="charges a month, about")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--pause", type=float, default=5.0, help="mean seconds between an answer and the next question")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    Bench(options_of(sys.argv[1:])).main()
