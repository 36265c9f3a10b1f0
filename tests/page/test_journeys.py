"""Journeys through the page in a browser, against the program on a home with the months of an invented partner:
`python3 test_journeys.py PROGRAM PAGE [GROUP]`, where web/tests/GROUP.test.mjs has the journeys; else those of all
files, each on a home of its own. `--prepare` for GROUP makes the home that they are copies of, `--forget` removes it.
Failures leave a screenshot and a trace in build/page-failures. Says so if browser, page or tools are not there."""
import contextlib
import json
import shutil
import sys
import time
from pathlib import Path
from typing import Iterator

import page_harness
from page_harness import HERE, WEB, run_node

sys.path[:0] = [str(HERE.parent / "service")]

# pylint: disable=wrong-import-position
import service_harness  # noqa: E402
from service_harness import harness  # noqa: E402

from mailbox_server import Mailbox  # noqa: E402

PASSWORD = "four unlikely grey otters"
FOLDER = "erp"
PEOPLE = (("anna@example.com", "owner", ""), ("vera@contoso.example", "customer-viewer", "cust-00002"),
          ("carl@contoso.example", "customer-admin", "cust-00002"))


def prepared(world: harness.World) -> None:
    """Three months, the last of them with rules in force, and people with passwords."""
    sample = world.sample(rows=3000, customers=30, months="2026-08..2026-10", no_focus=True)
    world.init(sample)
    world.run("rules", "apply", sample / "rules.yaml")
    world.run("sync")
    add_people(world)


def invented(world: harness.World) -> None:
    """A month that was locked before its last run came, one that is complete, and one that is open; and people."""
    world.run("init")
    world.run("demo")
    add_people(world)


def invoices_of(world: harness.World) -> Path:
    """Microsoft's lines of the sample's invoices, in homes that have some."""
    return world.folder / "sample/invoices"


def with_invoices(world: harness.World) -> None:
    """A month whose invoices tie once somebody adds Microsoft's lines."""
    world.init(world.sample(rows=1500, customers=12, months="2026-10", no_focus=True, no_restatements=True,
                            invoices=True))
    world.run("sync")
    add_people(world)


def with_differences(world: harness.World) -> None:
    """A month with a mistake of each kind on every invoice."""
    world.init(world.sample(rows=1500, customers=12, months="2026-10", no_focus=True, no_restatements=True,
                            invoice_differences=True))
    world.run("sync")
    world.run("import", invoices_of(world), "--connection", "acme")
    add_people(world)


def add_people(world: harness.World) -> None:
    password = world.folder / "password.txt"
    password.write_text(PASSWORD + "\n", encoding="utf-8")
    for user, role, customer in PEOPLE:
        of_customer = ["--customer", customer] if customer else []
        world.run("user", "add", user, "--role", role, "--password-file", password, *of_customer)


# Groups whose journeys begin in another home than those of all others.
OWN_HOMES = {"questions": invented, "invoices": with_invoices, "invoice_differences": with_differences,
             "migration": with_invoices}


@contextlib.contextmanager
def home_of(group: str, page: Path) -> Iterator[harness.World]:
    """A home of one's own: a copy of the one that `--prepare` has left, or one made now."""
    world = harness.World()
    try:
        kept = kept_home(page)
        if kept.exists() and group not in OWN_HOMES:
            shutil.copytree(kept, world.home)
        else:
            OWN_HOMES.get(group, prepared)(world)
        yield world
    finally:
        world.close()


def kept_home(page: Path) -> Path:
    return page.parent / "page-journeys/home"


def prepare(page: Path) -> int:
    """Makes the home that all groups begin with, which takes longer than some of them."""
    kept = kept_home(page).parent
    forget(page)
    kept.mkdir(parents=True)
    world = harness.World(kept)
    prepared(world)
    sessions_file(page).write_text(json.dumps(begin_sessions(world)), encoding="utf-8")
    world.home.rename(kept_home(page))  # the exports stay where its connection finds them
    return 0


def sessions_file(page: Path) -> Path:
    return kept_home(page).parent / "sessions.json"


def begin_sessions(world: harness.World) -> dict[str, str]:
    """A session of each person, as a cookie: copies of the home know them, and passwords take long by design."""
    service = service_harness.Service(world)
    try:
        cookies = {}
        for user, _, _ in PEOPLE:
            answer = service.request("POST", "/api/v1/session", {"user": user, "password": PASSWORD})
            cookies[user] = answer.headers["set-cookie"].partition(";")[0]
        return cookies
    finally:
        service.stop()


def forget(page: Path) -> int:
    shutil.rmtree(kept_home(page).parent, ignore_errors=True)
    return 0


def travel(group: Path, page: Path) -> int:
    name = group.name.partition(".")[0]
    with home_of(name, page) as world, contextlib.closing(Mailbox()) as mailbox:
        started = time.monotonic()
        reports = world.folder / "reports"
        reports.mkdir()
        world.run("report", "folders", "add", FOLDER, reports)
        service = service_harness.Service(world, "--open", "--page", page)
        try:
            customers = world.run("customer", "list", "--json").json()["customers"]
            knows_sessions = sessions_file(page).exists() and name not in OWN_HOMES
            sessions = sessions_file(page).read_text(encoding="utf-8") if knows_sessions else "{}"
            return run_node("--test", "--test-reporter=spec", group,
                            PAGE_ADDRESS=f"http://127.0.0.1:{service.port}", PAGE_LINK=service.link(),
                            PAGE_PASSWORD=PASSWORD, PAGE_BROWSER=page_harness.browser() or "",
                            PAGE_FAILURES=str(page.parent / "page-failures"), PAGE_MAIL=mailbox.url, PAGE_FOLDER=FOLDER,
                            PAGE_SESSIONS=sessions, PAGE_INVOICES=str(invoices_of(world)),
                            PAGE_CUSTOMERS=json.dumps([one["name"] for one in customers]))
        finally:
            service.stop()
            print(f"{name}: {time.monotonic() - started:.0f} s", flush=True)


def main() -> int:
    program, page = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    page_harness.end_unless_browsable(page, "The page")
    harness.program = program
    wanted = sys.argv[3] if len(sys.argv) > 3 else "*"
    if wanted in STEPS:
        return STEPS[wanted](page)
    groups = sorted((WEB / "tests").glob(f"{wanted}.test.mjs"))
    return max(travel(group, page) for group in groups)


STEPS = {"--prepare": prepare, "--forget": forget}

if __name__ == "__main__":
    sys.exit(main())
