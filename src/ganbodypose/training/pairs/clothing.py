"""What a person wears: garments as fields over the body's vertices, their thickness, colours and patterns.

A field says how far (m) a vertex lies inside a garment. It is interpolated over each triangle, so hems are smooth
lines whatever the mesh, and cloth stands off the body by a thickness that ends at the hem.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import map_coordinates

from ganbodypose.training.pairs import kernels as k
from ganbodypose.training.pairs.body import BodyModel, Shape
from ganbodypose.training.pairs.kernels import vertex_normals

_FAR = 0.5  # m: plainly inside or outside
_HEM_M = 0.012  # cloth reaches its full thickness this far inside the hem
_LEG, _TRUNK = ("upperleg", "lowerleg", "pelvis", "root"), ("spine", "clavicle", "shoulder", "breast")
_FOOT, _ARM, _HAND = ("foot", "toe"), ("upperarm", "lowerarm"), ("wrist", "metacarpal", "finger")
_HAIR_COLOURS = np.array(
    [
        [0.05, 0.04, 0.03],
        [0.2, 0.12, 0.07],
        [0.45, 0.3, 0.15],
        [0.8, 0.7, 0.45],
        [0.6, 0.6, 0.6],
        [0.35, 0.1, 0.05],
    ]
)
_TROUSER_COLOURS = np.array([[0.1, 0.13, 0.25], [0.05, 0.05, 0.06], [0.3, 0.28, 0.22], [0.25, 0.3, 0.4]])
_LIGHT_SKIN, _DARK_SKIN = np.array([0.93, 0.76, 0.66]), np.array([0.28, 0.17, 0.12])


@dataclass(frozen=True)
class Wardrobe:
    """The choices of one person."""

    top: str  # t-shirt, long, tank, none
    bottom: str  # long, shorts, tight, skirt
    hair: str  # short, long, bald, cap
    shoes: bool


@dataclass(frozen=True)
class Dressed:
    """A clothed person ready to be skinned and drawn; only vertices that some triangle uses.

    vertices: their numbers in the body; rest [V,3] m with cloth; fields [V,FIELDS]; colours [V,3] of skin; faces [F,3],
    kind [F] (material, -1: by fields), one_sided [F]; materials [MATERIALS, MATERIAL_COLUMNS]; wardrobe.
    """

    vertices: np.ndarray
    rest: np.ndarray
    fields: np.ndarray
    colours: np.ndarray
    faces: np.ndarray
    kind: np.ndarray
    one_sided: np.ndarray
    materials: np.ndarray
    wardrobe: Wardrobe


def dress(model: BodyModel, shape: Shape, rng: np.random.Generator) -> Dressed:
    """Clothes, hair and skin drawn at random."""
    wardrobe = Wardrobe(
        str(rng.choice(["t-shirt", "long", "tank", "none"], p=[0.47, 0.35, 0.14, 0.04])),
        str(rng.choice(["long", "shorts", "tight", "skirt"], p=[0.55, 0.25, 0.12, 0.08])),
        str(rng.choice(["short", "long", "bald", "cap"], p=[0.5, 0.3, 0.08, 0.12])),
        bool(rng.random() < 0.85),
    )
    tailor = _Tailor(model, shape, wardrobe, rng)
    fields = np.stack([tailor.top(), tailor.bottom(), tailor.shoes(), tailor.hair()], 1)
    hair_colour = _HAIR_COLOURS[rng.choice(6, p=[0.35, 0.25, 0.15, 0.1, 0.1, 0.05])] * rng.uniform(0.8, 1.2)
    rest = shape.vertices + tailor.thickness(fields)[:, None] * tailor.normals
    faces, kind, one_sided = tailor.faces(rest)
    used = np.unique(faces)
    number = np.zeros(len(rest), np.int32)
    number[used] = np.arange(len(used))
    return Dressed(
        used,
        rest[used].astype(np.float32),
        fields[used].astype(np.float32),
        tailor.skin(hair_colour)[used].astype(np.float32),
        number[faces],
        kind,
        one_sided,
        _materials(rng, wardrobe, hair_colour, tailor.chest_z),
        wardrobe,
    )


class _Tailor:
    """Measures one body; each garment is a field [V]."""

    def __init__(self, model: BodyModel, shape: Shape, wardrobe: Wardrobe, rng: np.random.Generator) -> None:
        self.model, self.rig, self.wardrobe, self.rng = model, shape.rig, wardrobe, rng
        self.at = shape.vertices
        self.z = shape.vertices[:, 2]
        part = np.array(
            [name.split("-")[0].split(".")[0].rstrip("0123456789") for name in model.bone_of_vertex]
        )
        self.leg, self.foot = np.isin(part, _LEG), np.isin(part, _FOOT)
        self.trunk, self.arm = np.isin(part, _TRUNK), np.isin(part, _ARM)
        self.hand, self.head = np.isin(part, _HAND), np.isin(part, ("head", "neck", "jaw", "eye", "special"))
        self.side = np.where(self.at[:, 0] > 0, "L", "R")
        body = np.zeros(len(part), bool)
        body[np.unique(model.faces)] = True
        self.face = np.isin(part, ("head", "jaw")) & body
        self.normals = np.zeros(self.at.shape, np.float32)
        vertex_normals(self.at.astype(np.float32), model.faces, self.normals)
        self.hip_z, self.knee_z, self.ankle_z = (
            self.rig.head(f"{bone}.L")[2] for bone in ("upperleg01", "lowerleg01", "foot")
        )
        self.chest_z = self.rig.head("upperarm01.L")[2]
        self.waist_z = self.hip_z + rng.uniform(0.04, 0.14)
        points = model.face_points(self.at[model.face_vertices])
        self.nose, self.ears = points["nose"], (points["left_ear"] + points["right_ear"]) / 2
        self.eyes = np.stack(
            [self.at[np.unique(model.helpers[e])].mean(0) for e in ("left_eye", "right_eye")]
        )
        self.crown_z = self.z[shape.crown]

    def top(self) -> np.ndarray:
        rng, style = self.rng, self.wardrobe.top
        if style == "none":
            return np.full(len(self.z), -_FAR)
        hem_z = self.hip_z + (rng.uniform(-0.14, 0.06) if rng.random() < 0.75 else rng.uniform(0.06, 0.2))
        collar_z = self.chest_z + rng.uniform(0.02, 0.07)
        trunk = np.minimum(self.z - hem_z, collar_z - self.z)
        sleeve = {"t-shirt": rng.uniform(0.4, 0.95), "long": rng.uniform(1.75, 1.98), "tank": 0.04}[style]
        field = np.where(self.trunk | self.leg, trunk, -_FAR)
        field = np.where(self.arm, (sleeve - self._along_arm()) * 0.28, field)
        return np.where(self.hand, -0.1, np.where(self.head, np.minimum(trunk, -0.005), field))

    def _along_arm(self) -> np.ndarray:
        """0 at the shoulder, 1 at the elbow, 2 at the wrist."""
        rig = self.rig
        reached: np.ndarray = np.zeros(len(self.z))
        for side in "LR":
            shoulder, elbow, wrist = (rig.head(f"{b}.{side}") for b in ("upperarm01", "lowerarm01", "wrist"))
            upper, lower = elbow - shoulder, wrist - elbow
            first = np.clip((self.at - shoulder) @ upper / (upper @ upper), 0, 1)
            second = np.clip((self.at - elbow) @ lower / (lower @ lower), 0, 1)
            reached = np.where(self.side == side, first + second, reached)
        return reached

    def bottom(self) -> np.ndarray:
        rng, style = self.rng, self.wardrobe.bottom
        if style == "shorts":
            hem_z = self.knee_z + rng.uniform(-0.06, 0.55) * (self.hip_z - self.knee_z)
        elif style == "skirt":
            hem_z = self.hip_z - 0.1
        else:
            hem_z = self.ankle_z + rng.uniform(-0.04, 0.06)
        field = np.minimum(self.z - hem_z, self.waist_z - self.z)
        return np.where(self.arm | self.hand | self.head, -_FAR, field)

    def shoes(self) -> np.ndarray:
        if not self.wardrobe.shoes:
            return np.full(len(self.z), -_FAR)
        shaft = self.ankle_z + (self.rng.uniform(-0.02, 0.02) if self.rng.random() < 0.8 else 0.12)
        return np.where(self.foot | self.leg, shaft - self.z, -_FAR)

    def hair(self) -> np.ndarray:
        if self.wardrobe.hair == "bald":
            return np.full(len(self.z), -_FAR)
        eye_z, eye_y = self.eyes[:, 2].mean(), self.eyes[:, 1].mean()
        line = eye_z + self.rng.uniform(0.3, 0.6) * (self.crown_z - eye_z)
        above = np.minimum(self.z - line, self.at[:, 1] - eye_y + 0.05)
        behind = np.minimum(self.at[:, 1] - self.ears[1], self.z - self.ears[2] + self.rng.uniform(0, 0.05))
        return np.where(self.face, np.maximum(above, behind), -_FAR)

    def thickness(self, fields: np.ndarray) -> np.ndarray:
        """How far [V] m the outer garment stands off the skin: uneven, and wider towards loose hems."""
        rng, wardrobe = self.rng, self.wardrobe
        loose_top = abs(rng.normal()) * 0.014 + 0.004
        loose_bottom = 0.002 if wardrobe.bottom == "tight" else abs(rng.normal()) * 0.013 + 0.004
        flare_top = rng.uniform(0, 1.5) * np.clip((self.chest_z - self.z) / 0.5, 0, 1) * self.trunk
        flare_leg = rng.uniform(-0.2, 1.5) * np.clip((self.hip_z - self.z) / 0.8, 0, 1)
        hair = rng.uniform(0.003, 0.02) if wardrobe.hair != "cap" else 0.012
        full = np.stack(
            [
                loose_top * (1 + flare_top),
                loose_bottom * (1 + flare_leg),
                0 * self.z + 0.008,
                0 * self.z + hair,
            ],
            1,
        )
        cloth = full * np.clip(fields / _HEM_M, 0, 1)
        return cloth.max(1) * self._uneven()

    def _uneven(self) -> np.ndarray:
        """A smooth factor [V] of 0.5 to 1.5 over the body."""
        lattice = self.rng.random((12, 12, 24))
        x, y, z = self.at.T
        where = (6 * x + 6) % 11, (6 * y + 6) % 11, (9 * z + 12) % 23
        return 0.5 + map_coordinates(lattice, where, order=1)

    def skin(self, hair_colour: np.ndarray) -> np.ndarray:
        """Colours [V,3]: skin, lips, brows, eye sockets, beard, eyes."""
        rng = self.rng
        dark = rng.random() ** 0.8
        tone = (_LIGHT_SKIN * (1 - dark) + _DARK_SKIN * dark) * (1 + rng.normal(0, 0.04, 3))
        colours = np.tile(np.clip(tone, 0, 1), (len(self.z), 1))
        colours[self.model.texture_mask("lips") > 0.5] *= (0.85, 0.55, 0.55)
        front = self.face & (self.at[:, 1] < self.eyes[:, 1].mean() + 0.01)
        for eye in self.eyes:
            brow = (np.abs(self.at[:, 0] - eye[0]) < 0.024) & (np.abs(self.z - eye[2] - 0.0175) < 0.0045)
            colours[front & brow] = 0.6 * hair_colour + 0.2 * colours[front & brow]
            colours[front & (np.linalg.norm(self.at - eye, axis=1) < 0.021)] *= 0.85
        if rng.random() < 0.25:
            beard = self.face & (self.z < self.nose[2] - 0.012) & (self.at[:, 1] < self.ears[1] - 0.01)
            colours[beard] = 0.35 * colours[beard] + 0.6 * hair_colour
        self._paint_eyes(colours)
        return colours

    def _paint_eyes(self, colours: np.ndarray) -> None:
        iris = self.rng.uniform(0.02, 0.2, 3)
        for name, eye in zip(("left_eye", "right_eye"), self.eyes, strict=True):
            ball = np.unique(self.model.helpers[name])
            colours[ball] = 0.85
            off_axis = np.hypot(self.at[ball, 0] - eye[0], self.z[ball] - eye[2])
            colours[ball[(off_axis < 0.0065) & (self.at[ball, 1] < eye[1])]] = iris

    def faces(self, rest: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Triangles of body, eyes, long hair and skirt, their kind, and whether only their front shows."""
        helpers = self.model.helpers
        parts = [(self.model.faces, -1, True)]
        if self.wardrobe.hair == "long":
            parts.append((helpers["hair"], k.HAIR, False))
        if self.wardrobe.bottom == "skirt":
            height = rest[helpers["skirt"], 2].max(1)
            hem = self.knee_z - self.rng.uniform(-0.1, 0.3)
            parts.append((helpers["skirt"][(height > hem) & (height < self.waist_z + 0.02)], k.BOTTOM, False))
        faces = np.concatenate([faces for faces, _, _ in parts])
        kind = np.concatenate([np.full(len(faces), kind, np.int32) for faces, kind, _ in parts])
        return faces, kind, np.concatenate([np.full(len(faces), one_sided) for faces, _, one_sided in parts])


