"""Importing is quick and light, and nothing but model, baselines and training needs torch."""

from __future__ import annotations

import json
import pkgutil
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import ganbodypose

ROOT = Path(__file__).parents[1]
HEAVY = {"torch", "cv2", "av", "onnxruntime", "ai_edge_litert", "scipy"}
NEED_TORCH = (
    "ganbodypose.model",
    "ganbodypose.baselines",
    "ganbodypose.training",
    "ganbodypose.experiments",
)

BLOCK_TORCH = """
import sys

class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "onnx"):
            raise ModuleNotFoundError(f"blocked: {name}")

sys.meta_path.insert(0, NoTorch())
"""


def _python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _heavy_after(code: str) -> set[str]:
    """Which heavy packages are loaded once `code` has run."""
    done = _python(f"import json, sys\n{code}\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)")
    assert done.returncode == 0, done.stderr
    return HEAVY & set(json.loads(done.stderr.splitlines()[-1]))


def test_import_loads_nothing_heavy() -> None:
    assert _heavy_after("import ganbodypose; ganbodypose.PoseSequence, ganbodypose.UserError") == set()


def test_help_loads_nothing_heavy() -> None:
    code = "from ganbodypose import cli\nsys.argv = ['ganbodypose', 'run', '--help']\n"
    assert _heavy_after(code + "try: cli.main()\nexcept SystemExit: pass") == set()


@pytest.mark.parametrize("job", ["run", "live"])
def test_the_first_result_need_not_wait_for_scipy(job: str) -> None:
    assert "scipy" not in _heavy_after(f"import ganbodypose.jobs.{job}")


def test_the_check_for_heavy_packages_can_fail() -> None:
    assert "cv2" in _heavy_after("import cv2")


def _median_seconds(code: str) -> float:
    """Of processor time, which a busy machine does not change."""
    timed = f"import time; t = time.process_time()\n{code}\nprint(time.process_time() - t)"
    return statistics.median(float(_python(timed).stdout.splitlines()[-1]) for _ in range(5))


def test_import_is_quick() -> None:
    assert _median_seconds("import ganbodypose") < 0.5


def test_the_check_for_speed_can_fail() -> None:
    assert _median_seconds("while time.process_time() - t < 0.5: pass") >= 0.5


def _modules_without_torch() -> list[str]:
    found = pkgutil.walk_packages(ganbodypose.__path__, "ganbodypose.", onerror=lambda _: None)
    return [module.name for module in found if not module.name.startswith(NEED_TORCH)]


def test_every_other_module_can_be_imported_without_torch() -> None:
    modules = _modules_without_torch()
    assert {"ganbodypose.cli", "ganbodypose.estimator", "ganbodypose.lift.engine"} <= set(modules)
    done = _python(BLOCK_TORCH + "".join(f"import {name}\n" for name in modules))
    assert done.returncode == 0, done.stderr


def test_run_works_without_torch(demo_video: Path, blazepose_weights: None, tmp_path: Path) -> None:
    del blazepose_weights
    code = BLOCK_TORCH + "from ganbodypose.cli import main\nmain()"
    done = _python(code, "run", demo_video, "--end", "0.3", "--out", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["frames_per_person"]
    assert len(ganbodypose.load(tmp_path / "poses.npz")) > 0


def test_the_block_of_torch_works() -> None:
    done = _python(BLOCK_TORCH + "import ganbodypose.model.network")
    assert done.returncode != 0
    assert "blocked: torch" in done.stderr


def _lint_imports(config: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", code, "--config", str(config), "--no-cache"]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)


def test_imports_go_down_only() -> None:
    done = _lint_imports(ROOT / "pyproject.toml")
    assert done.returncode == 0, done.stdout


def test_the_import_contracts_can_fail(tmp_path: Path) -> None:
    config = tmp_path / "contract.ini"
    config.write_text(
        "[importlinter]\nroot_package = ganbodypose\n[importlinter:contract:1]\nname = upside down\n"
        "type = forbidden\nsource_modules = ganbodypose.core\nforbidden_modules = ganbodypose.skeletons\n"
    )
    done = _lint_imports(config)
    assert done.returncode != 0
    assert "ganbodypose.core is not allowed to import ganbodypose.skeletons" in done.stdout


@pytest.mark.parametrize("name", ganbodypose.__all__)
def test_every_public_name_resolves(name: str) -> None:
    assert getattr(ganbodypose, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="ganbodypose"):
        _ = ganbodypose.nothing
