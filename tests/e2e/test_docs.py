"""What the documentation shows is what the program does: the commands of its `console` blocks run, and print what they
say; its YAML examples are accepted; its table of commands is that of `--help`.

The lines of a page's blocks that begin with `$ ` are commands, run one after the other by one shell in one folder. A
command exits with 0, or with what its comment says: `# exit 1`. Every other line must be in what the command before it
printed; `…` in it stands for anything. `<!-- example: NAME -->` on a line of its own, which no reader sees, runs one
of the scripts of SCENES first; `<!-- file: NAME -->` before a block of YAML puts the block into that file.
"""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path
from typing import NamedTuple

import harness
from harness import SECONDS_MAX, TODAY, WorldTest

root = Path()

SCENES = {
    # A partner's folder on the day after the month: three months of exports, the last one not final.
    "a partner": """
        apportion sample --out . --seed 7 --months 2026-08..2026-10 --customers 12 --rows 2000 --no-focus
        mkdir later
        for export in actual-cost amortized-cost; do
          mkdir -p later/$export/20261001-20261031
          mv exports/$export/20261001-20261031/202611060* later/$export/20261001-20261031/
        done
        """,
    "customers": """
        apportion init
        apportion customer import customers.csv
        """,
    "a split month": """
        apportion connection add --name acme --actual exports/actual-cost --amortized exports/amortized-cost
        apportion rules apply rules.yaml
        apportion sync
        """,
    "a partner with invoices": """
        apportion sample --out . --seed 7 --months 2026-08..2026-10 --customers 12 --rows 2000 --no-focus --invoices
        apportion init
        apportion customer import customers.csv
        apportion connection add --name acme --actual exports/actual-cost --amortized exports/amortized-cost
        apportion rules apply rules.yaml
        apportion sync
        """,
    "a partner with a legacy": """
        apportion sample --out . --seed 7 --months 2026-08..2026-10 --customers 12 --rows 2000 --no-focus --invoices
        apportion init
        apportion connection add --name acme --actual exports/actual-cost --amortized exports/amortized-cost
        apportion sync
        """,
    "an indirect reseller": """
        apportion sample --out . --seed 7 --months 2026-09..2026-10 --customers 3 --rows 1500 --indirect
        apportion init
        """,
    "the later run arrives": "cp -r later/* exports/",
    "the rules are mended": "sed -i 's/cust-00001: 50, cust-00002: 30/cust-00001: 40, cust-00002: 40/' rules.yaml",
}


PARTS = re.compile(
    r"^<!-- example: ([^\n]*) -->$|^<!-- file: (\S+) -->\n```yaml\n(.*?)^```$|^```console\n(.*?)^```$",
    re.MULTILINE | re.DOTALL)


class Step(NamedTuple):
    """A command of a page with what the page says of it, or a scene."""

    command: str
    code: int
    printed: list[str]