def _materials(
    rng: np.random.Generator, wardrobe: Wardrobe, hair_colour: np.ndarray, chest_z: float
) -> np.ndarray:
    """[MATERIALS, MATERIAL_COLUMNS] float32; what the columns are: `kernels`."""
    table = np.zeros((k.MATERIALS, k.MATERIAL_COLUMNS), np.float32)
    for row in table:
        row[k.COLOUR : k.COLOUR + 3], row[k.SECOND : k.SECOND + 3] = _cloth_colour(rng), _cloth_colour(rng)
    for material, patterns in (
        (k.TOP, (0.4, 0.15, 0.08, 0.12, 0.1, 0.15)),
        (k.BOTTOM, (0.75, 0.03, 0.07, 0.07, 0.08, 0)),
    ):
        row = table[material]
        row[k.PATTERN] = rng.choice(6, p=patterns)
        row[k.SCALE], row[k.FOLD_SCALE] = rng.uniform(8, 30), rng.uniform(10, 28)
        row[k.FOLDS], row[k.GRAIN] = rng.uniform(0, 0.5), 0.2
    table[k.TOP, k.PRINT_BOX :] = (
        rng.uniform(0.03, 0.12), chest_z - rng.uniform(0.08, 0.25), rng.uniform(0.02, 0.1), 0,
    )  # fmt: skip
    if wardrobe.bottom in ("long", "tight") and rng.random() < 0.5:
        table[k.BOTTOM, :3] = _TROUSER_COLOURS[rng.integers(4)]
    table[k.SKIN, k.SHINE], table[k.SKIN, k.GRAIN], table[k.SHOE, k.SHINE] = 0.08, 0.06, 0.15
    hair = table[k.HAIR]
    if wardrobe.hair != "cap":
        hair[:3], hair[3:6] = hair_colour, 0.7 * hair_colour
        hair[k.PATTERN] = k.BLOTS
    hair[k.SCALE], hair[k.FOLDS], hair[k.FOLD_SCALE], hair[k.GRAIN] = 60, 0.25, 60, 0.4
    return table


def _cloth_colour(rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.4:
        return np.clip(rng.choice([0.04, 0.1, 0.3, 0.6, 0.9]) + rng.normal(0, 0.03, 3), 0.01, 0.97)
    colour = rng.uniform(0.03, 0.95, 3)
    return colour.mean() + (colour - colour.mean()) * rng.uniform(0.2, 1)
