"""`--help` and the documents: everything is there, nothing is lost, every command shown exists."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
import typer.main

from ganbodypose import PoseEstimator
from ganbodypose.cli import app

ROOT = Path(__file__).parents[2]
COMMAND = re.compile(r"(?<![\w./-])ganbodypose ((?:[a-z]+\b ?)+)([^`#|\n]*)")


def walk(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    yield name, command
    for inner, one in getattr(command, "commands", {}).items():
        yield from walk(one, f"{name} {inner}".strip())


COMMANDS = dict(walk(typer.main.get_command(app)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_help_that_is_shown_whole(name: str) -> None:
    texts = [COMMANDS[name].help] + [getattr(option, "help", None) for option in COMMANDS[name].params]
    assert all(texts)
    assert not any("[" in text for text in texts), (
        "typer takes words in brackets for markup and leaves them out"
    )


def test_commands_for_everybody_come_first() -> None:
    names = COMMANDS[""].list_commands(None)
    assert names[:3] == ["demo", "run", "live"]
    assert sorted(names) == sorted(name for name in COMMANDS if name and " " not in name)


def test_without_options_commands_do_what_the_estimator_does() -> None:
    wanted = {name: one.default for name, one in signature(PoseEstimator).parameters.items()}
    names = {
        "detector": "detector",
        "mode": "mode",
        "persons": "persons",
        "fov_deg": "fov",
        "height_m": "height",
    }
    for command in ("run", "batch", "live"):
        defaults = {option.name: option.default for option in COMMANDS[command].params}
        shared = {name: option for name, option in names.items() if option in defaults}
        assert len(shared) >= 4
        assert {name: defaults[option] for name, option in shared.items()} == {n: wanted[n] for n in shared}


def shown() -> Iterator[tuple[str, str]]:
    """Place and text of every command in the documents, its lines joined."""
    for path in (ROOT / "README.md", ROOT / "Makefile", *sorted((ROOT / "docs").glob("*.md"))):
        for found in COMMAND.finditer(path.read_text(encoding="utf-8")):
            yield path.name, found[1].strip() + " " + found[2]


def test_commands_in_documents_exist_with_their_options() -> None:
    seen = 0
    for place, text in shown():
        words = text.split()
        if words[0] not in COMMANDS:  # prose
            continue
        name = words[0]
        if len(words) > 1 and f"{name} {words[1]}" in COMMANDS:
            name = f"{name} {words[1]}"
        command = COMMANDS[name]
        if name == "assess":  # the command that is meant where none is named
            command = COMMANDS["assess recordings"]
        known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        unknown = set(re.findall(r"--[a-z0-9-]+", text)) - known
        assert not unknown, f"{place}: {text}"
        seen += 1
    assert seen > 50


@pytest.mark.parametrize("command", ["train --preset live", "export run --name mine", "paper table1"])
def test_a_command_without_its_packages_says_what_to_install(command: str, tmp_path: Path) -> None:
    arguments = [*command.split(), "--data", str(tmp_path), "--out", str(tmp_path / "out")]
    program = "import sys; sys.modules['torch'] = None; from ganbodypose.cli import main; main()"
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith("error: This command needs the package torch: ")
    assert line.endswith('-m pip install "gan-bodypose[train]".')
