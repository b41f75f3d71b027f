"""A fitted movement model as one .npz of plain arrays: nothing in it is ever unpickled."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import UserError
from ganbodypose.io.atomic import replacing
from ganbodypose.io.npz import DAMAGED, check_npz
from ganbodypose.io.text import parse_json
from ganbodypose.quality.scoring.canonical import ActiveSide
from ganbodypose.quality.scoring.features import Feature
from ganbodypose.quality.scoring.linear import LinearScorer
from ganbodypose.quality.scoring.model import Calibration, MovementModel

FORMAT = "ganbodypose movement model 1"


def save_model(path: str | Path, model: MovementModel) -> Path:
    """Write `model`; UserError where that is not possible."""
    path = Path(path)
    arrays = {
        "format": np.array(FORMAT),
        "exercise": np.array(model.exercise),
        "features": np.array([feature.key for feature in model.features]),
        "side_axis": np.zeros(0) if model.side.axis is None else model.side.axis,
        "usual": model.usual,
        "repetition_s": np.array(model.repetition_s),
        "facts_json": np.array(json.dumps(dict(model.facts), ensure_ascii=False)),
        **_flat("general", model.general, model.calibration),
    }
    if model.personal is not None and model.personal_calibration is not None:
        arrays |= _flat("personal", model.personal, model.personal_calibration)
    smaller: dict[str, Any] = {
        name: a.astype(np.float32) if a.dtype == np.float64 else a for name, a in arrays.items()
    }
    with replacing(path) as part, part.open("wb") as file:
        np.savez_compressed(file, **smaller)
    return path


def _flat(name: str, scorer: LinearScorer, calibration: Calibration) -> dict[str, np.ndarray]:
    return {
        f"{name}_centre": scorer.centre,
        f"{name}_scale": scorer.scale,
        f"{name}_slopes": scorer.slopes,
        f"{name}_offset": np.array(scorer.offset),
        f"{name}_calibration_slope": np.array(calibration.slope),
        f"{name}_correct_scores": calibration.correct_scores,
    }


def load_model(path: str | Path) -> MovementModel:
    """The model that `save_model` wrote; UserError, naming the file, where it is none."""
    path = Path(path)
    try:
        check_npz(path)
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        if str(arrays.get("format")) != FORMAT:
            raise UserError(f"{path} is no movement model; make one with `ganbodypose assess fit`.")
        return _model(arrays)
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; check the path.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (KeyError, TypeError, AttributeError, *DAMAGED) as error:
        raise UserError(f"{path} is no movement model, or it is damaged; fit it again.") from error


def _model(arrays: Mapping[str, np.ndarray]) -> MovementModel:
    features = tuple(Feature.from_key(str(key)) for key in arrays["features"])
    axis = arrays["side_axis"].astype(float)
    usual = arrays["usual"].astype(float)
    if usual.shape != (2, len(features)) or not np.isfinite(usual).all():
        raise ValueError("usual")
    general, calibration = _scorer(arrays, "general", len(features))
    known: dict[str, Any] = {}
    if "personal_centre" in arrays:
        known["personal"], known["personal_calibration"] = _scorer(arrays, "personal", len(features))
    return MovementModel(
        exercise=str(arrays["exercise"]),
        features=features,
        side=ActiveSide(axis if axis.size else None),
        general=general,
        calibration=calibration,
        usual=usual,
        repetition_s=float(arrays["repetition_s"]),
        facts=parse_json(str(arrays["facts_json"])),
        **known,
    )


def _scorer(arrays: Mapping[str, np.ndarray], name: str, features: int) -> tuple[LinearScorer, Calibration]:
    """ValueError where an array's shape or values do not fit."""
    shapes = {"centre": (features,), "scale": (features,), "slopes": (2 * features,), "offset": ()}
    values = {part: arrays[f"{name}_{part}"].astype(float) for part in shapes}
    for part, shape in shapes.items():
        if values[part].shape != shape or not np.isfinite(values[part]).all():
            raise ValueError(f"{name}_{part}")
    scorer = LinearScorer(values["centre"], values["scale"], values["slopes"], float(values["offset"]))
    correct = np.sort(arrays[f"{name}_correct_scores"].astype(float))
    return scorer, Calibration(float(arrays[f"{name}_calibration_slope"]), correct)


_PUBLISHED = Path(str(resources("ganbodypose"))) / "weights" / "movements"


def published_exercises() -> tuple[str, ...]:
    """The names of the models that come with the package, as in 'deep-squat'."""
    return tuple(sorted(path.stem for path in _PUBLISHED.glob("*.npz")))


def published_name(text: str) -> str | None:
    """'Deep squat' as the name of a published model, 'deep-squat'; None where it means none."""
    name = text.strip().lower().replace(" ", "-")
    return name if name in published_exercises() else None


def open_model(name_or_path: str) -> MovementModel:
    """A published model by its name, or one from a file; UserError where there is neither."""
    name = published_name(name_or_path)
    if name is not None:
        return load_model(_PUBLISHED / f"{name}.npz")
    if not Path(name_or_path).exists():
        known = ", ".join(published_exercises())
        raise UserError(f"There is no exercise {name_or_path!r}; give a model file, or one of {known}.")
    return load_model(name_or_path)
