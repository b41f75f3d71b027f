"""AMASS files with a body model written here, against the model's own code (smplx)."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ganbodypose.core import UserError
from ganbodypose.datasets.amass import MODELS_VARIABLE, read_amass
from ganbodypose.datasets.threedpw import SMPL_24
from ganbodypose.skeletons import H36M_17, skeleton_map

RNG = np.random.default_rng(0)
VERTICES, SHAPES, FRAMES = 6890, 16, 4


def write_model(path: Path, **changes: Any) -> Path:
    """A body of random vertices with SMPL+H's tree: 22 body joints and 15 of each hand."""
    parents = [*SMPL_24.parents[:22], *[20] * 15, *[21] * 15]
    regressor = RNG.random((52, VERTICES))
    content = {
        "v_template": RNG.normal(0, 0.4, (VERTICES, 3)),
        "shapedirs": RNG.normal(0, 0.01, (VERTICES, 3, SHAPES)),
        "J_regressor": regressor / regressor.sum(1, keepdims=True) + RNG.normal(0, 0.01, (52, VERTICES)),
        "posedirs": np.zeros((VERTICES, 3, 459)),
        "weights": np.full((VERTICES, 52), 1 / 52),
        "kintree_table": np.array([parents, range(52)]),
        "f": np.zeros((4, 3), np.int64),
        **{f"hands_components{side}": np.eye(45) for side in "lr"},
        **{f"hands_mean{side}": np.zeros(45) for side in "lr"},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{k: v for k, v in (content | changes).items() if v is not None})
    return path


def motion() -> dict[str, Any]:
    return {
        "poses": RNG.normal(0, 0.5, (FRAMES, 156)),
        "trans": RNG.normal(0, 1, (FRAMES, 3)),
        "betas": RNG.normal(0, 1, SHAPES),
        "dmpls": np.zeros((FRAMES, 8)),
        "gender": np.array("female"),
        "mocap_framerate": np.array(120.0),
    }


def write_motion(folder: Path, **changes: Any) -> tuple[Path, dict[str, Any]]:
    content = motion() | changes
    path = folder / "CMU" / "01" / "01_01_poses.npz"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **{k: v for k, v in content.items() if v is not None})
    np.savez(path.with_name("shape.npz"), betas=np.zeros(16))  # lies beside the motions
    return path, content


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("models") / "smplh" / "SMPLH_FEMALE.npz").parent.parent


def by_smplx(models: Path, content: dict[str, Any]) -> np.ndarray:
    smplx = pytest.importorskip("smplx")
    model = smplx.create(
        str(models), "smplh", gender="female", ext="npz", use_pca=False, flat_hand_mean=True, num_betas=10
    )
    poses = torch.tensor(content["poses"], dtype=torch.float32)
    output = model(
        betas=torch.tensor(content["betas"][:10], dtype=torch.float32)[None].expand(FRAMES, -1),
        global_orient=poses[:, :3],
        body_pose=poses[:, 3:66],
        left_hand_pose=poses[:, 66:111],
        right_hand_pose=poses[:, 111:156],
        transl=torch.tensor(content["trans"], dtype=torch.float32),
    )
    return output.joints[:, :24].detach().numpy()


def test_joints_are_those_of_smplx(tmp_path: Path, models: Path) -> None:
    betas = RNG.normal(0, 1, SHAPES)
    betas[10:] = 0  # smplx takes ten of SMPL+H's sixteen
    _, content = write_motion(tmp_path, betas=betas)
    (clip,) = read_amass(tmp_path, models)
    assert (clip.name, clip.subject, clip.fps) == ("CMU/01/01_01_poses", "CMU/01", 120)
    reference = by_smplx(models, content)
    reference[:, 22:] = 0  # hands, which no joint of ours is made from
    np.testing.assert_allclose(clip.joints_m, skeleton_map(SMPL_24, H36M_17) @ reference, atol=2e-4)


def test_smplx_files(tmp_path: Path, models: Path) -> None:
    """The SMPL-X form of the same motion, with a model of that name."""
    (models / "smplx").mkdir(exist_ok=True)
    (models / "smplx" / "SMPLX_FEMALE.npz").write_bytes((models / "smplh" / "SMPLH_FEMALE.npz").read_bytes())
    content = motion()
    poses = content.pop("poses")
    rate = content.pop("mocap_framerate")
    content |= {"root_orient": poses[:, :3], "pose_body": poses[:, 3:66], "mocap_frame_rate": rate}
    np.savez(tmp_path / "walk_stageii.npz", **content)
    (clip,) = read_amass(tmp_path, models)
    write_motion(tmp_path / "h", **(content | {"poses": poses, "root_orient": None, "pose_body": None}))
    (same,) = read_amass(tmp_path / "h", models)
    np.testing.assert_array_equal(clip.joints_m, same.joints_m)


def test_without_a_model_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_motion(tmp_path)
    monkeypatch.delenv(MODELS_VARIABLE, raising=False)
    with pytest.raises(UserError, match=f"needs a body model of your own licence.*{MODELS_VARIABLE}"):
        next(read_amass(tmp_path))
    monkeypatch.setenv(MODELS_VARIABLE, str(tmp_path / "nothing"))
    with pytest.raises(UserError, match=r"SMPLH_FEMALE.npz .* is missing"):
        next(read_amass(tmp_path))
    with pytest.raises(UserError, match=r"No motion \(\*.npz\) lies in"):
        next(read_amass(tmp_path / "nothing", tmp_path))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"poses": np.zeros((4, 60))}, r"'poses' must be numbers \[any,156\]"),
        ({"poses": None}, "'poses' is missing"),
        ({"trans": np.zeros((3, 3))}, r"'trans' must be numbers \[4,3\]"),
        ({"gender": np.array("x")}, "'gender' must be male, female or neutral, not 'x'"),
        ({"mocap_framerate": np.array(0.0)}, "'mocap_framerate' must be a positive frame rate"),
        ({"betas": np.zeros(99)}, "'betas' has 99 numbers, but .* knows 16 shapes"),
        ({"betas": np.array([None], object)}, "'betas' cannot be read .Object arrays"),
    ],
)
def test_malformed_motion(tmp_path: Path, models: Path, changes: dict[str, Any], message: str) -> None:
    path, _ = write_motion(tmp_path, **changes)
    with pytest.raises(UserError, match=f"{path}: field {message}"):
        list(read_amass(tmp_path, models))


def test_malformed_model(tmp_path: Path) -> None:
    write_motion(tmp_path / "data")
    path = write_model(tmp_path / "female" / "model.npz", J_regressor=np.zeros((3, VERTICES)))
    with pytest.raises(UserError, match=f"{path}: field 'J_regressor' must have at least 22 rows, not 3"):
        list(read_amass(tmp_path / "data", tmp_path))
