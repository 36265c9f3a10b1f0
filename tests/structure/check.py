"""Checks a checkout against the rules of its structure: python3 check.py ROOT. Exit code 1 when one is broken."""
import sys
from pathlib import Path

import advice
import documents
import engine_seam
import errors
import isolation
import listings
import made_pages
import modules
import numbers_of_money
import portable_sql
import texts
import wording
from tree import Finding, Tree

RULE_SETS = (modules, engine_seam, numbers_of_money, portable_sql, texts, wording, advice, isolation, listings,
             documents, errors, made_pages)


def findings_in(root: Path) -> list[Finding]:
    tree = Tree(root)
    return sorted(finding for rules in RULE_SETS for finding in rules.check(tree))


def main() -> int:
    findings = findings_in(Path(sys.argv[1]))
    for finding in findings:
        print(finding)
    print(f"structure: {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
