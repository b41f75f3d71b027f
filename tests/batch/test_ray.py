"""A Ray cluster of several local nodes, one of which dies in the middle: every result is there, each exactly once."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fake_work
import pytest

from ganbodypose.batch.journal import MANIFEST
from ganbodypose.batch.ray_cluster import RayCluster
from ganbodypose.batch.run import BatchOptions, run_batch
from ganbodypose.core import UserError
from ganbodypose.io.results import load
from ganbodypose.jobs.options import RunOptions

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
VIDEOS, NODES = 20, 3
PATIENCE_S, STORE_BYTES = 300, 100_000_000


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ray gives a node half a minute to start, of which on a busy machine nothing comes; part of it cannot be set."""
    monkeypatch.setenv("RAY_gcs_server_port_wait_time_s", str(PATIENCE_S))
    monkeypatch.setenv("RAY_worker_register_timeout_seconds", str(PATIENCE_S))
    monkeypatch.setenv(
        "RAY_health_check_timeout_ms", "60000"
    )  # of who is slow; who is dead is noticed at once
    services = pytest.importorskip("ray._private.services")
    get_node = services.get_node

    def get_node_in_time(*given: Any, **named: Any) -> Any:
        until_s = time.monotonic() + PATIENCE_S
        while True:
            try:
                return get_node(*given, **named)
            except RuntimeError:
                if time.monotonic() > until_s:
                    raise
                time.sleep(0.5)

    monkeypatch.setattr(services, "get_node", get_node_in_time)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, patience: None) -> Iterator[Any]:
    """Nodes of one CPU each, whose workers can import the tests' fakes."""
    del patience
    folders = [str(Path(fake_work.__file__).parent), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, folders)))
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    Cluster = pytest.importorskip("ray.cluster_utils").Cluster
    head = {"num_cpus": 1, "include_dashboard": False, "object_store_memory": STORE_BYTES}
    nodes = Cluster(initialize_head=True, head_node_args=head)
    for _ in range(NODES - 1):
        nodes.add_node(wait=False, num_cpus=1, object_store_memory=STORE_BYTES)
    nodes.wait_for_nodes(PATIENCE_S)
    yield nodes
    nodes.shutdown()


def _kill_a_node_when_done(cluster: Any, out: Path, videos: int) -> None:
    while len(list(out.glob("*/done.json"))) < videos:
        time.sleep(0.05)
    cluster.remove_node(cluster.list_all_nodes()[-1], allow_graceful=False)


def test_a_node_dies_and_no_result_is_lost(
    cluster: Any, make_video: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ganbodypose.batch.run.provide", lambda _: None)
    clip, source, out = make_video(frames=30, size_wh=(320, 240)), tmp_path / "in", tmp_path / "out"
    source.mkdir()
    for k in range(VIDEOS):
        shutil.copy(clip, source / f"{k:02d}.mp4")
    (source / "07.mp4").write_bytes(b"broken")
    killer = threading.Thread(target=_kill_a_node_when_done, args=(cluster, out, VIDEOS // 4), daemon=True)
    killer.start()
    options = BatchOptions(RunOptions(overlay=False, report=False), ray=cluster.address, table=False)
    summary = run_batch([str(source)], out, options, work=fake_work.with_fake_detector)
    assert not killer.is_alive(), "the node was not killed while the batch was at work"
    assert (len(summary.done), len(summary.failed)) == (VIDEOS - 1, 1)
    lines = [json.loads(line) for line in (out / MANIFEST).read_text().splitlines()]
    assert Counter(line["name"] for line in lines) == Counter(f"{k:02d}" for k in range(VIDEOS))
    assert all(len(load(out / line["name"] / "poses.npz")) for line in summary.done)
    assert not list(out.rglob(".unfinished-*"))


def test_a_lost_process_is_tried_again_on_this_computer(make_task: Callable, cluster: Any) -> None:
    executor = RayCluster(fake_work.as_named, cluster.address, limit_s=120)
    try:
        assert executor.slots == NODES
        executor.start(make_task("kill"))
        outcome = executor.next_outcome()
    finally:
        executor.close()
    assert outcome.again
    assert "process was lost" in str(outcome.error)


def test_no_cluster_is_one_sentence() -> None:
    pytest.importorskip("ray")
    with pytest.raises(UserError, match="There is no Ray cluster"):
        RayCluster(fake_work.echo, "127.0.0.1:1", limit_s=1)
