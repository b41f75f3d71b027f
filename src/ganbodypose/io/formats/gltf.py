"""glTF 2.0 (.glb), for Blender, Unity, Unreal, three.js and phones, through pygltflib: animated, skinned skeletons.

Metres, y up, as the format demands (`tracks.Y_UP`). Everybody is a skeleton of `geometry.kinematics.NODES` with
constant bones, and a mesh of one octahedron per bone, so that viewers show something and importers make an
armature. Rotations and the root's place are keyed at every frame, at the recording's times (single precision).
The node 'person_N' above the skeleton has the person's id in its `extras`.

Format: https://registry.khronos.org/glTF/specs/2.0/glTF-2.0.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence
from ganbodypose.geometry.kinematics import NODES
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.extras import need
from ganbodypose.io.formats.skeleton_motion import SkeletonMotion, motions_of
from ganbodypose.io.formats.tracks import AXES_NOTE, WriteOptions, tracks_of

FLOAT, UNSIGNED_BYTE, UNSIGNED_SHORT = 5126, 5121, 5123
_ARRAY_BUFFER, _ELEMENT_ARRAY_BUFFER = 34962, 34963
_BONE_WIDTH = 0.08  # of its length
_MIDDLE = 0.15  # where along a bone it is widest
_FACES = np.array([[0, 1, 2], [0, 2, 3], [0, 3, 4], [0, 4, 1], [5, 2, 1], [5, 3, 2], [5, 4, 3], [5, 1, 4]])


def write_glb(path: Path, sequence: PoseSequence, options: WriteOptions | None = None) -> tuple[str, ...]:
    """Write everybody, or one person; returns what was done to the data, one clause each.

    UserError when nobody has all joints.
    """
    people, notes = motions_of(tracks_of(sequence, options or WriteOptions()))
    file = _File(need("pygltflib", "glTF"), people[0][0].time_s)
    for track, motion in people:
        file.add(motion, track.track_id)
    with replacing(path) as part:
        part.write_bytes(file.as_bytes())
    return (*notes, f"in metres; {AXES_NOTE}")


class _File:
    """A glTF document under construction."""

    def __init__(self, gltf: Any, time_s: np.ndarray) -> None:
        self._gltf = gltf
        self._blob = bytearray()
        self._document = gltf.GLTF2(
            asset=gltf.Asset(version="2.0", generator="gan-bodypose"), scenes=[gltf.Scene(nodes=[])], scene=0
        )
        self._document.animations.append(gltf.Animation(name="motion"))
        self._times = self._accessor(time_s.astype(np.float32), "SCALAR", bounds=True)

    def add(self, motion: SkeletonMotion, track_id: int) -> None:
        """One person: nodes, animation, skin and mesh."""
        gltf, document = self._gltf, self._document
        first = len(document.nodes)
        for index, node in enumerate(NODES):
            children = [first + i for i, child in enumerate(NODES) if child.parent == index]
            document.nodes.append(
                gltf.Node(name=node.name, translation=motion.offsets_m[index].tolist(), children=children)
            )
        self._animate(motion, first)
        # a parent of its own, or Blender takes everybody for one armature; the mesh must not be below it
        name = f"person_{track_id}"
        document.nodes.append(gltf.Node(name=name, children=[first], extras={"track_id": int(track_id)}))
        document.nodes.append(self._body(motion, first, f"{name}_body"))
        document.scenes[0].nodes += [len(document.nodes) - 2, len(document.nodes) - 1]

    def as_bytes(self) -> bytes:
        self._document.buffers.append(self._gltf.Buffer(byteLength=len(self._blob)))
        self._document.set_binary_blob(bytes(self._blob))
        return b"".join(self._document.save_to_bytes())

    def _animate(self, motion: SkeletonMotion, first: int) -> None:
        self._channel(first, "translation", motion.pelvis_m, "VEC3")
        quaternions = motion.quaternions()
        for index in range(len(NODES)):
            self._channel(first + index, "rotation", quaternions[:, index], "VEC4")

    def _channel(self, node: int, path: str, values: np.ndarray, kind: str) -> None:
        gltf, animation = self._gltf, self._document.animations[0]
        output = self._accessor(values.astype(np.float32), kind)
        animation.samplers.append(
            gltf.AnimationSampler(input=self._times, output=output, interpolation="LINEAR")
        )
        target = gltf.AnimationChannelTarget(node=node, path=path)
        animation.channels.append(gltf.AnimationChannel(sampler=len(animation.samplers) - 1, target=target))

    def _body(self, motion: SkeletonMotion, first: int, name: str) -> Any:
        """The node with the skinned mesh."""
        gltf, document = self._gltf, self._document
        rest = motion.rest_m()
        inverse = np.tile(np.eye(4, dtype=np.float32), (len(NODES), 1, 1))
        inverse[:, 3, :3] = -rest  # column by column, so the translation is the last row
        document.skins.append(
            gltf.Skin(
                name=name,
                joints=list(range(first, first + len(NODES))),
                skeleton=first,
                inverseBindMatrices=self._accessor(inverse.reshape(-1, 16), "MAT4"),
            )
        )
        document.meshes.append(gltf.Mesh(name=name, primitives=[self._octahedra(rest)]))
        return gltf.Node(name=name, mesh=len(document.meshes) - 1, skin=len(document.skins) - 1)

    def _octahedra(self, rest: np.ndarray) -> Any:
        vertices, bones = bone_octahedra(rest)
        joints = np.zeros((len(vertices), 4), np.uint8)
        joints[:, 0] = bones
        weights = np.tile(np.array([1, 0, 0, 0], np.float32), (len(vertices), 1))
        faces = (_FACES + 6 * np.arange(len(vertices) // 6)[:, None, None]).astype(np.uint16)
        gltf = self._gltf
        return gltf.Primitive(
            attributes=gltf.Attributes(
                POSITION=self._accessor(vertices, "VEC3", bounds=True, target=_ARRAY_BUFFER),
                JOINTS_0=self._accessor(joints, "VEC4", target=_ARRAY_BUFFER),
                WEIGHTS_0=self._accessor(weights, "VEC4", target=_ARRAY_BUFFER),
            ),
            indices=self._accessor(faces.ravel(), "SCALAR", target=_ELEMENT_ARRAY_BUFFER),
        )

    def _accessor(
        self, values: np.ndarray, kind: str, bounds: bool = False, target: int | None = None
    ) -> int:
        """Append values [n] or [n,C] to the buffer; the number of their accessor."""
        document, gltf = self._document, self._gltf
        data = np.ascontiguousarray(values).tobytes()
        view = gltf.BufferView(buffer=0, byteOffset=len(self._blob), byteLength=len(data), target=target)
        document.bufferViews.append(view)
        self._blob += data + b"\0" * (-len(data) % 4)
        rows = values.reshape(len(values), -1)
        document.accessors.append(
            gltf.Accessor(
                bufferView=len(document.bufferViews) - 1,
                componentType={"f": FLOAT, "B": UNSIGNED_BYTE, "H": UNSIGNED_SHORT}[values.dtype.char],
                count=len(values),
                type=kind,
                min=rows.min(0).tolist() if bounds else None,
                max=rows.max(0).tolist() if bounds else None,
            )
        )
        return len(document.accessors) - 1


def bone_octahedra(rest_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Six vertices for every bone, [6 B,3] in the rest pose, and the number of the node each hangs from [6 B]."""
    vertices, bones = [], []
    for index, node in enumerate(NODES):
        if node.is_at_parent or node.parent < 0:
            continue
        start, bone = rest_m[node.parent], rest_m[index] - rest_m[node.parent]
        length = np.linalg.norm(bone)
        across = np.cross(bone, [0.0, 0.0, 1.0]) * _BONE_WIDTH
        deep = np.array([0.0, 0.0, length * _BONE_WIDTH])
        ring = [start + _MIDDLE * bone + side for side in (across, deep, -across, -deep)]
        vertices += [start, *ring, start + bone]
        bones += [node.parent] * 6
    return np.array(vertices, np.float32), np.array(bones)
