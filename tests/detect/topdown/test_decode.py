import numpy as np
import pytest

from ganbodypose.detect.topdown.decode import decode_heatmaps, decode_simcc

SIZE_WH = (192, 256)
PEAKS = np.array([[20.0, 31.0], [10.3, 44.7], [33.49, 12.5], [24.5, 8.01]])


def gaussians(peaks, width=48, height=64, sigma=2.0, amplitude=0.9):
    x, y = np.arange(width), np.arange(height)
    dx, dy = x - peaks[:, :1], y - peaks[:, 1:]
    return amplitude * np.exp(-(dy[:, :, None] ** 2 + dx[:, None, :] ** 2) / (2 * sigma**2))


def test_heatmap_peaks_between_cells_are_exact():
    xy, confidence = decode_heatmaps(gaussians(PEAKS), SIZE_WH)
    np.testing.assert_allclose(xy, 4 * PEAKS, atol=1e-6)
    assert (confidence > 0.8).all() and confidence[0] == pytest.approx(0.9)


def test_oblique_peaks_are_exact_too():
    x, y = np.meshgrid(np.arange(48), np.arange(64))
    d = np.stack([x - 20.4, y - 30.3], -1)
    heatmap = np.exp(-0.5 * np.einsum("hwi,ij,hwj->hw", d, [[0.4, 0.15], [0.15, 0.2]], d))
    np.testing.assert_allclose(decode_heatmaps(heatmap[None], SIZE_WH)[0][0], [4 * 20.4, 4 * 30.3], atol=1e-6)


def test_unbiased_data_processing_spans_the_last_pixel():
    xy, _ = decode_heatmaps(gaussians(np.array([[47.0, 63.0]])), SIZE_WH, udp=True)
    np.testing.assert_allclose(xy, [[191, 255]])


def test_peaks_at_the_border_and_flat_maps_stay_on_their_cell():
    maps = np.zeros((2, 64, 48))
    maps[0, 0, 47] = 1
    xy, confidence = decode_heatmaps(maps, SIZE_WH)
    assert xy.tolist() == [[188, 0], [0, 0]] and confidence.tolist() == [1, 0]


def test_noise_moves_a_peak_by_one_cell_at_most():
    noise = np.random.default_rng(0).normal(size=(50, 64, 48))
    xy, _ = decode_heatmaps(noise, SIZE_WH)
    rows, columns = np.unravel_index(noise.reshape(50, -1).argmax(1), (64, 48))
    assert (np.abs(xy / 4 - np.stack([columns, rows], 1)) <= 1).all()


def test_simcc_peaks_between_bins_are_exact():
    true = np.array([[40.2, 100.1], [150.75, 20.0]])
    bins = [np.arange(2 * n) for n in SIZE_WH]
    x, y = (0.8 - (b - 2 * true[:, [i]]) ** 2 / 50 for i, b in enumerate(bins))
    xy, confidence = decode_simcc(x, y - 0.3, SIZE_WH)
    np.testing.assert_allclose(xy, true, atol=1e-9)
    np.testing.assert_allclose(confidence, 0.5, atol=0.01)


def test_simcc_peak_in_the_first_and_last_bin():
    x, y = np.zeros((1, 384)), np.zeros((1, 512))
    x[0, 0], y[0, -1] = 1, 1
    assert decode_simcc(x, y, SIZE_WH)[0].tolist() == [[0, 255.5]]
