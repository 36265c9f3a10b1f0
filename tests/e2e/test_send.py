"""A customer's month by mail and by schedule: what is sent to whom, once, and what is refused."""
import csv
import gzip
import io
import json
import shutil
import unittest
from decimal import Decimal
from email.header import decode_header, make_header
from email.message import Message
from typing import Any

import harness
import kill_harness
from harness import USAGE, Outcome, World
from mailbox_server import Mailbox

SEPTEMBER, OCTOBER = "2026-09", "2026-10"  # open and complete
CUSTOMER = "cust-00001"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x03\0\0\0\x02"  # as much as is looked at
LATE = "2026-12-20"


def body_of(mail: Message) -> str:
    part = mail.get_payload()[0] if mail.is_multipart() else mail
    return part.get_payload(decode=True).decode("utf-8")


class Template:
    """A home with two months, made once and copied for each test."""

    world: World

    @classmethod
    def make(cls) -> None:
        cls.world = World()
        cls.world.init(cls.world.sample(rows=400, customers=3))
        cls.world.run("sync", today=LATE)
        cls.world.run("user", "add", "it@contoso.example", "--role", "customer-viewer", "--customer", CUSTOMER)
        cls.world.run("user", "add", "short", "--role", "customer-viewer", "--customer", CUSTOMER)


def setUpModule() -> None:
    Template.make()


def tearDownModule() -> None:
    Template.world.close()


class SendTest(harness.WorldTest):
    def setUp(self) -> None:
        super().setUp()
        shutil.copytree(Template.world.home, self.world.home)
        self.mailbox = Mailbox()
        self.addCleanup(self.mailbox.close)

    def run_(self, *arguments: Any, today: str = LATE, **options: Any) -> Outcome:
        return self.world.run(*arguments, today=today, **options)

    def add_channel(self) -> None:
        self.run_("alerts", "add-mail", "ops", "--server", self.mailbox.url, "--from", "billing@acme.example", "--to",
                  "ops@acme.example")

    def send(self, *more: Any, **options: Any) -> Outcome:
        return self.run_("report", "send", "--customer", CUSTOMER, "--month", OCTOBER, *more, **options)

    def refusal(self, outcome: Outcome) -> str:
        return json.loads(outcome.talk)["error"]["id"]

    def audit(self, what: str) -> list[str]:
        return [entry["detail"] for entry in self.run_("audit", "show", "--json").json()["entries"]
                if entry["what"] == what]

    def deliveries(self, name: str) -> list[dict]:
        return self.run_("report", "subscriptions", "list", name, "--json").json()["deliveries"]


class Sending(SendTest):
    def test_a_month_goes_to_the_customers_people_with_its_totals_and_a_link(self) -> None:
        self.run_("config", "brand", "set", "--name", "Acme Clöud", "--address", "https://bill.example.com",
                  "--support-text", "Call us", "--support-link", "mailto:help@acme.example")
        self.add_channel()
        self.run_("customer", "edit", CUSTOMER, "--sees", "both")
        sent = self.send("--json").json()
        self.assertEqual((sent["sent"], sent["to"]), (True, ["it@contoso.example"]))
        mail, = self.mailbox.mails
        self.assertEqual(mail["To"], "it@contoso.example")
        self.assertEqual(str(make_header(decode_header(mail["Subject"]))), f"Acme Clöud: Azure costs for {OCTOBER}")
        body = body_of(mail)
        self.assertIn(f"\nhttps://bill.example.com/costs?month={OCTOBER}\n", body)
        self.assertIn("The month is complete. Data as of 2026-", body)
        self.assertIn("Call us\nmailto:help@acme.example", body)
        for row in self.world.costs("BillingCurrency", "--where", f"CustomerId={CUSTOMER}", "--month", OCTOBER):
            for words, column in (("Billed cost", "BilledCost"), ("Effective cost", "EffectiveCost"),
                                  ("List cost", "ListCost")):
                digits = 0 if row["BillingCurrency"] == "JPY" else 2
                self.assertIn(f"{words}: {row['BillingCurrency']} {Decimal(row[column]):,.{digits}f}\n", body)
        self.assertEqual(self.audit("report.send"),
                         [f"{CUSTOMER} {OCTOBER} to it@contoso.example", f"{OCTOBER} by mail"])

    def test_a_mail_shows_what_the_customer_sees_and_no_more(self) -> None:
        told = self.send("--dry-run").out
        self.assertIn("List cost: ", told)
        self.assertNotIn("Billed cost", told)
        self.assertNotIn("acme", told)
        self.run_("customer", "edit", CUSTOMER, "--sees", "cost")
        told = self.send("--dry-run").out
        self.assertIn("Billed cost: ", told)
        self.assertNotIn("List cost", told)
        self.assertEqual((self.mailbox.mails, self.audit("report.send")), ([], []))

    def test_what_may_not_be_sent_is_refused(self) -> None:
        self.assertEqual(self.refusal(self.send("--json", code=USAGE)), "mail-channel-missing")
        self.add_channel()
        self.assertEqual(self.refusal(self.send("--to", "x@y,z", "--json", code=USAGE)), "mail-address-invalid")
        nobody = self.run_("report", "send", "--customer", "cust-00002", "--month", OCTOBER, "--json", code=USAGE)
        self.assertEqual(self.refusal(nobody), "mail-recipient-missing")
        open_ = self.run_("report", "send", "--customer", CUSTOMER, "--month", SEPTEMBER, "--json", code=USAGE)
        self.assertEqual(self.refusal(open_), "month-not-sendable")
        self.run_("report", "send", "--customer", CUSTOMER, "--month", SEPTEMBER, "--incomplete")
        self.assertIn("not complete yet", body_of(self.mailbox.mails[0]))

    def test_a_file_goes_along_if_it_is_wanted(self) -> None:
        self.add_channel()
        self.send("--to", "a@contoso.example", "--to", "b@contoso.example", "--attach-focus", "--allow-unknown")
        mail, = self.mailbox.mails
        self.assertEqual(mail["To"], "a@contoso.example, b@contoso.example")
        part = mail.get_payload()[1]
        self.assertEqual(part.get_filename(), f"{CUSTOMER}-{OCTOBER}-focus-costs.csv.gz")
        rows = list(csv.DictReader(io.StringIO(gzip.decompress(part.get_payload(decode=True)).decode())))
        self.assertEqual({row["BilledCost"] == row["ListCost"] for row in rows}, {True})  # the view `list`
        self.assertEqual(sum(Decimal(row["ListCost"] or 0) for row in rows),
                         sum(Decimal(row["ListCost"] or 0) for row in self.world.costs(
                             "BillingCurrency", "--where", f"CustomerId={CUSTOMER}", "--month", OCTOBER)))


