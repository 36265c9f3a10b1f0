"""How fast costs are answered while many people ask: `python3 bench/read_model.py PROGRAM [options]`.

Makes a home with the charges of an invented partner (kept in the folder for the next run), serves it, and lets people
ask the questions of MIX for a while, each with a pause of some seconds after each answer. Half of them are the
partner's, half are customers'. Prints how long answers took, alone and with all people, and the memory of the service.
The totals of the questions are compared with each other: a wrong sum fails the run.
"""
import argparse
import asyncio
import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

FIRST_MONTH, LAST_MONTH = "2025-10", "2026-10"
TODAY = "2026-11-22"

ROWS_MAX = 10_000  # of a ranking
FIRST = "while it begins"
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
    (2, "1 month by a tag", "costs/query", {**ONE_MONTH, "by": ["tag.env", "BillingCurrency"]}),
    (1, "1 month by resource type (from charges)", "costs/query",
     {**ONE_MONTH, "by": ["ResourceType", "BillingCurrency"]}),
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
        self.customers: list[str] = []
        self.partner: list[str] = []  # tokens
        self.viewers: dict[str, str] = {}  # customers, by token
        self.asked_anew = 0

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

    def choose_people(self) -> tuple[list, list]:
        """Whose tokens the service is asked for: names of the partner's, and of customers' with the customer."""
        stamp = int(time.time())
        half = self.options.people // 2
        listed = json.loads(self.apportion("customer", "list", "--json"))
        self.customers = [customer["id"] for customer in listed["customers"]]
        chosen = self.random.sample(self.customers, min(half, len(self.customers)))
        partner = [(f"analyst-{stamp}-{i}", "analyst", "") for i in range(max(1, self.options.people // 20))]
        return partner, [(f"viewer-{stamp}-{i}", "customer-viewer", customer) for i, customer in enumerate(chosen)]

    async def make_tokens(self, owner: str) -> None:
        """By the service itself: a command for each would check the home each time."""
        partner, viewers = self.choose_people()
        streams = await asyncio.open_connection("127.0.0.1", self.port)
        made = []
        for name, role, customer in partner + viewers:
            body = {"name": name, "role": role, **({"customer": customer} if customer else {})}
            made.append((await self.post(streams, owner, "tokens", body))["token"])
        streams[1].close()
        self.partner = made[:len(partner)]
        self.viewers = dict(zip(made[len(partner):], [customer for _, _, customer in viewers]))

    def serve(self, said: str, *more) -> tuple[subprocess.Popen, re.Match]:
        """The service, once it says something, and what it says."""
        service = subprocess.Popen([str(self.options.program), "--home", str(self.home), "serve", "--listen",
                                    "127.0.0.1:0", "--every", "1440", *map(str, more)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")
        for line in service.stderr:
            found = re.search(said, line)
            if found:
                threading.Thread(target=service.stderr.read, daemon=True).start()  # a full pipe would stop it
                return service, found
        sys.exit("bench: the service does not begin")

    async def post(self, streams, token: str, path: str, body: dict) -> dict | None:
        """What the service answers; nothing if it refuses."""
        reader, writer = streams
        content = json.dumps(body).encode()
        writer.write(f"POST /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nAuthorization: Bearer {token}\r\n"
                     f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content)
        head = await reader.readuntil(b"\r\n\r\n")
        answer = await reader.readexactly(int(re.search(rb"(?i)content-length: *(\d+)", head)[1]))
        if re.match(rb"HTTP/1.1 20[01] ", head):
            return json.loads(answer)
        self.failures.append(f"{path} {body}: {head.splitlines()[0].decode()} {answer[:300].decode()}")
        return None

    async def ask(self, streams, token: str, path: str, question: dict) -> float:
        """Seconds until the whole answer was there."""
        begin = time.perf_counter()
        answer = await self.post(streams, token, path, question)
        took = time.perf_counter() - begin
        if answer and path == "costs/query" and not question.get("where"):
            self.note_totals(token, question, answer)
        return took

    def note_totals(self, token: str, question: dict, answer: dict) -> None:
        """Whoever asks for the same months gets the same totals, however they are grouped."""
        scope = self.viewers.get(token, "partner")
        sums = [{name: cell for name, cell in total.items() if name not in question["by"] or name == "BillingCurrency"}
                for total in answer["totals"]]
        self.totals.setdefault(f"{scope} {question.get('month', 'all')}", set()).add(json.dumps(sums))

    def choose(self, mix: list) -> tuple[str, str, dict]:
        _, name, path, question = self.random.choices(mix, [entry[0] for entry in mix])[0]
        question = self.of_customer(question, self.random.choice(self.customers))
        return name, path, self.anew(question) if self.random.random() < self.options.new else question

    def anew(self, question: dict) -> dict:
        """The same question as nobody asked it before: no answer to it is remembered."""
        self.asked_anew = (self.asked_anew + 1) % 900
        bound = "limit" if "limit" in question else "top"
        rows = question[bound] + self.asked_anew if bound in question else ROWS_MAX - self.asked_anew
        return {**question, bound: rows}

    @staticmethod
    def of_customer(question: dict, customer: str) -> dict:
        return json.loads(json.dumps(question).replace("CUSTOMER", customer)) if "where" in question else question

    async def person(self, token: str, mix: list, warm: float, until: float, took: dict) -> None:
        """What is asked before `warm` does not count: a service that begins reads from files what each asks first."""
        await asyncio.sleep(self.random.uniform(0, self.options.pause))
        streams = await asyncio.open_connection("127.0.0.1", self.port)
        while time.perf_counter() < until:
            if streams[0].at_eof():  # closed while nobody asked
                streams = await asyncio.open_connection("127.0.0.1", self.port)
            name, path, question = self.choose(mix)
            begin = time.perf_counter()
            seconds = await self.ask(streams, token, path, question)
            took.setdefault(name if begin >= warm else FIRST, []).append(seconds)
            await asyncio.sleep(self.random.expovariate(1 / self.options.pause))
        streams[1].close()

    async def alone(self) -> dict:
        """Each question some times, one after another: read from files, as nobody asked it before, and again."""
        took: dict[str, list] = {}
        viewer, customer = next(iter(self.viewers.items()))
        for token, mix in ((self.partner[0], PARTNER_MIX), (viewer, CUSTOMER_MIX)):
            streams = await asyncio.open_connection("127.0.0.1", self.port)
            for _, name, path, question in mix:
                question = self.of_customer(question, customer)
                took[name] = [await self.ask(streams, token, path, asked) for asked in
                              [question, *(self.anew(question) for _ in range(5)), *[question] * 5]]
            streams[1].close()
        return took

    async def together(self) -> dict:
        took: dict[str, list] = {}
        warm = time.perf_counter() + self.options.warm_up
        until = warm + self.options.seconds
        people = [self.person(token, CUSTOMER_MIX, warm, until, took) for token in self.viewers]
        people += [self.person(self.partner[i % len(self.partner)], PARTNER_MIX, warm, until, took)
                   for i in range(self.options.people - len(people))]
        await asyncio.gather(*people)
        return took

    @staticmethod
    def cpu_seconds(service: subprocess.Popen) -> float:
        fields = Path(f"/proc/{service.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mib(self, service: subprocess.Popen, field: str) -> int:
        status = Path(f"/proc/{service.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"{field}:\s+(\d+)", status)[1]) >> 10

    def main(self) -> None:
        self.options.folder.mkdir(parents=True, exist_ok=True)
        self.make_home()
        owner = self.apportion("token", "add", f"owner-{int(time.time())}", "--role", "owner").strip()
        service, listening = self.serve(r"^listening at https?://.*:(\d+)$")
        self.port = int(listening[1])
        try:
            print(f"idle: {self.memory_mib(service, 'VmRSS')} MiB")
            print("one person, milliseconds: first, then medians of five: asked anew, and again")
            asyncio.run(self.make_tokens(owner))
            for name, took in asyncio.run(self.alone()).items():
                anew, again = statistics.median(took[1:6]), statistics.median(took[6:])
                print(f"  {name:42} {took[0] * 1000:8.1f} {anew * 1000:8.1f} {again * 1000:8.1f}")
            before = resource.getrusage(resource.RUSAGE_SELF)
            cpu_before = self.cpu_seconds(service)
            took = asyncio.run(self.together())
            after = resource.getrusage(resource.RUSAGE_SELF)
            print(f"{self.options.people} people, milliseconds: answers, median, 95 of 100, the slowest")
            first = {FIRST: took.pop(FIRST)} if FIRST in took else {}
            for name, times in [*first.items(), *sorted(took.items()), ("all", sum(took.values(), []))]:
                times.sort()
                p95 = times[min(len(times) - 1, len(times) * 95 // 100)]
                print(f"  {name:42} {len(times):6} {statistics.median(times) * 1000:8.1f} {p95 * 1000:8.1f} "
                      f"{times[-1] * 1000:8.1f}")
            answers = sum(len(times) for times in [*first.values(), *took.values()])
            print(f"{1000 * (self.cpu_seconds(service) - cpu_before) / answers:.1f} ms of processor time for an answer")
            print(f"memory: {self.memory_mib(service, 'VmRSS')} MiB, at most {self.memory_mib(service, 'VmHWM')} MiB")
            print(f"asking took {after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.1f} CPU s of "
                  f"{self.options.warm_up + self.options.seconds} s")
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


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("program", type=Path)
    options.add_argument("--folder", type=Path, default=Path("build/read-model"))
    options.add_argument("--people", type=int, default=200)
    options.add_argument("--customers", type=int, default=5000)
    options.add_argument("--rows", type=int, default=120_000, help="charges a month, about")
    options.add_argument("--warm-up", type=int, default=60, help="seconds before those that count")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--pause", type=float, default=5.0, help="mean seconds from an answer to the next question")
    options.add_argument("--new", type=float, default=0.3, help="share of the questions that nobody asked before")
    options.add_argument("--seed", type=int, default=1)
    return options


if __name__ == "__main__":
    Bench(parser().parse_args()).main()
