"""What the tests of the program against the stand-in for Azure share: a stand-in a file, a home that is led to it.

Whatever a command says is searched for secrets, and so is the home at the end of each test.
"""
import itertools
import json
import re
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from typing import Any, Callable

sys.path.append(str(Path(__file__).resolve().parent.parent / "azure"))

import harness
from harness import Outcome, World, WorldTest
from scenario import StandIn

NOW = harness.TODAY + "T12:00:00Z"  # what the program takes for now too
SECRET_LENGTH_MIN = 8
SAS_HOURS = 24 * 3650  # SAS live in real time, the program's clock stands still
COSTS_BY = "Month,CustomerId,BillingCurrency,ChargeCategory"

_names = itertools.count(1)
_stand_ins: dict[tuple[Any, ...], StandIn] = {}
_samples: list[tempfile.TemporaryDirectory] = []


def setUpModule() -> None:  # pylint: disable=invalid-name
    _samples.append(tempfile.TemporaryDirectory(prefix="apportion-samples-"))


def tearDownModule() -> None:  # pylint: disable=invalid-name
    for azure in _stand_ins.values():
        azure.close()
    _stand_ins.clear()
    _samples.pop().cleanup()


class AzureWorld(World):
    """A world whose commands find the stand-in in place of Azure, and must not show what is secret."""

    def __init__(self, azure: StandIn):
        super().__init__()
        self.azure = azure
        self.secrets = {app["secret"] for app in azure.info["apps"].values()}
        self.secrets |= {account["key"] for account in azure.info["storage_accounts"].values()}

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**{**self.azure.environment(), **more})

    def run(self, *arguments: Any, **options: Any) -> Outcome:
        outcome = super().run(*arguments, **options)
        self.check_secrets(outcome.out + outcome.talk, f"what {arguments[:2]} says")
        return outcome

    def check_secrets(self, text: str, where: str) -> None:
        for secret in self.secrets:
            assert secret not in text, f"{where} shows a secret"

    def check_home(self) -> None:
        for path in self.home.rglob("*"):
            if path.is_file():
                self.check_secrets(path.read_bytes().decode("latin-1"), str(path))

    def secret_file(self, text: str) -> Path:
        path = self.folder / f"secret-{next(_names)}.txt"
        path.write_text(text + "\n", encoding="utf-8")
        if len(text) >= SECRET_LENGTH_MIN:
            self.secrets.add(text)
        return path

    def sas(self, **more: Any) -> str:
        """A SAS of the storage of the other tenant, whose signature is a secret from now on."""
        token = self.azure.sas(**{"account": "otherexports", "hours": SAS_HOURS, **more})
        self.secrets.add(re.search(r"sig=([^&]+)", token)[1])
        return token


