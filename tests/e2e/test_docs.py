"""What the documentation shows is what the program does: the commands of its `console` blocks run, and print what they
say; its YAML examples are accepted; its table of commands is that of `--help`.

A block's lines with `$ ` are commands, run one after the other in one folder; every other line must be in what the
command before it printed. `…` alone stands for anything.
"""
import re
import shlex
import sys
import unittest
from pathlib import Path

import harness
from harness import WorldTest

root = Path()


def blocks(page: str, language: str) -> list[str]:
    text = (root / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class ConsoleTest(WorldTest):
    def run_page(self, page: str) -> None:
        found = blocks(page, "console")
        self.assertTrue(found, f"{page} has no console block")
        printed = ""
        for line in "".join(found).splitlines():
            with self.subTest(page=page, line=line):
                if line.startswith("$ "):
                    name, *arguments = shlex.split(line[2:], comments=True)
                    self.assertEqual(name, "apportion")
                    outcome = self.world.run(*arguments)
                    printed = outcome.out + outcome.talk
                elif line.strip() not in ("", "…"):
                    self.assertIn(line.strip(), printed)

    def test_readme(self) -> None:
        self.run_page("README.md")


class CommandsTest(WorldTest):
    def test_every_command_is_documented(self) -> None:
        commands = re.findall(r"^  ([a-z]+) ", self.world.run("--help").out.split("Commands", 1)[-1], re.MULTILINE)
        self.assertGreater(len(commands), 10)
        page = (root / "docs/cli.md").read_text(encoding="utf-8")
        for command in commands:
            self.assertRegex(page, rf"`{command}\b", f"docs/cli.md does not tell of `{command}`")


class RulesTest(WorldTest):
    def test_yaml_examples_are_accepted(self) -> None:
        self.world.run("init")
        for customer in ("contoso", "fabrikam", "northwind"):
            self.world.run("customer", "add", customer, "--name", customer)
        for number, text in enumerate(blocks("docs/rules.md", "yaml")):
            with self.subTest(example=number):
                file = self.world.folder / f"{number}.yaml"
                file.write_text(text, encoding="utf-8")
                self.world.run("rules", "check", file)


class PoliciesTest(WorldTest):
    def test_yaml_examples_are_accepted(self) -> None:
        self.world.run("init")
        for customer in ("contoso", "fabrikam", "platform"):
            self.world.run("customer", "add", customer, "--name", customer)
        found = blocks("docs/commitments.md", "yaml")
        self.assertTrue(found)
        for number, text in enumerate(found):
            with self.subTest(example=number):
                file = self.world.folder / f"{number}.yaml"
                file.write_text(text, encoding="utf-8")
                self.world.run("commitments", "policy", "check", file)


if __name__ == "__main__":
    root = Path(harness.main(extra_arguments=1)[0])
    unittest.main()
