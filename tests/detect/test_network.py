import os
import subprocess
import sys

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from ganbodypose.detect.blazepose import landmarks, ssd
from ganbodypose.detect.blazepose.network import Network, keep_outputs
from ganbodypose.detect.weights import weights_path

ALL = {
    "landmarks": landmarks.LANDMARKS_SHAPE,
    "presence": landmarks.PRESENCE_SHAPE,
    "heatmap": landmarks.HEATMAP_SHAPE,
    "world": landmarks.WORLD_SHAPE,
    "segmentation": (1, 256, 256, 1),
}
USED = tuple(shape for name, shape in ALL.items() if name != "segmentation")


@pytest.fixture(scope="module")
def model(blazepose_weights: None) -> bytes:
    del blazepose_weights
    return weights_path("pose_landmark_full").read_bytes()


def operators(model: bytes) -> int:
    return schema.Model.GetRootAs(model, 0).Subgraphs(0).OperatorsLength()


def test_dropped_segmentation_leaves_the_other_outputs_bit_identical(model: bytes) -> None:
    whole, reduced = Network(model, tuple(ALL.values()), (0, 1)), Network(model, USED, (0, 1))
    pixels = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    whole.pixels[...] = reduced.pixels[...] = pixels
    expected = [view.copy() for view in whole()]
    for found, wanted in zip(reduced(), expected[:4], strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert np.ptp(expected[0]) > 0


def test_dropped_segmentation_drops_its_operators(model: bytes) -> None:
    whole, reduced = operators(model), operators(keep_outputs(model, USED))
    assert whole == 332 and reduced == 286
    assert operators(keep_outputs(model, (landmarks.PRESENCE_SHAPE,))) < reduced


def test_a_network_whose_outputs_are_all_used_stays_as_it_is(model: bytes) -> None:
    assert keep_outputs(model, tuple(ALL.values())) == model


def test_pixels_are_scaled_to_the_value_range(blazepose_weights: None) -> None:
    del blazepose_weights
    person = weights_path("pose_detection").read_bytes()
    network = Network(person, (ssd.BOXES_SHAPE, ssd.SCORES_SHAPE), (-1, 1))
    network.pixels[...] = np.resize(np.array([0, 51, 255], np.uint8), network.pixels.shape)
    network()
    np.testing.assert_allclose(network._input()[0, 0, 0], [-1, -0.6, 1], atol=1e-6)


def test_nothing_is_written_to_the_terminal_but_what_is_not_litert_s() -> None:
    """In a process of its own, because LiteRT announces itself only once."""
    code = """
import os
from ganbodypose.detect.blazepose import network
with network._without_chatter():
    os.write(2, b"INFO: noise\\nimportant\\n")
os.write(2, b"after\\n")
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ}
    )
    assert done.stderr == "important\nafter\n"
