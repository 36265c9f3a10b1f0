"""The manual pages and completions of the build: complete, and read without a complaint by those who read them."""
import os
import re
import shutil
import subprocess
import unittest

import packaging_harness
from packaging_harness import commands_of, help_of, said_by


def pages() -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8")
            for path in (packaging_harness.build / "packaging/man").glob("*.1")}


def plain(page: str) -> str:
    """The text of a page as its reader sees it."""
    return re.sub(r"\\f[BR]", "", page).replace(r"\-", "-").replace(r"\&", "").replace(r"\e", "\\")


class Manuals(unittest.TestCase):
    def test_every_command_has_a_page(self):
        commands = commands_of(help_of(()))
        self.assertGreater(len(commands), 20)
        self.assertEqual(set(pages()), {"apportion.1"} | {f"apportion-{command}.1" for command in commands})

    def test_pages_say_what_the_help_says(self):
        top = plain(pages()["apportion.1"])
        for command in commands_of(help_of(())):
            self.assertIn(f"apportion {command}", top)
            page = plain(pages()[f"apportion-{command}.1"])
            for path in [(command,), *((command, inner) for inner in commands_of(help_of((command,))))]:
                with self.subTest(command=path):
                    text = help_of(path)
                    self.assertIn(" ".join(("apportion", *path)), page)
                    self.assertIn(text.splitlines()[0].rstrip("."), page)
                    for option in re.findall(r"^  (--[a-z0-9-]+)", text, re.MULTILINE):
                        self.assertIn(option, page)

    def test_no_word_of_the_parser_is_left(self):
        for name, page in pages().items():
            self.assertNotRegex(page, r"REQUIRED|Excludes:|Needs:|[A-Z]=[a-z0-9]|\\fB[A-Z]+ (?:TEXT|INT)\\f", name)

    @unittest.skipUnless(shutil.which("man"), "no man")
    def test_man_has_no_warnings(self):
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"}
        for path in sorted((packaging_harness.build / "packaging/man").glob("*.1")):
            done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", path], check=False,
                                  env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8")
            self.assertEqual((done.returncode, done.stderr), (0, ""), path.name)


class Completions(unittest.TestCase):
    def test_they_are_those_of_the_program(self):
        for shell in ("bash", "zsh", "fish"):
            made = (packaging_harness.build / f"packaging/apportion.{shell}").read_text(encoding="utf-8")
            self.assertEqual(made, said_by(packaging_harness.build / "apportion", "completion", shell))

    def test_bash_completes_a_command(self):
        script = packaging_harness.build / "packaging/apportion.bash"
        completed = said_by("bash", "-c", f"source {script}; COMP_WORDS=(apportion rules prev); COMP_CWORD=2; "
                                          "_apportion; echo ${COMPREPLY[@]}")
        self.assertEqual(completed.strip(), "preview")


if __name__ == "__main__":
    packaging_harness.main()
