"""USD (.usda, .usdc, .usd), for Omniverse, Houdini, Maya and Apple's tools, through usd-core: UsdSkel skeletons.

Metres and y up, as the stage says (`tracks.Y_UP`); time codes are frame numbers at the recording's rate. Everybody
is /person_N, a SkelRoot with a Skeleton of `geometry.kinematics.NODES` with constant bones and a SkelAnimation.

Format: https://openusd.org/release/api/_usd_skel__page_front.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError, average_fps
from ganbodypose.geometry.kinematics import NODES
from ganbodypose.io.atomic import replacing
from ganbodypose.io.formats.extras import need
from ganbodypose.io.formats.skeleton_motion import SkeletonMotion, motions_of, rig_joints
from ganbodypose.io.formats.tracks import (
    AXES_NOTE,
    Z_TO_Y_UP,
    Track,
    WriteOptions,
    people_among,
    sequence_of_all,
    tracks_of,
)


def write_usd(path: Path, sequence: PoseSequence, options: WriteOptions | None = None) -> tuple[str, ...]:
    """Write everybody, or one person; returns what was done to the data, one clause each.

    UserError when nobody has all joints.
    """
    usd, tf = need("pxr.Usd", "USD", "usd"), need("pxr.Tf", "USD", "usd")
    people, notes = motions_of(tracks_of(sequence, options or WriteOptions()))
    with replacing(path) as part:
        part.touch()  # USD would make the folder, and has no words for what is wrong with it
        try:
            _save(usd, part, people)
        except tf.ErrorException as error:
            raise OSError(f"USD reports an error ({str(error).strip().splitlines()[0]})") from error
    return (*notes, f"in metres; {AXES_NOTE}")


def _save(usd: Any, path: Path, people: Sequence[tuple[Track, SkeletonMotion]]) -> None:
    first, _ = people[0]
    stage = _stage(usd, path, first)
    for track, motion in people:
        _add_person(stage, motion, f"/person_{track.track_id}", track.start_s * track.fps)
    stage.SetDefaultPrim(stage.GetPrimAtPath(f"/person_{first.track_id}"))
    stage.GetRootLayer().Save()


def _stage(usd: Any, path: Path, track: Track) -> Any:
    geom = need("pxr.UsdGeom", "USD", "usd")
    stage = usd.Stage.CreateNew(str(path))
    geom.SetStageUpAxis(stage, geom.Tokens.y)
    geom.SetStageMetersPerUnit(stage, 1.0)
    stage.SetTimeCodesPerSecond(track.fps)
    stage.SetFramesPerSecond(track.fps)
    start = track.start_s * track.fps
    stage.SetStartTimeCode(start)
    stage.SetEndTimeCode(start + len(track.joints_m) - 1)
    return stage


def _add_person(stage: Any, motion: SkeletonMotion, path: str, start: float) -> None:
    skel, vt, gf = (need(f"pxr.{name}", "USD", "usd") for name in ("UsdSkel", "Vt", "Gf"))
    skel.Root.Define(stage, path)
    skeleton = skel.Skeleton.Define(stage, f"{path}/Skeleton")
    animation = skel.Animation.Define(stage, f"{path}/Skeleton/Animation")
    joints = [_joint_path(index) for index in range(len(NODES))]
    skeleton.CreateJointsAttr(joints)
    skeleton.CreateRestTransformsAttr(_translations(vt, gf, motion.offsets_m))
    skeleton.CreateBindTransformsAttr(_translations(vt, gf, motion.rest_m()))
    animation.CreateJointsAttr(joints)
    animation.CreateScalesAttr(vt.Vec3hArray([gf.Vec3h(1, 1, 1)] * len(NODES)))
    translations, rotations = animation.CreateTranslationsAttr(), animation.CreateRotationsAttr()
    offsets = motion.offsets_m.copy()
    for frame, (pelvis, quaternions) in enumerate(zip(motion.pelvis_m, motion.quaternions(), strict=True)):
        offsets[0] = pelvis
        translations.Set(vt.Vec3fArray([gf.Vec3f(*each) for each in offsets.tolist()]), start + frame)
        rotations.Set(
            vt.QuatfArray([gf.Quatf(w, x, y, z) for x, y, z, w in quaternions.tolist()]), start + frame
        )
    binding = skel.BindingAPI.Apply(skeleton.GetPrim())
    binding.CreateAnimationSourceRel().SetTargets([animation.GetPath()])


def _joint_path(index: int) -> str:
    node = NODES[index]
    return node.name if node.parent < 0 else f"{_joint_path(node.parent)}/{node.name}"


def _translations(vt: Any, gf: Any, places: np.ndarray) -> Any:
    return vt.Matrix4dArray([gf.Matrix4d().SetTranslate(gf.Vec3d(*place)) for place in places.tolist()])


def read_usd(path: Path) -> PoseSequence:
    """Everybody who is an animated UsdSkel skeleton with names of joints, of any program's file.

    UserError when the file is malformed, holds no animated skeleton, or nobody has a pelvis or hips.
    """
    stage = _open(path)
    moving = _moving_skeletons(stage)
    codes = np.array(
        max((q.GetAnimQuery().GetJointTransformTimeSamples() for q in moving), key=len, default=[])
    )
    if not len(codes):
        raise UserError(f"{path} holds no animated skeleton (UsdSkel); export it with its animation.")
    rate = stage.GetTimeCodesPerSecond()
    fps = rate * average_fps(len(codes) - 1, codes[-1] - codes[0]) if len(codes) > 1 else rate
    people = people_among(moving, lambda query: _joints(path, stage, query, codes))
    start_s = float(codes[0] / rate)
    tracks = [
        Track(
            joints,
            np.full(joints.shape[:2], np.nan),
            fps,
            start_s,
            round(start_s * fps),
            track_id=_told_id(query, otherwise=number),
        )
        for number, (query, joints) in enumerate(people, start=1)
    ]
    return sequence_of_all(tracks, codes / rate)


def _open(path: Path) -> Any:
    usd, tf = need("pxr.Usd", "USD", "usd"), need("pxr.Tf", "USD", "usd")
    if not path.is_file():
        raise UserError(f"{path} does not exist; check the path.")
    try:
        return usd.Stage.Open(str(path))
    except tf.ErrorException as error:
        raise UserError(f"{path} is malformed or no USD file; export it again.") from error


def _moving_skeletons(stage: Any) -> list[Any]:
    """Queries (UsdSkel) of the skeletons that an animation is bound to."""
    usd, skel = need("pxr.Usd", "USD", "usd"), need("pxr.UsdSkel", "USD", "usd")
    cache = skel.Cache()
    for prim in stage.Traverse():
        if prim.IsA(skel.Root):
            cache.Populate(skel.Root(prim), usd.PrimDefaultPredicate)
    skeletons = [skel.Skeleton(prim) for prim in stage.Traverse() if prim.IsA(skel.Skeleton)]
    queries = [cache.GetSkelQuery(skeleton) for skeleton in skeletons]
    return [query for query in queries if query.GetAnimQuery()]


def _joints(path: Path, stage: Any, query: Any, codes: np.ndarray) -> np.ndarray:
    """[T,17,3] y up; UserError when the skeleton is nobody's."""
    usd, geom = need("pxr.Usd", "USD", "usd"), need("pxr.UsdGeom", "USD", "usd")
    prim = query.GetPrim()
    places = np.empty((len(codes), len(query.GetJointOrder()), 3))
    for frame, code in enumerate(codes):
        matrices = np.array(query.ComputeJointSkelTransforms(usd.TimeCode(code)))  # rows: [v 1] M
        to_world = np.array(geom.Xformable(prim).ComputeLocalToWorldTransform(usd.TimeCode(code)))
        places[frame] = (matrices @ to_world)[:, 3, :3]
    places *= geom.GetStageMetersPerUnit(stage)
    if geom.GetStageUpAxis(stage) == geom.Tokens.z:
        places = places @ Z_TO_Y_UP.T
    names = [str(joint).rpartition("/")[2] for joint in query.GetJointOrder()]
    return rig_joints(names, places, path)


def _told_id(query: Any, otherwise: int) -> int:
    told = re.search(r"/person_(\d+)/", f"{query.GetPrim().GetPath()}/")
    return int(told[1]) if told else otherwise
