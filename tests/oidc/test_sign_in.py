"""Signs in with npm's oidc-provider, as a browser would: test_sign_in.py PROGRAM. Says so if it is not installed."""
import json
import re
import subprocess
import sys
import unittest

from oidc_harness import Browser, IdentityProvider, is_installed, SECRET

REDIRECT_URL = "https://costs.example.com/sign-in/back"

program = ""


class SignIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.provider = IdentityProvider(REDIRECT_URL)
        cls.issuer = cls.provider.issuer

    @classmethod
    def tearDownClass(cls) -> None:
        cls.provider.stop()

    def sign_in(self, client: str, secret: str, change=lambda query: query) -> dict:
        with subprocess.Popen([program, self.issuer, client, secret, REDIRECT_URL], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, encoding="utf-8") as process:
            url = process.stdout.readline().strip()
            said, _ = process.communicate(change(Browser().sign_in(url, "anna", REDIRECT_URL)) + "\n", timeout=60)
        return json.loads(said)

    def test_each_algorithm_and_way_to_authenticate(self) -> None:
        for algorithm in ("RS256", "PS256", "ES256"):
            for method in ("client_secret_basic", "none"):
                with self.subTest(algorithm=algorithm, method=method):
                    who = self.sign_in(f"{algorithm} {method}", "" if method == "none" else SECRET)
                    self.assertEqual(who, {"issuer": self.issuer, "subject": "anna", "name": "Person anna",
                                           "user_name": "anna@example.com", "email": "anna@mail.example.com",
                                           "is_email_verified": True})

    def test_a_wrong_secret_is_refused(self) -> None:
        said = self.sign_in("RS256 client_secret_basic", "another")
        self.assertEqual(said["error"], "sign-in-with-provider-failed")
        self.assertIn("invalid_client", said["why"])

    def test_a_wrong_code_is_refused(self) -> None:
        said = self.sign_in("RS256 none", "", lambda query: query.replace("code=", "code=x"))
        self.assertIn("invalid_grant", said["why"])

    def test_an_answer_of_another_provider_is_refused(self) -> None:
        said = self.sign_in("RS256 none", "", lambda query: re.sub("iss=[^&]*", "iss=https://x.example.com", query))
        self.assertIn("another provider", said["why"])


def main(arguments: list[str]) -> int:
    global program  # pylint: disable=global-statement
    program = arguments[0]
    if not is_installed():
        return 0
    return 0 if unittest.main(argv=[sys.argv[0]], exit=False, verbosity=2).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