class AzureTest(WorldTest):
    """A test with a home, a container and names of exports of its own, before a stand-in that it shares."""

    azure: StandIn
    options: tuple[Any, ...] = ("--registered",)
    now = NOW
    moves_clock = False  # then the class has a stand-in of its own

    @classmethod
    def setUpClass(cls) -> None:
        settings = (cls.now, cls.__name__ if cls.moves_clock else "", *cls.options)
        if settings not in _stand_ins:
            _stand_ins[settings] = StandIn(harness.program, cls.now, "--customers", 3, "--rows", 160,
                                           "--part-rows", 100, "--sample-cache", _samples[-1].name, *cls.options)
        cls.azure = _stand_ins[settings]
        if cls.azure.info["storage_missing"]:
            raise RuntimeError(cls.azure.info["storage_missing"])

    def setUp(self) -> None:
        self.world = self.new_world()
        self.container = f"bills{next(_names)}"
        self.prefix = f"t{next(_names)}"
        self.azure.tell("faults/clear")
        self.addCleanup(self.azure.tell, "faults/clear")

    def new_world(self) -> AzureWorld:
        world = AzureWorld(self.azure)
        self.addCleanup(world.close)
        self.addCleanup(world.check_home)
        world.run("init")
        return world

    def run_(self, *arguments: Any, **options: Any) -> Outcome:
        return self.world.run(*arguments, **options)

    def started(self, *arguments: Any) -> subprocess.Popen:
        """A command that runs while the test goes on."""
        process = subprocess.Popen(self.world.command(*arguments), env=self.world.environment(), cwd=self.world.folder,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   encoding="utf-8")
        self.addCleanup(process.kill)
        return process

    @staticmethod
    def wait_until(holds: Callable[[], Any]) -> None:
        end = time.monotonic() + harness.SECONDS_MAX
        while not holds():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.01)

    # The first day, in steps.

    def signing_in(self, app: str = "owner", world: AzureWorld | None = None) -> list[Any]:
        """Options that sign in with a client secret."""
        known = self.azure.app(app)
        return ["--tenant", known["tenant"], "--client-id", known["client_id"],
                "--client-secret-file", (world or self.world).secret_file(known["secret"])]

    def connect(self, *more: Any, app: str = "owner", **options: Any) -> Outcome:
        return self.run_("connection", "add", "--name", "acme", *self.signing_in(app),
                         "--billing-account", self.azure.billing_account["name"], *more, **options)

    def storage_options(self, *more: Any) -> list[Any]:
        account = self.azure.account()
        return ["--storage", account["resource_id"], "--blob-endpoint", account["url"], "--container", self.container,
                "--prefix", self.prefix, *more]

    def exports(self, command: str, *more: Any, **options: Any) -> Outcome:
        return self.run_("exports", command, "--connection", "acme", *more, **options)

    def apply(self, *more: Any, **options: Any) -> Outcome:
        return self.exports("apply", *self.storage_options("--no-commitments", *more), **options)

    def run_exports(self, *months: str, **options: Any) -> None:
        """Has both cost exports run for the months; for the month to date without any."""
        for month in months or ("",):
            for kind in ("actual", "amortized"):
                chosen = ["--month", month] if month else []
                self.exports("run", "--export", f"{self.prefix}-{kind}", "--wait", "--pause", 0, *chosen,
                             **options)

    def location(self, kind: str, account: str = "partnerexports") -> str:
        return self.azure.location(f"{self.prefix}-{kind}", self.container, account=account)

    def locations(self, account: str = "partnerexports", sas: str = "") -> list[str]:
        end = f"?{sas}" if sas else ""
        return ["--actual", self.location("actual", account) + end,
                "--amortized", self.location("amortized", account) + end]

    # What Azure has, and what the program made of it.

    def azure_exports(self) -> dict[str, dict[str, Any]]:
        """The exports with this test's prefix, as the stand-in has them, by name."""
        known = {export["id"].rpartition("/")[2]: export for export in self.azure.tell("state")["exports"]}
        return {name: export for name, export in known.items() if name.startswith(self.prefix + "-")}

    def months_run(self) -> list[str]:
        """`EXPORT MONTH` of every run there was, in order of the name."""
        return sorted(f"{name} {run['properties']['startDate'][:7]}"
                      for name, export in self.azure_exports().items() for run in export["runs"])

    def folder_world(self, account: str = "partnerexports", today: str = harness.TODAY) -> World:
        """A home that took in the same blobs from a folder."""
        world = AzureWorld(self.azure)
        self.addCleanup(world.close)
        for name in self.azure.blobs(self.container, account=account):
            path = world.folder / "blobs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(self.azure.read_blob(name, self.container, account))
        world.run("init")
        world.run("connection", "add", "--name", "acme",
                  *[option for kind in ("actual", "amortized")
                    for option in (f"--{kind}", self._export_folder(world.folder / "blobs", kind))])
        world.run("sync", today=today)
        return world

    def _export_folder(self, blobs: Path, kind: str) -> Path:
        return next(path for path in sorted(blobs.rglob(f"{self.prefix}-{kind}")) if path.is_dir())

    def assert_same_as_folder(self, account: str = "partnerexports", today: str = harness.TODAY) -> None:
        """Costs by tenant are digit for digit those of an import of the same blobs from a folder; and all is proved."""
        by = "Month,x_CustomerTenantId,BillingCurrency,ChargeCategory"
        got = self.world.costs(by)
        self.assertGreater(len(got), 0)
        self.assert_same_costs(got, self.folder_world(account, today).costs(by))
        self.assertTrue(all(month["holds"] for month in self.world.prove()["months"]))

    def probes(self, code: int = harness.CHECK_FAILED, name: str = "acme", **options: Any) -> dict[str, dict[str, Any]]:
        """What `connection test` finds that is not as it should be, by the probe's name (the first of each)."""
        outcome = self.run_("connection", "test", name, "--json", code=code, **options)
        found: dict[str, dict[str, Any]] = {}
        for probe in json.loads(outcome.out)["probes"]:
            if probe["state"] in ("failed", "warning"):
                found.setdefault(probe["probe"], probe)
        return found


def main() -> None:
    harness.main()
    unittest.main()
