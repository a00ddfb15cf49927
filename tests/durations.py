"""How long the tests take: the longest files begin, a table of the slowest ends each run, budgets are held up to it.

``durations.json`` holds each file's seconds in a run of everything on an idle machine; ``--store-durations`` writes it.
"""
import json
import math
import os
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
STORED = Path(__file__).with_name("durations.json")
NOTEBOOK, TEST = 60, 30  # seconds, on two idle cores of a 2023 server processor: a notebook with all its cells, a single test
SHOWN = 20


def add_options(parser):
    parser.addoption("--strict-budget", action="store_true", help="fail if a notebook or a test takes longer than its budget")
    parser.addoption("--store-durations", action="store_true", help="write tests/durations.json: for a run on an idle machine")


def longest_first(items):
    """The items sorted by their files' stored seconds, files without any first; a file's own order stays."""
    seconds = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    items.sort(key=lambda item: -seconds.get(item.nodeid.split("::")[0], math.inf))


class Durations:
    """What the first process hears of every test, its workers' too."""

    def __init__(self, config):
        self.options, self.tests = config.option, defaultdict(float)

    def pytest_runtest_logreport(self, report):
        self.tests[report.nodeid] += report.duration

    def files(self) -> dict:
        """Each file's seconds, the slowest first."""
        found = defaultdict(float)
        for test, seconds in self.tests.items():
            found[test.split("::")[0]] += seconds
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def over(self) -> list:
        """A line for each notebook and each test that is over its budget."""
        notebooks = [(file, seconds, NOTEBOOK) for file, seconds in self.files().items() if file.endswith(".ipynb")]
        tests = [(test, seconds, TEST) for test, seconds in self.tests.items() if ".ipynb::" not in test]
        return [f"{name}: {seconds:.0f} s, over its budget of {budget} s"
                for name, seconds, budget in (*notebooks, *tests) if seconds > budget]

    def pytest_sessionfinish(self, session):
        if self.options.strict_budget and self.over() and session.exitstatus == 0:
            session.exitstatus = 1
        if self.options.store_durations:
            old = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
            seconds = {**old, **{file: round(seconds, 1) for file, seconds in self.files().items()}}
            kept = {file: seconds[file] for file in sorted(seconds) if (ROOT / file).exists()}
            STORED.write_text(json.dumps(kept, indent=0) + "\n", encoding="utf-8")

    def pytest_terminal_summary(self, terminalreporter):
        files = self.files()
        if len(self.tests) < 2:
            return
        terminalreporter.section("slowest files")
        for file, seconds in [*files.items()][:SHOWN]:
            if seconds >= 1:
                terminalreporter.write_line(f"{seconds:6.0f} s  {file}")
        used = os.times()
        terminalreporter.write_line(f"{sum(files.values()):6.0f} s  all {len(files)}; "
                                    f"processor time {sum(used[:4]):.0f} s")
        for line in self.over():
            terminalreporter.write_line(line, red=True)
