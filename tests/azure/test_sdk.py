"""Runs Microsoft's own JavaScript libraries against the stand-in: python3 test_sdk.py PROGRAM [Node's options]"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from scenario import StandIn
from storage import find_node

HERE = Path(__file__).resolve().parent


def main(program: str, *more: str) -> int:
    node = find_node()
    if not node:
        sys.exit("no Node that is new enough; run `tools/install_dependencies azure`")
    with StandIn(program) as stand_in, tempfile.TemporaryDirectory() as folder:
        if stand_in.info["storage_missing"]:
            sys.exit(stand_in.info["storage_missing"])
        file = Path(folder) / "stand-in.json"
        file.write_text(json.dumps(stand_in.info), encoding="utf-8")
        environment = {**os.environ, **stand_in.environment(), "STAND_IN_FILE": str(file)}
        command = [node, "--test", "--test-reporter=spec", "--test-timeout=120000", *more,
                   *map(str, sorted(HERE.glob("sdk/*.test.mjs")))]
        return subprocess.run(command, env=environment, cwd=HERE, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
