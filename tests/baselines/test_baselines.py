import pytest
import torch
from torch import nn

from ganbodypose.baselines.common import cut, join, windows_around
from ganbodypose.baselines.eca_hrnet import EcaHrnet, drawn, soft_argmax
from ganbodypose.baselines.lstm3d import Lstm3d, rings
from ganbodypose.baselines.mean_pose import MeanPose
from ganbodypose.baselines.motionagformer import MotionAGFormer
from ganbodypose.baselines.pstmo import PStmo
from ganbodypose.baselines.sim_pose import SimPose, keypoint_motion
from ganbodypose.baselines.simple_baseline import SimpleBaseline
from ganbodypose.baselines.st_gcn import StGcn, spatial_partition
from ganbodypose.baselines.trajectory_net import TrajectoryNet
from ganbodypose.baselines.vibe import MotionDiscriminator, Vibe
from ganbodypose.baselines.videopose3d import VideoPose3D
from ganbodypose.skeletons import H36M_17

SMALL = {
    "simple_baseline": lambda: SimpleBaseline(width=32),
    "videopose3d": lambda: VideoPose3D(levels=2, width=32),
    "videopose3d_causal": lambda: VideoPose3D(levels=2, width=32, causal=True),
    "p_stmo": lambda: PStmo(levels=2, layers=1),
    "st_gcn": lambda: StGcn(channels=(8, 8, 16)),
    "lstm_3d": lambda: Lstm3d(width=32),
    "trajectory_net": lambda: TrajectoryNet(frames=9, width=32, blocks=1),
    "vibe": lambda: Vibe(channels=64, width=32),
    "sim_pose": lambda: SimPose(width=32),
    "eca_hrnet": lambda: EcaHrnet(channels=4, stages=1, width=32),
    "motionagformer": lambda: MotionAGFormer(frames=9, channels=16, layers=1, head_width=64),
}
CAUSAL = ("simple_baseline", "sim_pose", "eca_hrnet", "videopose3d_causal", "lstm_3d", "vibe")
STREAMING = ("videopose3d_causal", "lstm_3d", "vibe")


def made(name):
    torch.manual_seed(0)
    network = SMALL[name]()
    for key, parameter in network.named_parameters():
        if "scales." in key:  # MotionAGFormer starts its layers at 1e-5, which hides them from the tests
            nn.init.ones_(parameter)
    return network


def inputs(frames, batch=2):
    generator = torch.Generator().manual_seed(1)
    joints = torch.randn(batch, frames, 17, 5, generator=generator)
    return joints, torch.randn(batch, frames, 6, generator=generator)


def frames_that_change(network, frames, touched):
    """Which frames of the answer change when the frames `touched` of the input do."""
    joints, condition = inputs(frames)
    changed = joints.clone()
    changed[:, touched] += 1
    with torch.no_grad():
        before, after = (network.eval()(j, condition)[0].joints_m for j in (joints, changed))
    return ((before - after).abs().amax((0, 2, 3)) > 1e-6).nonzero().flatten().tolist()


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("frames", [1, 7, 9, 21])
def test_any_number_of_frames_gives_one_pose_each(name, frames):
    prediction, _ = made(name).eval()(*inputs(frames))
    assert prediction.joints_m.shape == (2, frames, 17, 3) and prediction.log_error.shape == (2, frames, 16)
    assert torch.isfinite(prediction.joints_m).all() and (prediction.joints_m[:, :, 0] == 0).all()


