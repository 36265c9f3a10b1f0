#!/usr/bin/env python3
"""Writes the manual pages of the program, from its own help: python3 make_manuals.py PROGRAM FOLDER

`apportion.1`, and a page per command with all its subcommands. The build does this each time that the program changes,
so a page cannot say anything else than `--help`.
"""
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

DESCRIPTION_COLUMN = 36  # where the help puts what a term means
SECONDS_MAX = 60


@dataclass
class Part:
    """A heading of the help with its terms: options, arguments or commands."""

    heading: str
    terms: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Help:
    """What `--help` says of one command."""

    path: tuple[str, ...]
    about: str
    usage: str
    parts: list[Part]
    examples: list[str]
    footer: list[str]
    commands: list["Help"] = field(default_factory=list)

    @property
    def name(self) -> str:
        return " ".join(("apportion", *self.path))

    def terms_of(self, heading: str) -> list[tuple[str, str]]:
        return next((part.terms for part in self.parts if part.heading == heading), [])


def help_text(program: Path, path: tuple[str, ...]) -> str:
    done = subprocess.run([program, *path, "--help"], capture_output=True, encoding="utf-8", timeout=SECONDS_MAX,
                          check=True)
    return done.stdout


def term_of(line: str) -> tuple[str, str]:
    """A line of the help's list, as term and meaning; a term that is too long has its meaning in the next line."""
    fits = len(line) > DESCRIPTION_COLUMN and line[DESCRIPTION_COLUMN - 1] == " "
    return (line[:DESCRIPTION_COLUMN].strip(), line[DESCRIPTION_COLUMN:].strip()) if fits else (line.strip(), "")


def parse_help(path: tuple[str, ...], text: str) -> Help:
    head, _, rest = text.partition("\nUsage: ")
    usage, _, rest = rest.partition("\n")
    found = Help(path, head.strip(), usage.strip(), [], [], [])
    block = ""
    for line in rest.splitlines():
        if re.fullmatch(r"[A-Z][A-Za-z ]*:", line):
            block = line[:-1]
            if block not in ("Example", "First steps"):
                found.parts.append(Part(block))
        elif not line.strip():
            continue
        elif not line.startswith(" "):
            found.footer.append(line)
        elif block in ("Example", "First steps"):
            found.examples.append(line.strip())
        elif line.startswith("  ") and line[2] != " ":
            found.parts[-1].terms.append(term_of(line))
        else:
            term, meaning = found.parts[-1].terms[-1]
            found.parts[-1].terms[-1] = (term, f"{meaning} {line.strip()}".strip())
    return found


def read_commands(program: Path) -> Help:
    """The program's help with that of all commands below it."""
    with ThreadPoolExecutor() as pool:
        def with_commands(level: list[Help]) -> None:
            paths = [(parent, (*parent.path, name)) for parent in level for name, _ in parent.terms_of("Subcommands")]
            texts = pool.map(lambda one: help_text(program, one[1]), paths)
            for (parent, path), text in zip(paths, texts):
                parent.commands.append(parse_help(path, text))
            if paths:
                with_commands([command for parent in level for command in parent.commands])

        top = parse_help((), help_text(program, ()))
        with_commands([top])
    return top


def roff(text: str) -> str:
    """Text as roff reads it: dashes that can be copied, nothing taken for a request."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{text}" if text.startswith((".", "'")) else text


def plain_term(term: str) -> tuple[str, str]:
    """A term without the parser's own words, and what these words say."""
    notes = [f"{word.lower() if word == 'Needs' else 'not with'} {', '.join(names.split())}"
             for word, names in re.findall(r"(Excludes|Needs): ((?:--[a-z-]+ ?)+)", term)]
    term = re.sub(r" (?:Excludes|Needs): .*", "", term)
    if term.endswith(" REQUIRED"):
        notes.append("required")
    term = re.sub(r"^([A-Z]+) (?:TEXT|INT)\b", r"\1", re.sub(r" REQUIRED$", "", term))
    if default := re.search(r"=(.*[a-z0-9].*)$", term):
        term = term[:default.start()]
        notes.append(f"default: {default[1]}")
    return term.replace("-h,--help", "-h, --help"), f" ({'; '.join(notes)})" if notes else ""


def terms(listed: list[tuple[str, str]]) -> list[str]:
    lines = []
    for term, meaning in listed:
        shown, notes = plain_term(term)
        lines += [".TP", rf"\fB{roff(shown)}\fR", roff(meaning + notes)]
    return lines


def examples(commands: list[str]) -> list[str]:
    return [".PP", ".EX", *map(roff, commands), ".EE"] if commands else []


def own_parts(command: Help) -> list[Part]:
    return [part for part in command.parts if part.heading != "Subcommands"]


def section(command: Help) -> list[str]:
    """A command within the page of its group."""
    lines = [f".SS {roff(command.name)}", roff(command.about), ".PP", rf"\fB{roff(command.usage)}\fR"]
    for part in own_parts(command):
        listed = [(term, meaning) for term, meaning in part.terms if term != "-h,--help"]
        if part.heading not in ("Options", "Positionals"):
            lines += [".PP", f"{roff(part.heading)}:"]
        lines += terms(listed)
    lines += examples(command.examples)
    for inner in command.commands:
        lines += section(inner)
    return lines


def page(command: Help, version: str, see_also: list[str]) -> str:
    name = "-".join(("apportion", *command.path))
    lines = [rf'.TH {roff(name.upper())} 1 "" "apportion {version}" "Apportion"',
             ".SH NAME", rf"{roff(name)} \- {roff(command.about.rstrip('.'))}",
             ".SH SYNOPSIS", rf"\fB{roff(command.usage)}\fR"]
    for part in own_parts(command):
        heading = {"Positionals": "ARGUMENTS"}.get(part.heading, part.heading.upper())
        lines += [f'.SH "{roff(heading)}"', *terms(part.terms)]
    if command.commands:
        lines.append(".SH COMMANDS")
        for inner in command.commands:
            lines += section(inner) if command.path else terms([(inner.name, inner.about)])
    if command.examples:
        lines += [".SH EXAMPLES", *examples(command.examples)[1:]]
    notes = [line for line in command.footer if not line.startswith("Help for")]
    if notes:
        lines += [".SH NOTES", *(line for note in notes for line in (roff(note), ".PP"))][:-1]
    lines += [".SH \"SEE ALSO\"", ", ".join(rf"\fB{roff(other)}\fR(1)" for other in see_also if other != name)]
    return "\n".join(lines) + "\n"


def main() -> None:
    program, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
    top = read_commands(program)
    version = subprocess.run([program, "--version"], capture_output=True, encoding="utf-8", timeout=SECONDS_MAX,
                             check=True).stdout.split()[1]
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.1"):
        old.unlink()
    names = ["-".join(("apportion", *command.path)) for command in top.commands]
    (folder / "apportion.1").write_text(page(top, version, names), encoding="utf-8")
    for name, command in zip(names, top.commands):
        (folder / f"{name}.1").write_text(page(command, version, ["apportion"]), encoding="utf-8")


if __name__ == "__main__":
    main()