def blocks(page: str, language: str) -> list[str]:
    text = (root / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def one_blank(text: str) -> str:
    """Columns of tables may become wider or narrower."""
    return re.sub(" +", " ", text)


def steps_of(text: str) -> list[Step]:
    steps: list[Step] = []
    for scene, file, yaml, block in PARTS.findall(text):
        if scene:
            steps.append(Step(f"(set -e\n{SCENES[scene]})", 0, []))
        if file:
            steps.append(Step(f"cat >{file} <<'END'\n{yaml}END", 0, []))
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                code = re.search(r"# exit (\d+)", line)
                steps.append(Step(line[2:], int(code[1]) if code else 0, []))
            elif line.strip() not in ("", "…"):
                steps[-1].printed.append(line.strip())
    return steps


def pages() -> list[str]:
    """The pages with examples that run."""
    found = [path.relative_to(root).as_posix() for path in [root / "README.md", *sorted((root / "docs").glob("*.md"))]]
    return [page for page in found if blocks(page, "console")]


class ConsoleTest(WorldTest):
    def run_page(self, page: str) -> None:
        steps = steps_of((root / page).read_text(encoding="utf-8"))
        self.assertTrue(steps, f"{page} has no example")
        self.run_in_one_shell([step.command for step in steps])
        for number, step in enumerate(steps):
            with self.subTest(page=page, command=step.command):
                said = (self.world.folder / f".said.{number}").read_text(encoding="utf-8")
                code = int((self.world.folder / f".code.{number}").read_text(encoding="utf-8"))
                self.assertEqual(code, step.code, said)
                for line in step.printed:
                    self.assertRegex(one_blank(said), ".*".join(map(re.escape, one_blank(line).split("…"))))

    def run_in_one_shell(self, commands: list[str]) -> None:
        """Where a clone's program would lie, too; what each command said and its exit code lie in files afterwards."""
        folder = self.world.folder
        program = folder / "build/release/apportion"
        program.parent.mkdir(parents=True)
        program.symlink_to(harness.program)
        on_path = folder / "bin/apportion"
        on_path.parent.mkdir()
        on_path.write_text(f'#!/bin/sh\nexec "{harness.program}" --today {TODAY} "$@"\n', encoding="utf-8")
        on_path.chmod(0o755)
        script = "".join(
            f"{{ {command}\n}} >{folder}/.said.{number} 2>&1 </dev/null; echo $? >{folder}/.code.{number}\n"
            for number, command in enumerate(commands))
        environment = self.world.environment(PATH=f"{on_path.parent}:{os.environ['PATH']}", TMPDIR=str(folder))
        subprocess.run(["bash", "-c", script], env=environment, cwd=folder, timeout=SECONDS_MAX, check=True)

    def test_examples(self) -> None:
        self.assertIn("README.md", pages())
        for page in pages():
            self.world = harness.World()
            self.addCleanup(self.world.close)
            self.run_page(page)


class PictureTest(WorldTest):
    def test_the_picture_is_what_the_program_prints(self) -> None:
        made = subprocess.run([sys.executable, "-B", root / "tools/picture", harness.program], check=True,
                              capture_output=True, timeout=SECONDS_MAX).stdout.decode("utf-8")
        self.assertEqual((root / "docs/terminal.svg").read_text(encoding="utf-8"), made, "mend it with `make picture`")


class CommandsTest(WorldTest):
    def test_every_command_is_documented(self) -> None:
        listed = self.world.run("--help").out.split("Subcommands:\n", 1)[1].split("\n\n", 1)[0]
        commands = re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE)
        self.assertGreater(len(commands), 10)
        page = (root / "docs/cli.md").read_text(encoding="utf-8")
        index = (root / "docs/README.md").read_text(encoding="utf-8")
        for command in commands:
            self.assertRegex(page, rf"`{command}\b", f"docs/cli.md does not tell of `{command}`")
            self.assertRegex(index, rf"`apportion {command}\b", f"docs/README.md has no task for `{command}`")


class MentionsTest(WorldTest):
    """Commands and options that pages mention exist."""

    def help_of(self, path: tuple[str, ...]) -> str:
        if path not in self.helps:
            self.helps[path] = self.world.run(*path, "--help").out
        return self.helps[path]

    def subcommands(self, path: tuple[str, ...]) -> set[str]:
        listed = self.help_of(path).partition("Subcommands:\n")[2].partition("\n\n")[0]
        return set(re.findall(r"^  ([a-z-]+) ", listed, re.MULTILINE))

    def check(self, command: str) -> None:
        words = re.sub(r" --home \S+|…| [#|>)].*", " ", command).split()[1:]
        path: tuple[str, ...] = ()
        while words and words[0] in self.subcommands(path):
            path += (words.pop(0),)
        known = self.help_of(path)
        self.assertFalse(words and not words[0].startswith("-") and self.subcommands(path), f"no command `{command}`")
        named = {word.partition("=")[0] for word in words if word.startswith("--")}
        self.assertLessEqual(named, set(re.findall(r"--[a-z0-9-]+", known + self.help_of(()))), command)
        if named - {"--help", "--json"} and "…" not in command:
            self.assertLessEqual(set(re.findall(r"(--[a-z0-9-]+) \S+ REQUIRED", known)), named, command)

    def test_commands_and_options_exist(self) -> None:
        self.helps: dict[tuple[str, ...], str] = {}
        seen = 0
        for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
            text = page.read_text(encoding="utf-8").replace("\\\n", " ")
            for command in re.findall(r"(?:^\$ |^|`)(apportion [a-z-][^`\n]*)", text, re.MULTILINE):
                seen += 1
                with self.subTest(page=page.name, command=command):
                    self.check(command)
        self.assertGreater(seen, 100)


class AlertTest(WorldTest):
    def test_what_a_late_alert_says_to_run_runs(self) -> None:
        self.world.init(self.world.sample(rows=200, no_focus=True))
        self.world.run("sync")
        self.world.run("config", "set", "alerts.disk-free-percent", 0)  # how full this machine's disk is is no matter
        late = self.world.run("alerts", "check", "--json", code=1).json()["alerts"]
        commands = re.findall(r"`apportion ([^`]+)`", late[0]["text"])
        self.assertEqual(late[0]["kind"], "run-late")
        self.assertEqual(len(commands), 2)
        for command in commands:
            self.world.run(*command.split())


class RulesTest(WorldTest):
    def test_yaml_examples_are_accepted(self) -> None:
        self.world.run("init")
        for customer in ("contoso", "fabrikam", "northwind"):
            self.world.run("customer", "add", customer, "--name", customer)
        for number, text in enumerate(blocks("docs/rules.md", "yaml") + blocks("docs/customers.md", "yaml")):
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
