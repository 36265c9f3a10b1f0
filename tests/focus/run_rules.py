"""Runs the rules of FOCUS 1.2 on Parquet files; prints what fails as JSON: file -> rule -> number and meaning.

    ENVIRONMENT/bin/python run_rules.py FILE…

Rules that only repeat what their parts say are left out.
"""
import contextlib
import io
import json
import logging
import os
import sys
import tempfile
from pathlib import Path

import focus_validator
from focus_validator.validator import Validator

logging.disable(logging.CRITICAL)


def failures(file: str) -> dict[str, dict]:
    with contextlib.redirect_stdout(io.StringIO()):
        results = Validator(data_filename=file, output_destination=os.devnull, output_type="console",
                            focus_dataset="CostAndUsage", rules_version="1.2", rules_block_remote_download=True,
                            applicability_criteria="ALL").validate()
    failed = {}
    for rule, result in results.by_rule_id.items():
        details = result.get("details") or {}
        if result["ok"] or details.get("skipped") or details.get("check_type") == "composite":
            continue
        failed[rule] = {"count": details.get("violations"), "means": details.get("message", "").split(" [")[0]}
    assert len(results.by_rule_id) > 500, "the rules were not run"
    return failed


def main() -> None:
    files = [os.path.abspath(name) for name in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        # The rules look for a table of currencies below the working directory.
        Path(folder, "focus_validator").symlink_to(Path(focus_validator.__file__).parent)
        os.chdir(folder)
        print(json.dumps({file: failures(file) for file in files}))


if __name__ == "__main__":
    main()
