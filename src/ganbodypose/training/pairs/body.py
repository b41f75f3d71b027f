"""Bodies: anny's parametric human (code Apache-2.0, MakeHuman assets CC0; never its `smplx` topology).

anny builds a cache on first use (some minutes, about 1 GB, in $ANNY_CACHE_DIR or ~/.cache/anny).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ganbodypose.core import UserError, pip_install
from ganbodypose.training.pairs.joints import with_joint_centres
from ganbodypose.training.pairs.rig import Rig
from ganbodypose.training.pairs.textures import load_picture

_AGES = (15.0, 80.0)
_HELPERS = {
    "hair": "helper-hair",
    "skirt": "helper-skirt",
    "left_eye": "helper-l-eye",
    "right_eye": "helper-r-eye",
}
FACE_POINTS = ("nose", "left_ear", "right_ear")


@dataclass(frozen=True)
class Shape:
    """One person at rest: vertices [V,3] m (z up, facing -y), rig with joint centres, and as anny places its bones
    (bone_rig), number of the crown's vertex, height_m, age in years, phenotype: anny's parameters in [0,1] by name."""

    vertices: np.ndarray
    rig: Rig
    bone_rig: Rig
    crown: int
    height_m: float
    age: float
    phenotype: dict[str, float]


class BodyModel:
    """anny's body with what rendering needs: faces of body, hair, skirt and eyes, skinning weights, face points."""

    def __init__(self) -> None:
        anny = _anny()
        from anny.models.model_data import TopologyConfig
        from anny.shape_distribution import SimpleShapeDistribution

        topology = TopologyConfig(base_mesh="makehuman", remove_unattached_vertices=False)
        # Only bodies at rest are asked for; other ways of skinning compile kernels and print about it.
        self._model: Any = anny.Anny(topology=topology, skinning_method="lbs")
        low, high = (torch.tensor(age, dtype=self._model.dtype) for age in _AGES)
        ages = torch.distributions.Uniform(low, high)
        self._people = SimpleShapeDistribution(self._model, morphological_age_distribution=ages)
        self.bones = tuple(self._model.bone_labels)
        self.weights = self._model.vertex_bone_weights.numpy().astype(np.float32)
        self.weight_bones = self._model.vertex_bone_indices.numpy().astype(np.int32)
        self.faces = self._model.faces.numpy().astype(np.int32)
        groups = _triangles_by_group(_assets() / "3dobjs" / "base.obj")
        self.helpers = {name: groups[group] for name, group in _HELPERS.items()}
        regressor = anny.KeypointsRegressor.coco(self._model)
        rows = [list(regressor.labels).index(name) for name in FACE_POINTS]
        self._face_weights = regressor.regression_weights.numpy()[rows]

    def sample(self, rng: np.random.Generator) -> Shape:
        """A person of 15 to 80 years, drawn from anny's population."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(1 << 31)))
            age, phenotype = self._people.sample(1)
        return self.shape({name: float(value) for name, value in phenotype.items()}, float(age))

    def shape(self, phenotype: dict[str, float], age: float) -> Shape:
        with torch.no_grad():
            values = {k: torch.tensor([v], dtype=self._model.dtype) for k, v in phenotype.items()}
            rest = self._model(phenotype_kwargs=values)
        vertices = rest["rest_vertices"][0].numpy()
        parents = tuple(int(p) for p in self._model.bone_parents)
        rig = Rig(self.bones, parents, rest["rest_bone_heads"][0].numpy())
        height = vertices[self._body, 2]
        crown = int(self._body[height.argmax()])
        return Shape(vertices, with_joint_centres(rig), rig, crown, float(np.ptp(height)), age, phenotype)

    @cached_property
    def _body(self) -> np.ndarray:
        return np.unique(self.faces)

    @cached_property
    def bone_of_vertex(self) -> np.ndarray:
        """Name [V] of the bone that a vertex follows most."""
        strongest = self.weights.argmax(1)
        return np.array(self.bones)[self.weight_bones[np.arange(len(strongest)), strongest]]

    @cached_property
    def face_vertices(self) -> np.ndarray:
        """The vertices [N] that the face points are made of."""
        return np.flatnonzero(np.abs(self._face_weights).sum(0) > 0)

    def face_points(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """points [...,N,3] of `face_vertices` -> FACE_POINTS by name [...,3]."""
        weights = self._face_weights[:, self.face_vertices]
        return dict(zip(FACE_POINTS, np.moveaxis(weights @ points, -2, 0), strict=True))

    def texture_mask(self, name: str) -> np.ndarray:
        """[V] in [0,1]: how much of a part of the skin ('lips', ...) a vertex belongs to."""
        picture = load_picture(_assets() / "textures" / f"mpfb_{name}.jpg")[..., 0]
        height, width = picture.shape
        u, v = self._texture_coordinates.T
        row = ((1 - v) * height).astype(int).clip(0, height - 1)
        return picture[row, (u * width).astype(int).clip(0, width - 1)] / 255

    @cached_property
    def _texture_coordinates(self) -> np.ndarray:
        uv = np.zeros((len(self.weights), 2))
        corners = self._model.face_texture_coordinate_indices.numpy()
        uv[self.faces.ravel()] = self._model.texture_coordinates.numpy()[corners.ravel()]
        return uv


def _anny() -> Any:
    try:
        import anny
    except ImportError as error:
        raise UserError(
            f"Rendering people needs packages that are not installed: {pip_install('render')}."
        ) from error
    return anny


def _assets() -> Path:
    from anny.paths import get_anny_root_dir

    return Path(str(get_anny_root_dir())) / "data" / "mpfb2"


def _triangles_by_group(path: Path) -> dict[str, np.ndarray]:
    """Triangles [F,3] of every group of a Wavefront OBJ of quads and triangles."""
    triangles: dict[str, list[list[int]]] = {}
    for group, corners in _obj_faces(path):
        own = triangles.setdefault(group, [])
        own.extend([corners[0], corners[i], corners[i + 1]] for i in range(1, len(corners) - 1))
    return {group: np.array(rows, np.int32) for group, rows in triangles.items()}


def _obj_faces(path: Path) -> Iterator[tuple[str, list[int]]]:
    group = ""
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition(" ")
        if kind == "g":
            group = rest.strip()
        elif kind == "f":
            yield group, [int(corner.split("/")[0]) - 1 for corner in rest.split()]