class Brand(SendTest):
    def test_a_brand_is_set_and_shown(self) -> None:
        logo = self.world.folder / "logo.png"
        logo.write_bytes(PNG)
        self.run_("config", "brand", "set", "--name", "Acme", "--color", "#1a5fb4", "--logo", logo)
        shown = self.run_("config", "brand", "show", "--json").json()
        self.assertEqual((shown["name"], shown["color"], shown["logo_type"]), ("Acme", "#1a5fb4", "image/png"))
        self.run_("config", "brand", "set", "--no-logo", "--name", "")
        self.assertEqual(self.run_("config", "brand", "show", "--json").json(),
                         {"color": "#1a5fb4", "has_logo": False})
        pale = self.run_("config", "brand", "set", "--color", "#aaaaaa", "--json", code=USAGE)
        self.assertIn("2.32", pale.talk)
        self.assertEqual(self.audit("brand.put"), ["name, color, logo", "name, logo"])


class Subscriptions(SendTest):
    def setUp(self) -> None:
        super().setUp()
        self.folder = self.world.folder / "erp"
        self.folder.mkdir()
        self.run_("report", "folders", "add", "erp", self.folder)

    def add(self, name: str, *more: Any) -> None:
        self.run_("report", "subscriptions", "add", name, "--from", SEPTEMBER, "--allow-unknown", *more)

    def run_all(self, *more: Any, **options: Any) -> list[dict]:
        return self.run_("report", "subscriptions", "run", *more, "--json", **options).json()["deliveries"]

    def files(self) -> set[str]:
        return {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if path.is_file()}

    def test_files_are_delivered_once(self) -> None:
        self.add("erp", "--all-customers", "--folder", "erp")
        first = self.run_all()
        self.assertEqual({delivery["state"] for delivery in first}, {"sent"})
        place = f"{CUSTOMER}/{OCTOBER}/focus-costs.csv.gz"
        self.assertIn(place, {delivery["place"] for delivery in first})
        self.assertLessEqual({place, place + ".focus.json"}, self.files())
        wanted = self.world.folder / "wanted.csv.gz"
        self.run_("dataset", "focus", "--customer", CUSTOMER, "--month", OCTOBER, "--allow-unknown", "--out", wanted)
        self.assertEqual(gzip.decompress((self.folder / place).read_bytes()), gzip.decompress(wanted.read_bytes()))
        self.assertEqual(self.run_all(), [])
        self.assertEqual(len(self.deliveries("erp")), len(first))
        self.assertIn(f"erp: {CUSTOMER} {OCTOBER} to erp", self.audit("report.deliver"))

    def test_a_month_is_delivered_again_only_if_its_content_changed_and_that_is_wanted(self) -> None:
        self.add("once", "--customer", CUSTOMER, "--folder", "erp")
        self.add("again", "--customer", CUSTOMER, "--folder", "erp", "--again-on-change")
        self.run_all()
        self.run_("split")
        self.assertEqual({delivery["state"] for delivery in self.run_all()}, {"unchanged"})
        self.run_("customer", "edit", CUSTOMER, "--sees", "both")
        changed = self.run_all()
        self.assertEqual({(delivery["subscription"], delivery["state"]) for delivery in changed}, {("again", "sent")})

    def test_it_is_due_when_it_says(self) -> None:
        self.add("locked", "--customer", CUSTOMER, "--folder", "erp", "--on-lock")
        self.add("monthly", "--customer", CUSTOMER, "--folder", "erp", "--monthly-on", 20)
        self.assertEqual(self.run_all(today="2026-11-19"), [])
        due = [(delivery["subscription"], delivery["month"]) for delivery in self.run_all(today="2026-11-20")]
        self.assertEqual(due, [("monthly", OCTOBER)])
        self.run_("months", "lock", "--month", OCTOBER)
        due = [(delivery["subscription"], delivery["month"]) for delivery in self.run_all()]
        self.assertEqual(due, [("locked", OCTOBER)])

    def test_a_failure_opens_an_alert_and_is_tried_again_later(self) -> None:
        self.add("mails", "--customer", CUSTOMER, "--mail", "--dataset", "none")
        failed = self.run_("report", "subscriptions", "run", "--json", code=USAGE)
        self.assertEqual({delivery["error"] for delivery in failed.json()["deliveries"]}, {"mail-channel-missing"})
        self.assertEqual(self.run_all(), [])  # not yet
        alerts = self.run_("alerts", "check", "--json", code=1).json()["alerts"]
        self.assertEqual([alert["kind"] for alert in alerts].count("report-failed"), 1)
        self.add_channel()
        sent = self.run_all("mails")
        self.assertEqual([(delivery["state"], delivery["attempts"]) for delivery in sent], [("sent", 2)])
        self.assertEqual([mail["To"] for mail in self.mailbox.mails], ["it@contoso.example"])
        alerts = self.run_("alerts", "check", "--json", code=None).json()["alerts"]
        self.assertNotIn("report-failed", [alert["kind"] for alert in alerts])

    def test_a_folder_that_is_gone_is_not_made_again(self) -> None:
        self.add("erp", "--customer", CUSTOMER, "--folder", "erp")
        self.folder.rmdir()
        failed = self.run_("report", "subscriptions", "run", "--json", code=None)
        self.assertEqual({delivery["error"] for delivery in failed.json()["deliveries"]}, {"file-missing"})
        self.assertFalse(self.folder.exists())

    def test_a_round_of_the_service_delivers(self) -> None:
        self.add("erp", "--customer", CUSTOMER, "--folder", "erp")
        self.run_("serve", "--listen", "off", "--rounds", 1)
        self.assertIn(f"{CUSTOMER}/{OCTOBER}/focus-costs.csv.gz", self.files())


