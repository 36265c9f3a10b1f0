"""The first day in a browser: from an empty home to the first proof on the stand-in for Azure, without the command
line; and an invented partner in an empty home. The journeys are web/tests_first_day/*.test.mjs. Says so if browser,
page or stand-in are not there."""
import json
import socket
import sys
import threading
from pathlib import Path

import page_harness
from page_harness import HERE, WEB, run_node

sys.path[:0] = [str(HERE.parent / "service")]

# pylint: disable=wrong-import-position
import service_harness  # noqa: E402
from service_harness import harness  # noqa: E402

import azure_harness  # noqa: E402
from scenario import StandIn  # noqa: E402

STORAGE_SUFFIX = "core.localhost"
BYTES_AT_ONCE = 65536


class StorageGate:
    """A proxy of the network that leads to the storage of the stand-in, wherever one wants to go: exports that are made
    say `https://ACCOUNT.blob.SUFFIX`, without the port that the stand-in has."""

    def __init__(self, storage: str):
        self._storage = ("127.0.0.1", int(storage.rpartition(":")[2]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._lead, args=(client,), daemon=True).start()

    def _lead(self, client: socket.socket) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked:
            more = client.recv(BYTES_AT_ONCE)
            if not more:
                return
            asked += more
        storage = socket.create_connection(self._storage)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        threading.Thread(target=_pass_on, args=(storage, client), daemon=True).start()
        _pass_on(client, storage)


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(BYTES_AT_ONCE):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # the other side has gone


class GatedWorld(azure_harness.AzureWorld):
    def __init__(self, azure: StandIn, gate: StorageGate):
        super().__init__(azure)
        self._gate = gate

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(HTTPS_PROXY=self._gate.address, NO_PROXY="127.0.0.1",
                                   APPORTION_STORAGE_SUFFIX=STORAGE_SUFFIX, **more)


def run_journey(name: str, world: harness.World, page: Path, **variables: str) -> int:
    """A journey that begins in an empty home."""
    world.run("init")
    service = service_harness.Service(world, "--open", "--page", page)
    try:
        return run_node("--test", "--test-reporter=spec", WEB / "tests_first_day" / f"{name}.test.mjs",
                        PAGE_ADDRESS=f"http://127.0.0.1:{service.port}", PAGE_LINK=service.link(),
                        PAGE_BROWSER=page_harness.browser() or "", PAGE_FAILURES=str(page.parent / "page-failures"),
                        **variables)
    finally:
        service.stop()


def run_journeys(azure: StandIn, gate: StorageGate, page: Path) -> int:
    first, other = GatedWorld(azure, gate), harness.World()
    try:
        code = run_journey("first_day", first, page, PAGE_AZURE=json.dumps(azure.info))
        first.check_home()
        return code or run_journey("invented", other, page)
    finally:
        first.close()
        other.close()


def main() -> int:
    program, page = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    page_harness.end_unless_browsable(page, "The first day")
    harness.program = program
    with StandIn(program, azure_harness.NOW, "--customers", 3, "--rows", 160, "--part-rows", 100) as azure:
        page_harness.end_unless(not azure.info["storage_missing"],
                                f"The first day was NOT TRIED in a browser: {azure.info['storage_missing']}")
        gate = StorageGate(azure.info["storage"])
        try:
            return run_journeys(azure, gate, page)
        finally:
            gate.close()


if __name__ == "__main__":
    sys.exit(main())
