# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import json
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from pinch_core.cli import __main__ as cli
from pinch_core.cli import benchmark_all
from pinch_core.cli.__main__ import BAD_INPUT, DONE, FELL_SHORT
from pinch_core.cli.__main__ import main as pinch
from pinch_core.cli.benchmark_all import compare, figures, previous_run

SETTINGS = "fake: {options: [--speed, '7'], figures: [rates.*.per_s]}\n"
FAKE = """
import json, sys
speed = float(sys.argv[sys.argv.index("--speed") + 1])
print(json.dumps({"benchmark": "fake", "seed": 3, "rates": [{"name": "a", "per_s": speed}], "other": 1}))
"""
BROKEN = "import sys; sys.exit('pinch: the oven is cold')"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """``pinch benchmark all`` where these scripts are the registered benchmarks."""
    settings = tmp_path / "settings.yaml"

    def run(scripts: dict[str, str], text: str = SETTINGS) -> int:
        settings.write_text(text, encoding="utf-8")
        entries = [EntryPoint(name, "somewhere:main", "pinch.benchmarks") for name in scripts]
        monkeypatch.setattr(
            cli,
            "entry_points",
            lambda group: (
                entries
                if group == "pinch.benchmarks"
                else [EntryPoint("benchmark", "pinch_core.cli.benchmark:main", group)]
            ),
        )
        # The real process is `python -m pinch_core.cli benchmark NAME ...`; here NAME is a script.
        real = benchmark_all.subprocess.run

        def as_script(command: list[str], **kwargs: Any) -> Any:
            assert command[1:4] == ["-m", "pinch_core.cli", "benchmark"]
            return real([sys.executable, "-c", scripts[command[4]], *command[5:]], **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(benchmark_all.subprocess, "run", as_script)
            out = str(tmp_path / "bench")
            return pinch(["benchmark", "all", "--settings", str(settings), "--out", out])

    return run


def test_a_run_is_written_with_the_machine_and_compared_with_the_one_before(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run({"fake": FAKE}) == DONE
    first = previous_run(tmp_path / "bench")
    assert first is not None
    assert first["benchmarks"]["fake"]["result"]["rates"] == [{"name": "a", "per_s": 7.0}]
    assert first["machine"]["cpus"] >= 1
    capsys.readouterr()
    assert run({"fake": FAKE.replace('"per_s": speed', '"per_s": speed * 1.5')}) == DONE
    row = next(line for line in capsys.readouterr().out.splitlines() if "rates.a.per_s" in line)
    assert [word.strip() for word in row.split("│")[3:6]] == ["10.5", "7", "+50.0%"]
    assert len(list((tmp_path / "bench").glob("*.json"))) == 2


def test_a_benchmark_that_fails_is_named_and_the_others_are_still_run(
    run: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run({"broken": BROKEN, "fake": FAKE}) == FELL_SHORT
    assert "benchmark broken failed: exit code 1: pinch: the oven is cold" in capsys.readouterr().err
    document = previous_run(tmp_path / "bench")
    assert document is not None
    assert "result" in document["benchmarks"]["fake"]


def test_a_benchmark_that_keeps_files_gets_a_new_folder_each_time(run: Any, tmp_path: Path) -> None:
    keeps = """
import json, pathlib, sys
kept = pathlib.Path(sys.argv[-1]) / "kept"
print(json.dumps({"again": int(kept.exists())}))
kept.touch()
"""
    for _ in range(2):
        assert run({"fake": keeps}, "fake: {options: [--out, '{scratch}']}") == DONE
        document = previous_run(tmp_path / "bench")
        assert document is not None
        assert document["benchmarks"]["fake"] == {"options": ["--out", "{scratch}"], "result": {"again": 0}}


def test_output_that_is_not_json_is_a_failure(run: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run({"fake": "print('fast!')"}) == FELL_SHORT
    assert "no JSON printed" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[plan]", "fake: {speed: 7}", "{"])
def test_wrong_settings_are_refused(run: Any, capsys: pytest.CaptureFixture[str], text: str) -> None:
    assert run({"fake": FAKE}, text) == BAD_INPUT
    assert "settings.yaml" in capsys.readouterr().err


def test_a_run_of_another_machine_or_with_other_options_is_no_yardstick() -> None:
    def document(cpus: int, speed: str) -> dict[str, Any]:
        machine = {"machine": "x86_64", "processor": "P", "cpus": cpus}
        entry = {"options": ["--speed", speed], "result": {"rate": 2.0}}
        return {"machine": machine, "benchmarks": {"fake": entry}}

    def before(*other: Any) -> float | None:
        return compare(document(2, "7"), document(*other), {})[0].before

    assert before(2, "7") == 2.0
    assert before(4, "7") is None
    assert before(2, "8") is None


def test_a_damaged_file_is_passed_over_for_the_run_before_it(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text(json.dumps({"benchmarks": {}, "time": "one"}), encoding="utf-8")
    (tmp_path / "2.json").write_text('{"benchmarks": ', encoding="utf-8")
    found = previous_run(tmp_path)
    assert found is not None
    assert found["time"] == "one"


def test_figures_are_numbers_by_dotted_name() -> None:
    entries = [{"network": "n", "engine": "torch", "ms": 1.5}, {"ms": None}, {"ok": True, "ms": 2}]
    assert figures({"seed": 1, "machine": {"cpus": 2}, "results": entries}) == {
        "results.n torch.ms": 1.5,
        "results.2.ms": 2.0,
    }
