"""`serve` and the alerts: told once to webhook and mail, over once, and a service that ends when it is asked to."""
import base64
import hashlib
import hmac
import http.server
import json
import re
import signal
import threading
from typing import Any

import azure_harness
import harness
from azure_harness import AzureTest, setUpModule, tearDownModule  # noqa: F401: unittest looks for them here
from harness import CHECK_FAILED, DONE, TODAY, UNREACHABLE
from mailbox_server import Mailbox

LATER = "2026-11-25"  # three days after the exports ran
ENDS_WITHIN = 2  # seconds, when it is asked to


class Hook:
    """A webhook receiver that checks signatures."""

    def __init__(self, secret: str):
        self.secret = secret
        self.told: list[dict[str, Any]] = []
        self.refusals = 0  # so many are refused
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = hook.take(body, self.headers["X-Apportion-Timestamp"], self.headers["X-Apportion-Signature"])
                answer = b"" if status == 204 else f"Cannot POST {self.path}".encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/alerts"

    def take(self, body: bytes, timestamp: str, signature: str) -> int:
        wanted = hmac.new(self.secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        if signature != "sha256=" + wanted:
            return 401
        if self.refusals:
            self.refusals -= 1
            return 400
        self.told.append(json.loads(body))
        return 204

    def events(self) -> list[str]:
        return sorted(f"{alert['event']} {alert['kind']}" for alert in self.told)


class AlertsTest(AzureTest):
    def setUp(self) -> None:
        super().setUp()
        self.hook = Hook("invented~webhook~secret")
        self.mailbox = Mailbox()
        for server in (self.hook.server, self.mailbox.server):
            self.addCleanup(server.server_close)
            self.addCleanup(server.shutdown)
        self.run_("alerts", "add-webhook", "hook", "--url", self.hook.url,
                  "--secret-file", self.world.secret_file(self.hook.secret))
        self.run_("alerts", "add-mail", "ops", "--server", self.mailbox.url, "--from", "apportion@example.com",
                  "--to", "ops@example.com", "--to", "boss@example.com")
        self.run_("config", "set", "alerts.disk-free-percent", 0)  # how full this machine's disk is is no matter here

    def deliver(self, *more: Any) -> None:
        self.connect(*more)
        self.apply()
        self.run_exports()

    def serve_once(self, today: str = TODAY, **options: Any) -> str:
        return self.run_("serve", "--rounds", 1, "--listen", "off", today=today, **options).talk


class Rounds(AlertsTest):
    moves_clock = True

    def test_a_channel_can_be_tried(self) -> None:
        self.run_("alerts", "test", "hook")
        self.run_("alerts", "test", "ops")
        self.assertEqual([alert["kind"] for alert in self.hook.told], ["test"])
        mail = self.mailbox.mails[0]
        self.assertEqual((mail["From"], mail["To"]), ("apportion@example.com", "ops@example.com, boss@example.com"))
        self.assertIn("a test of the channel ops", base64.b64decode(mail.get_payload()).decode())

    def test_what_a_receiver_answers_is_told_without_its_path(self) -> None:
        self.hook.refusals = 1
        talk = self.run_("alerts", "test", "hook", code=None).talk
        self.assertIn("Cannot POST REDACTED", talk)
        self.assertNotIn("/alerts", talk)

    def test_alerts_are_told_once_and_over_once(self) -> None:
        self.deliver("--secret-expires", "2026-12-01")
        self.azure.fault("storage", "firewall", times=-1)
        self.serve_once()
        self.serve_once()
        expected = ["opened credential-expires", "opened sync-failed"]
        self.assertEqual(self.hook.events(), expected)
        self.assertEqual(self.mailbox.subjects(),
                         ["[apportion] credential-expires acme", "[apportion] sync-failed acme"])
        failed = next(alert for alert in self.hook.told if alert["kind"] == "sync-failed")
        self.assertIn("AuthorizationFailure", failed["text"])
        self.assertEqual(failed["text"], failed["text"].strip())
        expiring = next(alert for alert in self.hook.told if alert["kind"] == "credential-expires")
        self.assertIn("`apportion connection edit acme --client-secret-file FILE`", expiring["text"])
        mails = [base64.b64decode(mail.get_payload()).decode() for mail in self.mailbox.mails]
        self.assertTrue(any(text.startswith(expiring["text"] + "\n") for text in mails), mails)
        self.assertIn(expiring["text"], self.run_("alerts", "list", "--json").out)

        self.azure.tell("faults/clear")
        self.assertIn("over: sync-failed acme", self.serve_once())
        self.run_("connection", "edit", "acme", *self.signing_in(), "--secret-expires", "2028-12-01")
        self.serve_once()
        expected += ["closed credential-expires", "closed sync-failed"]
        self.assertEqual(self.hook.events(), sorted(expected))
        self.run_("alerts", "check")

        self.assertIn("alert: the newest data of acme", self.serve_once(LATER))
        self.serve_once(LATER)
        self.assertEqual(self.hook.events(), sorted([*expected, "opened run-late"]))
        self.assertEqual(self.run_("alerts", "list", "--json", today=LATER).json()["alerts"][0]["kind"], "run-late")
        self.run_("alerts", "check", today=LATER, code=CHECK_FAILED)
        self.azure.advance(days=3)
        self.serve_once(LATER)
        self.assertEqual(self.hook.events(), sorted([*expected, "opened run-late", "closed run-late"]))
        self.run_("alerts", "check", today=LATER)
        self.assertEqual(len(self.run_("alerts", "list", "--all", "--json", today=LATER).json()["alerts"]), 3)
        self.assertEqual(len(self.mailbox.mails), 6)

    def test_a_receiver_that_refuses_is_told_again(self) -> None:
        self.deliver("--secret-expires", "2026-12-01")
        self.hook.refusals = 1
        self.assertIn("the webhook did not accept the alert", self.serve_once())
        self.assertEqual(self.hook.events(), [])
        self.serve_once()
        self.serve_once()
        self.assertEqual(self.hook.events(), ["opened credential-expires"])
        self.assertEqual(len(self.mailbox.mails), 1)
        self.hook.secret = "another~secret"
        self.assertIn("401", self.run_("alerts", "test", "hook", code=UNREACHABLE).talk)


class Service(AlertsTest):
    def check_ends(self, process: Any, number: int) -> str:
        process.send_signal(number)
        _, talk = process.communicate(timeout=ENDS_WITHIN)
        self.assertEqual(process.returncode, DONE, talk)
        return talk

    def test_it_sleeps_unlocked_and_ends_when_asked(self) -> None:
        self.deliver()
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.started("serve", "--every", 60, "--listen", "off") as process:
                self.wait_until(lambda: self.run_("connection", "status", "--json").json()["connections"][0].get(
                    "last_sync", {}).get("outcome") in ("taken", "nothing_new"))
                self.wait_until(lambda: self.run_("sync", code=None).code == DONE)
                self.assertIn("stopped", self.check_ends(process, number))
        self.assert_same_as_folder()

    def test_it_ends_while_azure_hangs(self) -> None:
        self.deliver()
        self.azure.fault("storage", "hang", times=-1, seconds=5)
        with self.started("serve", "--listen", "off") as process:
            self.wait_until(lambda: self.azure.tell("faults")[0]["times"] < -1)
            talk = self.check_ends(process, signal.SIGTERM)
        self.assertIn("stopped", talk)
        self.assertIsNone(re.search("^apportion: ", talk, re.MULTILINE))
        self.assertEqual(self.world.months(), [])


if __name__ == "__main__":
    azure_harness.main()
