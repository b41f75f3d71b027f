import torch

from ganbodypose.baselines.mean_pose import MeanPose
from ganbodypose.baselines.simple_baseline import SimpleBaseline


def test_mean_pose_answers_with_the_mean():
    targets = torch.randn(3, 4, 5, 17, 3)
    prediction, _ = MeanPose(targets)(torch.zeros(2, 6, 17, 5), torch.zeros(2, 6, 6))
    torch.testing.assert_close(prediction.joints_m[1, 3], targets.view(-1, 17, 3).mean(0))


def test_simple_baseline_sees_one_frame_only():
    torch.manual_seed(0)
    network = SimpleBaseline(width=32).eval()
    joints, condition = torch.randn(1, 5, 17, 5), torch.randn(1, 5, 6)
    changed = joints.clone()
    changed[:, 2] += 1
    before, after = (network(j, condition)[0].joints_m for j in (joints, changed))
    different = (before - after).abs().amax((0, 2, 3)) > 1e-4
    assert different.tolist() == [False, False, True, False, False]
