"""Networks trained for equal time, each once."""

import json
from pathlib import Path

import pytest

from ganbodypose.experiments import runs
from ganbodypose.experiments.runs import Lesson
from ganbodypose.training.train import RUN

TRAINED: list[str] = []


@pytest.fixture
def a_trainer_that_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    TRAINED.clear()

    def learn(lesson: Lesson, _: Path, run: Path) -> Path:
        if not runs.is_finished(lesson, run):
            TRAINED.append(lesson.model)
            run.mkdir(parents=True)
            (run / runs.CHECKPOINT).write_bytes(b"weights")
            (run / RUN).write_text(f'{{"model": "{lesson.model}"}}')
        return run

    def load(run: Path) -> tuple[None, dict]:
        return None, json.loads((run / RUN).read_text()) | {"cpu_minutes": 6.0}

    monkeypatch.setattr(runs, "learn", learn)
    monkeypatch.setattr(runs, "load_trained", load)


@pytest.mark.usefixtures("a_trainer_that_notes")
@pytest.mark.parametrize("order", [("live", "studio", "vibe"), ("studio", "vibe", "live")])
def test_networks_that_only_differ_in_use_are_trained_and_counted_once(
    tmp_path: Path, order: tuple[str, ...]
) -> None:
    folders = runs.train_equally(order, 6.0, tmp_path, tmp_path)
    assert folders == [tmp_path / name for name in order]
    assert sorted(TRAINED) == ["live", "vibe"]
    assert (tmp_path / "studio" / runs.CHECKPOINT).read_bytes() == b"weights"
    assert runs.load_trained(tmp_path / "studio")[1]["model"] == "studio"
    assert runs.minutes_spent(tmp_path) == 12.0
    runs.train_equally(order, 6.0, tmp_path, tmp_path)
    assert len(TRAINED) == 2
