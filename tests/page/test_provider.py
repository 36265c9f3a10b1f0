"""Signing in with npm's oidc-provider in a browser. The journeys are web/tests_provider/*.test.mjs. Says so if browser,
page or provider are not there."""
import sys
from pathlib import Path

import page_harness
from page_harness import HERE, WEB, run_node

sys.path[:0] = [str(HERE.parent / "service"), str(HERE.parent / "oidc")]

# pylint: disable=wrong-import-position
import service_harness  # noqa: E402
from service_harness import harness  # noqa: E402

from oidc_harness import IdentityProvider, is_installed, SECRET  # noqa: E402


def set_up(world: harness.World, service: service_harness.Service, provider: IdentityProvider) -> None:
    secret = world.folder / "secret.txt"
    secret.write_text(SECRET, encoding="utf-8")
    world.run("user", "provider", "set", "--issuer", provider.issuer, "--client-id", "ES256 client_secret_basic",
              "--secret-file", secret, "--url", f"http://127.0.0.1:{service.port}", "--trust-names", "--label",
              "Sign in with Contoso")


def travel(page: Path) -> int:
    world = harness.World()
    world.run("init")
    world.run("user", "add", "anna@example.com", "--role", "owner")
    service = service_harness.Service(world, "--page", page)
    address = f"http://127.0.0.1:{service.port}"
    provider = IdentityProvider(f"{address}/sign-in/return")
    try:
        set_up(world, service, provider)
        return run_node("--test", "--test-reporter=spec", WEB / "tests_provider/provider.test.mjs",
                        PAGE_ADDRESS=address, PAGE_PROVIDER=provider.issuer, PAGE_BROWSER=page_harness.browser() or "",
                        PAGE_FAILURES=str(page.parent / "page-failures"))
    finally:
        provider.stop()
        service.stop()
        world.close()


def main() -> int:
    program, page = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    page_harness.end_unless_browsable(page, "Signing in with a provider")
    harness.program = program
    return travel(page) if is_installed() else 0


if __name__ == "__main__":
    sys.exit(main())