class Kills(SendTest, kill_harness.KillTest):
    def test_a_kill_at_any_moment_leaves_whole_files_and_no_second_mail(self) -> None:
        folder = self.world.folder / "erp"
        folder.mkdir()
        self.add_channel()
        self.run_("report", "folders", "add", "erp", folder)
        for name, place in (("erp", ("--folder", "erp", "--allow-unknown")),
                            ("mails", ("--mail", "--dataset", "none"))):
            self.run_("report", "subscriptions", "add", name, "--customer", CUSTOMER, "--from", SEPTEMBER, *place)
        before = self.world.folder / "before"
        shutil.copytree(self.world.home, before)
        command = ("report", "subscriptions", "run")
        changes = self.changes_of(*command)
        place = folder / CUSTOMER / OCTOBER / "focus-costs.csv.gz"
        wanted = place.read_bytes()
        for point in self.points(changes, 2):
            with self.subTest(f"KILL_SEED={kill_harness.SEED}, change {point} of {changes}"):
                shutil.rmtree(self.world.home)
                shutil.rmtree(folder)
                folder.mkdir()
                shutil.copytree(before, self.world.home)
                self.mailbox.mails.clear()
                self.kill(point, *command)
                self.world.run(*command)
                self.assertEqual(place.read_bytes(), wanted)
                self.assertEqual({path.name for path in place.parent.iterdir()},
                                 {place.name, place.name + ".focus.json"})
                states = [delivery["state"] for delivery in self.deliveries("mails")]
                self.assertLessEqual(set(states), {"sent", "unclear"})
                self.assertLessEqual(states.count("sent"), len(self.mailbox.mails))
                self.assertLessEqual(len(self.mailbox.mails), len(states))


if __name__ == "__main__":
    kill_harness.main()
    unittest.main()
