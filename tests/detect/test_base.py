import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.detect import DETECTORS, create_detector
from ganbodypose.detect.base import Region


def test_region_takes_any_pair_as_its_centre() -> None:
    assert Region([3, 4], 10.0).center_px.dtype == np.float64


@pytest.mark.parametrize("center", [[1, 2, 3], [[1, 2]], 5])
def test_region_refuses_a_centre_that_is_no_point(center: object) -> None:
    with pytest.raises(ValueError, match="center_px"):
        Region(np.asarray(center, float), 10.0)


@pytest.mark.parametrize(
    ("center", "size", "turn"), [((np.nan, 0), 1, 0), ((0, 0), np.inf, 0), ((0, 0), 1, np.nan)]
)
def test_region_refuses_what_is_not_finite(center: tuple[float, float], size: float, turn: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Region(np.array(center), size, turn)


def test_unknown_detector_lists_the_choices() -> None:
    with pytest.raises(UserError) as error:
        create_detector("openpose")
    assert all(name in str(error.value) for name in ("openpose", *DETECTORS))
