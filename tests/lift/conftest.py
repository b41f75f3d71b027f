from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="session")
def tiny_network(tmp_path_factory) -> Path:
    """An exported network with random weights: enough to test everything around it."""
    import torch

    from ganbodypose.model.config import NetworkConfig
    from ganbodypose.model.network import GanBodyPose
    from ganbodypose.quality.calibration import fit_calibration
    from ganbodypose.quality.signals import SIGNALS
    from ganbodypose.training.export import export

    torch.manual_seed(0)
    config = NetworkConfig(
        grid_channels=(4, 4), part_channels=8, mix_channels=8, attention_window=4, attention_heads=2
    )
    rng = np.random.default_rng(0)
    raw = rng.uniform(0.02, 0.2, (2000, 17))
    path = tmp_path_factory.mktemp("network") / "tiny.onnx"
    signals = np.concatenate([np.log(raw)[..., None], rng.random((*raw.shape, len(SIGNALS) - 1))], -1)
    export(GanBodyPose(config).eval(), path, fit_calibration(signals, rng.exponential(raw)))
    return path
