"""`ganbodypose models`: the files that are fetched on first use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ganbodypose.cli.common import Json, app
from ganbodypose.io.text import as_json_text

if TYPE_CHECKING:
    from ganbodypose.detect.weights import Asset

models = typer.Typer(
    help="The files fetched on first use: detector weights, demo video.", no_args_is_help=True
)
app.add_typer(models, name="models")


@models.command("list")
def models_list(as_json: Json = False) -> None:
    """What can be fetched, from where, and whether it is here."""
    from ganbodypose.detect.weights import cached_path, list_models

    assets = [(asset, cached_path(asset.name)) for asset in list_models()]
    if as_json:
        print(as_json_text({"models": [_model_json(asset, path) for asset, path in assets]}))
        return
    for asset, path in assets:
        size = f"{asset.size_bytes / 1e6:.1f} MB"
        source = f"{asset.package.licence:14}{asset.package.title:32}"
        print(f"{asset.name:22}{size:>9}  {source}{path or 'not fetched yet'}")


def _model_json(asset: Asset, path: Path | None) -> dict[str, str | int | None]:
    return {
        "name": asset.name,
        "size_bytes": asset.size_bytes,
        "licence": asset.package.licence,
        "package": asset.package.title,
        "sha256": asset.sha256,
        "path": str(path) if path else None,
    }


@models.command("pull")
def models_pull(
    names: Annotated[list[str] | None, typer.Argument(help="What to fetch (without it everything).")] = None,
) -> None:
    """Fetch weights and the demo video into the user's cache."""
    from ganbodypose.detect.weights import list_models, weights_path

    for name in names or [asset.name for asset in list_models()]:
        print(f"{name}  {weights_path(name)}")


@models.command("path")
def models_path(name: Annotated[str, typer.Argument(help="One of `ganbodypose models list`.")]) -> None:
    """Print where a file lies; fetch it first if need be."""
    from ganbodypose.detect.weights import weights_path

    print(weights_path(name))
