"""What a system refuses, and people who stop the program: told, and nothing is half done."""
import os
import resource
import signal
import subprocess
import time
import unittest
from typing import Any, Callable

import harness
from harness import DONE, REFUSED, STOPPED, WorldTest

NOBODY = 64321  # of whom no process runs, so that a limit counts those of the test only
ENDS_WITHIN = 20


def few_processes(count: int) -> Callable[[], None]:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_NPROC, (count, count))
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

    return limit


class Limits(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.init(self.world.sample(seed=91, rows=300, months="2026-10", customers=4, no_focus=True))

    def test_threads_that_are_refused(self) -> None:
        if os.getuid() == 0:
            for folder, folders, files in os.walk(self.world.folder):
                for name in (folder, *(os.path.join(folder, one) for one in (*folders, *files))):
                    os.chown(name, NOBODY, NOBODY)
        for count in (1, 2, 3, 5):
            told = self.world.run("sync", code=None, preexec_fn=few_processes(count))
            self.assertIn(told.code, (DONE, REFUSED), told.talk)
            if told.code == REFUSED:
                self.assert_tells(told, "ulimit -u")

    def test_memory_that_is_refused(self) -> None:
        for mebibytes in (300, 400):
            limit = harness.lower_limit(resource.RLIMIT_AS, mebibytes << 20)
            told = self.world.run("sync", code=None, preexec_fn=limit)
            self.assertIn(told.code, (DONE, REFUSED), told.talk)

    def test_too_little_memory_to_begin_with(self) -> None:
        """Below 105 MiB or so libraries cannot be loaded, and no program can say more than the loader."""
        for mebibytes in (110, 115, 120, 125, 130, 150, 200, 255):
            limit = harness.lower_limit(resource.RLIMIT_AS, mebibytes << 20)
            told = self.world.run("sync", code=REFUSED, preexec_fn=limit)
            self.assert_tells(told, "the memory limit is too low", f"it is {mebibytes} MiB", "ulimit -v unlimited")
        told = self.world.run("sync", "--json", code=REFUSED, preexec_fn=limit)
        self.assertEqual(harness.parse_json(told.talk)["error"]["id"], "memory-limit-too-low")

    def test_no_memory_is_dumped(self) -> None:
        with subprocess.Popen(self.world.command("serve", "--listen", "off"),
                              env=self.world.environment(), cwd=self.world.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8") as process:
            process.stderr.readline()
            with open(f"/proc/{process.pid}/limits", encoding="utf-8") as limits:
                cores = next(line for line in limits if line.startswith("Max core file size"))
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=ENDS_WITHIN)
        self.assertEqual(cores.split()[4:6], ["0", "0"])


class Stopped(WorldTest):
    def stop(self, *command: Any, after: float) -> tuple[int, str, float]:
        with subprocess.Popen(self.world.command(*command), env=self.world.environment(), cwd=self.world.folder,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              encoding="utf-8") as process:
            time.sleep(after)
            began = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, talk = process.communicate(timeout=ENDS_WITHIN)
            return process.returncode, talk, time.monotonic() - began

    def test_a_sync_that_is_stopped_leaves_no_half_of_anything(self) -> None:
        sample = self.world.sample(seed=92, rows=30000, months="2026-08..2026-10", customers=20, no_focus=True)
        self.world.init(sample)
        stopped = 0
        for after in (0.05, 0.2, 0.4, 0.6, 0.8):
            code, talk, _ = self.stop("sync", "--threads", 1, after=after)
            self.assertIn(code, (DONE, STOPPED, -signal.SIGINT), talk)
            if code == STOPPED:
                stopped += 1
                self.assertIn("stopped; nothing was left half-done", talk)
            for month in self.world.months():
                self.assertTrue(month["charges"] > 0 or month["state"] != "complete", month)
            self.world.run("prove", code=None)
        self.assertGreater(stopped, 0)
        self.world.run("sync")
        self.assertTrue(self.world.prove()["holds"])


if __name__ == "__main__":
    harness.main()
    unittest.main()
