# SPDX-License-Identifier: Apache-2.0
"""Steps run when what they depend on changes, and never count as done before they are."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bench(script_path, tmp_path, monkeypatch):
    """Steps over files of a temporary directory: (plan(key), output, runs)."""
    import command
    import step

    monkeypatch.setattr(step, "STAMPS", tmp_path / "stamps")
    monkeypatch.setattr(step, "BUILD", tmp_path)
    monkeypatch.setattr(command, "LOGS", tmp_path / "logs")
    (tmp_path / "stamps").mkdir()
    return Workbench(step, tmp_path)


class Workbench:
    """Two steps, the second of which needs the first; notes which of them ran."""

    def __init__(self, step, directory: Path) -> None:
        self.step = step
        self.directory = directory
        self.keys = {"first": "1", "second": "1"}
        self.fails = False
        self.ran: list[str] = []

    def bring(self) -> list[str]:
        self.ran = []
        steps = {
            name: self._make(name, needs) for name, needs in (("first", ()), ("second", ("first",)))
        }
        self.step.Plan(steps).bring("second")
        return self.ran

    def _make(self, name: str, needs: tuple[str, ...]):
        def make(log) -> None:
            self.ran.append(name)
            (self.directory / name).write_text("half")
            if self.fails:
                raise self.step.SetupError("cut", "again")

        output = self.directory / name
        return self.step.Step(name, name, 1, lambda: [self.keys[name]], (output,), make, needs)


def test_second_run_does_nothing(bench):
    assert bench.bring() == ["first", "second"]
    assert bench.bring() == []


def test_changed_key_reaches_what_needs_it(bench):
    bench.bring()
    bench.keys["first"] = "2"
    assert bench.bring() == ["first", "second"]
    bench.keys["second"] = "2"
    assert bench.bring() == ["second"]


def test_missing_output_is_made_again(bench):
    bench.bring()
    (bench.directory / "second").unlink()
    assert bench.bring() == ["second"]


def test_failed_step_is_not_done(bench):
    bench.fails = True
    with pytest.raises(bench.step.SetupError):
        bench.bring()
    bench.fails = False
    assert bench.bring() == ["first", "second"]


def test_step_that_failed_after_a_good_run_is_not_done(bench):
    bench.bring()
    bench.keys["first"] = "2"
    bench.fails = True
    with pytest.raises(bench.step.SetupError):
        bench.bring()
    bench.fails = False
    bench.keys["first"] = "1"
    assert bench.bring() == ["first"]


def test_step_without_its_output_fails(bench):
    step = bench.step
    empty = step.Step(
        "empty", "empty", 1, lambda: [], (bench.directory / "none",), lambda log: None
    )
    with pytest.raises(step.SetupError, match="none"):
        step.Plan({"empty": empty}).bring("empty")


def test_full_disk_is_said_before_work(bench, monkeypatch):
    usage = type("Usage", (), {"free": 10 << 20})
    monkeypatch.setattr(bench.step.shutil, "disk_usage", lambda path: usage)
    with pytest.raises(bench.step.SetupError, match="10 MiB"):
        bench.bring()
    assert bench.ran == []


def test_command_that_hangs_is_ended(bench, monkeypatch, tmp_path):
    import command

    log = command.Log("slow")
    with pytest.raises(command.SetupError, match="did not finish"):
        log.run(["sleep", "60"], remedy="none", timeout=0.2)


def test_command_that_is_missing(bench):
    import command

    with pytest.raises(command.SetupError, match="127"):
        command.Log("absent").run(["no-such-command-here"], remedy="install it")


def test_mirror_copies_changes_only_and_removes_the_rest(script_path, tmp_path):
    import paths

    source, target = tmp_path / "source", tmp_path / "target"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "kept.c").write_text("1")
    (source / "gone.c").write_text("2")
    paths.mirror(source, target, ("*.c",))
    before = (target / "deep" / "kept.c").stat().st_mtime_ns
    (source / "gone.c").unlink()
    (source / "other.txt").write_text("3")
    paths.mirror(source, target, ("*.c",))
    assert {path.name for path in target.rglob("*") if path.is_file()} == {"kept.c"}
    assert (target / "deep" / "kept.c").stat().st_mtime_ns == before


def test_makefile_is_an_index():
    """At most fifteen verbs, and make help shows each of them."""
    text = (ROOT / "Makefile").read_text()
    verbs = re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE)[1].split()
    rules = re.findall(r"^(\w+):", text, re.MULTILINE)
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, timeout=30, check=True
    ).stdout
    assert len(verbs) <= 15
    assert sorted(rules) == sorted(verbs)
    assert re.findall(r"^  (\w+) ", shown, re.MULTILINE) == verbs


def test_operators_of_a_build_are_known_by_name(script_path, monkeypatch):
    import selection
    from report import SetupError

    monkeypatch.delenv("MOTE_OPS", raising=False)
    monkeypatch.setenv("OPS", "SOFTMAX,ADD SOFTMAX")
    assert selection.selected() == ["ADD", "SOFTMAX"]
    monkeypatch.setenv("OPS", "SOFTMAX ADDD")
    with pytest.raises(SetupError, match="OPS names ADDD, which") as caught:
        selection.selected()
    assert "FULLY_CONNECTED" in caught.value.remedy


def test_every_operator_unless_some_are_named(script_path, monkeypatch):
    import selection

    for variable in selection.VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    assert selection.selected() == []
    assert len(set(selection.known())) == len(selection.known()) > 60


@pytest.mark.parametrize(
    ("names", "expected"),
    [("", ""), ("ADD SIGNAL_RFFT", "-DMOTE_SELECTED -DMOTE_WITH_ADD=1 -DMOTE_WITH_SIGNAL_RFFT=1")],
)
def test_flags_of_makefiles(names, expected):
    assert flags_of(names).stdout.strip() == expected


def test_makefiles_refuse_names_that_are_not_known():
    done = flags_of("ADD CONV2D")
    assert done.returncode == 2
    assert "MOTE_OPS has CONV2D, which no operator is called" in done.stderr


def flags_of(names: str) -> subprocess.CompletedProcess:
    rule = "include native/selection.mk\nall:;@echo $(MOTE_OPS_FLAGS)\n"
    return subprocess.run(["make", "-f", "-", f"MOTE_OPS={names}"], input=rule, cwd=ROOT,
                          capture_output=True, text=True, timeout=60)  # fmt: skip
