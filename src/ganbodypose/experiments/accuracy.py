"""Scores of a trained network on a protocol; kept beside the tables, so that they are computed once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from ganbodypose.experiments.subject import TrainedNetwork
from ganbodypose.io.atomic import replacing
from ganbodypose.jobs.evaluate import Protocol, protocol_named
from ganbodypose.protocols.score import Progress, run_trials, scores_by_the_book, silent
from ganbodypose.protocols.trial import Trial
from ganbodypose.training.data import load_split
from ganbodypose.training.publish import calibrate, load_trained


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
    network, facts = load_trained(run)
    key = {name: facts[name] for name in ("model", "cpu_minutes", "steps", "seed")}
    key |= {"dataset": dataset, "recordings": recordings}
    path = cache / f"{facts['model']}-{dataset}.json"
    if path.is_file() and (known := json.loads(path.read_text()))["key"] == key:
        return dict(known["scores"]) | key
    calibration = calibrate(network, load_split(data, "val")) if (data / "mocap").is_dir() else None
    protocol = protocol_named(dataset)
    subject = TrainedNetwork(facts["model"], network, calibration)
    outcome = run_trials(_first(protocol, data, recordings), subject, protocol.match, progress)
    scores = scores_by_the_book(outcome, protocol.mean_over_groups)
    cache.mkdir(parents=True, exist_ok=True)
    with replacing(path) as part:
        part.write_text(json.dumps({"key": key, "scores": scores}, indent=1) + "\n")
    return scores | key


def _first(protocol: Protocol, data: Path, recordings: int | None) -> Iterator[Trial]:
    return islice(protocol.trials(data), recordings)
