"""Scores on a protocol, of networks trained here and of whatever they are compared with; kept on disk, so that they
are computed once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from ganbodypose.experiments.runs import loaded_split
from ganbodypose.experiments.subject import TrainedNetwork
from ganbodypose.io.atomic import replacing
from ganbodypose.jobs.evaluate import Protocol, protocol_named
from ganbodypose.protocols.score import Progress, run_trials, scores_by_the_book, silent
from ganbodypose.protocols.trial import Subject, Trial
from ganbodypose.training.publish import calibrate, load_trained
from ganbodypose.training.sequences import as_used


def scores_of(
    run: Path,
    dataset: str,
    data: Path,
    cache: Path,
    recordings: int | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """What `jobs.evaluate` gives for the trained network in `run` on the protocol `dataset`, with `model`,
    `cpu_minutes` and `steps` of the run. recordings: only the first so many, to try things out."""
    _, facts = load_trained(run)
    key = {name: facts[name] for name in ("model", "cpu_minutes", "steps", "seed")}
    key |= {"dataset": dataset, "recordings": recordings}

    def compute() -> dict[str, Any]:
        return judge(_subject(run, data, facts["steps"]), dataset, data, recordings, progress)

    return kept(cache / f"{facts['model']}-{dataset}.json", key, compute) | key


def judge(
    subject: Subject, dataset: str, data: Path, recordings: int | None = None, progress: Progress = silent
) -> dict[str, Any]:
    """The scores of `subject` on the protocol `dataset`."""
    protocol = protocol_named(dataset)
    outcome = run_trials(_first(protocol, data, recordings), subject, protocol.match, progress)
    return scores_by_the_book(outcome, protocol.mean_over_groups)


def kept(path: Path, key: dict[str, Any], compute: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `compute` gives, from the file `path` where it lies there under the same `key`."""
    if path.is_file() and (known := json.loads(path.read_text()))["key"] == key:
        return dict(known["value"])
    value = compute()
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_text(json.dumps({"key": key, "value": value}, indent=1) + "\n")
    return value


@lru_cache(maxsize=1)  # calibration takes as long as judging, and is the same for all datasets
def _subject(run: Path, data: Path, steps: int) -> TrainedNetwork:
    """`steps` tells states of the run apart."""
    del steps
    trained, facts = load_trained(run)
    network = as_used(trained)
    calibration = calibrate(network, loaded_split(data, "val")) if (data / "mocap").is_dir() else None
    return TrainedNetwork(facts["model"], network, calibration)


def _first(protocol: Protocol, data: Path, recordings: int | None) -> Iterator[Trial]:
    return islice(protocol.trials(data), recordings)