@pytest.mark.parametrize("name", SMALL)
def test_a_few_windows_can_be_learned_by_heart(name):
    network = made(name)
    joints, condition = inputs(9)
    target = 0.3 * joints[..., :3] - 0.3 * joints[:, :, :1, :3]
    optimizer = torch.optim.Adam(network.parameters(), 5e-3)
    losses = []
    for _ in range(40):
        prediction, _ = network.train()(joints, condition)
        loss = (prediction.joints_m - target).norm(dim=-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert min(losses[-5:]) < 0.6 * losses[0]


@pytest.mark.parametrize("name", CAUSAL)
def test_the_future_does_not_change_the_present(name):
    assert frames_that_change(made(name), 14, slice(8, None))[0] == 8


@pytest.mark.parametrize("name", sorted(SMALL.keys() - set(CAUSAL)))
def test_the_others_do_see_the_future(name):
    assert frames_that_change(made(name), 14, slice(8, None))[0] < 8


@pytest.mark.parametrize("name", STREAMING)
def test_frame_by_frame_equals_the_whole_clip(name):
    network = made(name).eval()
    joints, condition = inputs(20)
    whole, _ = network(joints, condition)
    memory, steps = None, []
    for t in range(20):
        prediction, memory = network(joints[:, t : t + 1], condition[:, t : t + 1], memory)
        steps.append(prediction.joints_m)
    torch.testing.assert_close(torch.cat(steps, 1), whole.joints_m, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["videopose3d", "p_stmo"])
def test_a_pose_depends_on_the_frames_of_its_window_only(name):
    assert frames_that_change(made(name), 20, [10]) == list(range(6, 15))


def test_simple_baseline_sees_one_frame_only():
    assert frames_that_change(made("simple_baseline"), 20, [10]) == [10]


@pytest.mark.parametrize("name", ["trajectory_net", "motionagformer"])
def test_segments_do_not_see_each_other(name):
    assert frames_that_change(made(name), 18, [10]) == list(range(9, 18))


def test_causal_edges_are_the_repeated_first_frame():
    network = made("videopose3d_causal").eval()
    joints, condition = inputs(12)
    long = [torch.cat([x[:, :1].expand(-1, 20, *x.shape[2:]), x], 1) for x in (joints, condition)]
    torch.testing.assert_close(network(joints, condition)[0].joints_m, network(*long)[0].joints_m[:, 20:])


@pytest.mark.parametrize("steps", [1, 4, 5, 9, 10, 12])
def test_joined_segments_are_the_clip(steps):
    x = torch.arange(2 * steps * 3).view(2, steps, 3)
    torch.testing.assert_close(join(cut(x, 5), steps), x)


def test_windows_are_centred_and_repeat_the_edges():
    x = torch.arange(4.0).view(1, 4, 1)
    assert windows_around(x, 3)[0, :, :, 0].tolist() == [[0, 0, 1], [0, 1, 2], [1, 2, 3], [2, 3, 3]]


def test_only_the_error_head_learns_from_the_error():
    for name in SMALL:
        network = made(name)
        network(*inputs(9))[0].log_error.sum().backward()
        touched = {key for key, p in network.named_parameters() if p.grad is not None and p.grad.any()}
        assert touched and all("error." in key for key in touched), name


def test_propagation_goes_from_the_centre_to_the_ends():
    names = [[H36M_17.joints[j] for j in ring] for ring in rings()]
    assert names[0] == ["right_hip", "left_hip", "spine"] and names[-1] == ["left_wrist", "right_wrist"]
    network = made("lstm_3d").eval()
    with torch.no_grad():
        network.lstms[1].joints.bias += 1  # second ring: it must not change the first, but all after it
    before, after = (n(*inputs(5))[0].joints_m for n in (made("lstm_3d").eval(), network))
    changed = ((before - after).abs().amax((0, 1, 3)) > 1e-6).tolist()
    assert [j for j in range(1, 17) if not changed[j]] == sorted(rings()[0])


def test_graph_parts_hold_the_joint_itself_its_parent_and_its_children():
    A = spatial_partition()
    knee, hip, ankle = H36M_17.indices("left_knee", "left_hip", "left_ankle")
    row = A[:, knee] > 0
    assert [part.nonzero().flatten().tolist() for part in row] == [[knee], [hip], [ankle]]
    torch.testing.assert_close(A.sum((0, 2)), torch.ones(17))


def test_keypoints_drawn_as_heatmaps_can_be_read_again():
    joints = torch.tensor([[[0.5, -1.2, 0, 0, 1.0], [1.7, 0.3, 0, 0, 1.0]]])
    read = soft_argmax(drawn(joints).clamp(min=1e-30).log())
    torch.testing.assert_close(read, joints[..., :2], rtol=0, atol=0.02)


def test_keypoint_motion_is_zero_where_a_joint_was_not_seen():
    joints, _ = inputs(12)
    joints[..., 4] = 1
    joints[:, 5, 3, 4] = 0
    motion = keypoint_motion(joints).unflatten(-1, (4, 17, 2))
    assert (motion[:, 9, 2, 3] == 0).all() and (motion[:, 9, 2, 4] != 0).all()
    torch.testing.assert_close(motion[:, 9, 0], joints[:, 9, :, :2] - joints[:, 8, :, :2])


def test_masked_pose_model_sees_only_what_is_kept_and_learns():
    torch.manual_seed(0)
    task = PStmo(levels=2, layers=1).pretraining()
    joints, condition = inputs(9, batch=8)
    joints[..., 4] = 1
    optimizer = torch.optim.Adam(task.parameters(), 3e-3)
    losses = []
    for _ in range(40):
        loss = task(joints, condition)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert sum(losses[-5:]) < 0.9 * sum(losses[:5])
    trained = {name for name, p in task.network.named_parameters() if p.grad is not None}
    assert trained and all(name.startswith(("spatial.", "temporal.")) for name in trained)


def test_masked_pose_model_ignores_unseen_joints():
    torch.manual_seed(0)
    task = PStmo(levels=2, layers=1).pretraining().eval()
    joints, condition = inputs(9)
    joints[..., 4] = 0
    assert task(joints, condition) == 0


def test_motion_discriminator_judges_a_whole_motion():
    judge = MotionDiscriminator(width=16).eval()
    motion = torch.randn(3, 12, 48)
    assert judge(motion).shape == (3,)
    assert not torch.allclose(judge(motion), judge(motion.flip(1)))


def test_mean_pose_answers_with_the_mean():
    targets = torch.randn(3, 4, 5, 17, 3)
    prediction, _ = MeanPose(targets)(torch.zeros(2, 6, 17, 5), torch.zeros(2, 6, 6))
    torch.testing.assert_close(prediction.joints_m[1, 3], targets.view(-1, 17, 3).mean(0))
