"""What the tests that kill the program share: kill_at.cpp, preloaded, ends it before its N-th change of a file.

`KILL_POINTS=30 python3 test_crash.py PROGRAM KILL_AT` kills each command about as often; `KILL_SEED` repeats a run.
"""
import os
import random
import signal
import subprocess
from pathlib import Path
from typing import Any

import harness
from harness import DONE, WorldTest

SEED = int(os.environ.get("KILL_SEED") or random.randrange(1 << 30))

library = ""


def main() -> None:
    """Takes the program and the library off the command line."""
    global library
    library = str(Path(harness.main(extra_arguments=1)[0]).resolve())


class KillTest(WorldTest):
    def preloaded(self, **more: str) -> dict[str, str]:
        options = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0")))
        return self.world.environment(LD_PRELOAD=library, ASAN_OPTIONS=options, **more)

    def changes_of(self, *command: Any) -> int:
        """How many changes of files a command makes: runs it to its end."""
        counted = self.world.folder / "counted"
        self.world.run(*command, environment=self.preloaded(KILL_COUNT=str(counted)))
        return int(counted.read_text(encoding="ascii"))

    def points(self, changes: int, count: int) -> list[int]:
        """The first changes, the last ones, and `count` drawn by chance."""
        draw = random.Random(SEED)
        count = int(os.environ.get("KILL_POINTS") or count)
        return sorted({1, 2, changes - 2, changes - 1, changes} | {draw.randint(1, changes) for _ in range(count)})

    def kill(self, point: int, *command: Any) -> bool:
        """Runs a command that dies before its change `point`; false when it had fewer."""
        done = subprocess.run(self.world.command(*command), env=self.preloaded(KILL_AT=str(point)),
                              cwd=self.world.folder, check=False, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=harness.SECONDS_MAX)
        self.assertIn(done.returncode, (DONE, -signal.SIGKILL), done.stderr)
        return done.returncode == -signal.SIGKILL
