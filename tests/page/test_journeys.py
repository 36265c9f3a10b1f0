"""Journeys through the page in a browser, against the program on a home with the months of an invented partner:
`python3 test_journeys.py PROGRAM PAGE [GROUP]`, where web/tests/GROUP.test.mjs has the journeys; else those of all
files, each on a home of its own. Failures leave a screenshot and a trace in build/page-failures. Says so if browser,
page or tools are not there."""
import json
import sys
from pathlib import Path

import page_harness
from page_harness import HERE, WEB, run_node

sys.path[:0] = [str(HERE.parent / "service")]

# pylint: disable=wrong-import-position
import service_harness  # noqa: E402
from service_harness import harness  # noqa: E402

PASSWORD = "four unlikely grey otters"
PEOPLE = (("anna@example.com", "owner", ""), ("vera@contoso.example", "customer-viewer", "cust-00002"),
          ("carl@contoso.example", "customer-admin", "cust-00002"))


def prepared(world: harness.World) -> None:
    """Three months, the last of them with rules in force, and people with passwords."""
    sample = world.sample(rows=3000, customers=30, months="2026-08..2026-10", no_focus=True)
    world.init(sample)
    world.run("rules", "apply", sample / "rules.yaml")
    world.run("sync")
    password = world.folder / "password.txt"
    password.write_text(PASSWORD + "\n", encoding="utf-8")
    for user, role, customer in PEOPLE:
        of_customer = ["--customer", customer] if customer else []
        world.run("user", "add", user, "--role", role, "--password-file", password, *of_customer)


def travel(group: Path, page: Path) -> int:
    world = harness.World()
    try:
        prepared(world)
        service = service_harness.Service(world, "--open", "--page", page)
        try:
            customers = world.run("customer", "list", "--json").json()["customers"]
            return run_node("--test", "--test-reporter=spec", group,
                            PAGE_ADDRESS=f"http://127.0.0.1:{service.port}", PAGE_LINK=service.link(),
                            PAGE_PASSWORD=PASSWORD, PAGE_BROWSER=page_harness.browser() or "",
                            PAGE_FAILURES=str(page.parent / "page-failures"),
                            PAGE_CUSTOMERS=json.dumps([one["name"] for one in customers]))
        finally:
            service.stop()
    finally:
        world.close()


def main() -> int:
    program, page = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    is_there = page_harness.NODE.exists() and (page / "index.html").exists() and page_harness.browser() is not None
    page_harness.end_unless(is_there, "The page was NOT TRIED in a browser: run `make page` and "
                                      "`tools/install_dependencies page-tests`")
    harness.program = program
    groups = sorted((WEB / "tests").glob(f"{sys.argv[3] if len(sys.argv) > 3 else '*'}.test.mjs"))
    return max(travel(group, page) for group in groups)


if __name__ == "__main__":
    sys.exit(main())
