# SPDX-License-Identifier: Apache-2.0
"""Every command and code block in README and docs is one that the code knows.

Commands are parsed by their own parsers, not run: a name, an option, a launch argument, a file or a field of
a goal that does not exist fails here. What no parser of ours can judge says on its line what it needs.
"""

from __future__ import annotations

import ast
import importlib
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from published_topics import NODES, published_topics
from source_tree import ROOT

from pinch_core.cli import __main__ as cli
from pinch_core.cli import settings
from pinch_core.errors import PinchError
from pinch_core.resources import find_config, load_gripper
from pinch_ros.calibration_file import load_calibration

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted(ROOT.glob("src/*/README.md")),
]
PROGRAMS = (
    "./pinch",
    "make",
    "source",
    "export",
    "ros2",
    "rviz2",
    "docker",
    "torchrun",
    "ray",
    "tensorboard",
    "colcon",
    "git",
)
ASSIGNMENT = re.compile(r"^[A-Z][A-Z_]*=\S*$")
# Indented lines that show a folder's files, and drawings in text, are nothing to type.
LISTING = re.compile(r"^DIR/")
NEEDS = re.compile(r"#.*\bneeds \w+")
# Parts of ros2 that no node of ours has to do with.
FOREIGN_VERBS, FOREIGN_PACKAGES = ("security", "daemon", "doctor"), ("tf2_ros",)
# The files of config/ that an option's or a launch argument's value names.
KINDS = {"pinch datagen": "datagen", "pinch train": "training", "pinch finetune": "training"}


@dataclass(frozen=True)
class Block:
    """A code block of a page: an indented one has no language."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


@dataclass(frozen=True)
class Command:
    """A line of a shell block, continued lines joined."""

    place: str
    text: str

    def __str__(self) -> str:
        return f"{self.place} {self.text[:60]}"

    @property
    def words(self) -> list[str]:
        return shlex.split(self.text, comments=True)


def blocks(page: Path) -> list[Block]:
    found, lines, language, start = [], [], None, 0
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = re.match(r"^\s*```(\w*)", line)
        if fence and language is None:
            lines, language, start = [], fence[1] or "text", number
        elif fence:
            found.append(Block(page, start, str(language), "\n".join(lines)))
            language = None
        elif language is not None:
            lines.append(line)
        elif re.match(r"^    \S", line):
            found.append(Block(page, number, "", line.strip()))
    assert language is None, f"{page.name}: the code block of line {start} has no end"
    return found


BLOCKS = [block for page in PAGES for block in blocks(page)]
PYTHON = [block for block in BLOCKS if block.language == "python"]
YAML = [block for block in BLOCKS if block.language == "yaml"]


def _program(line: str) -> str:
    """The first word of a command line after its variables."""
    return next((word for word in line.split() if not ASSIGNMENT.match(word)), "")


def commands() -> list[Command]:
    found = []
    for block in BLOCKS:
        if block.language in ("bash", "sh", "shell") or (
            block.language == "" and _program(block.text).startswith(PROGRAMS)
        ):
            text = block.text.replace("\\\n", " ")
            found += [Command(str(block), line) for line in text.splitlines() if line.strip()]
    return found


def spans() -> list[Command]:
    """Commands within sentences and tables; with a gap, <name> or ..., they are no whole commands."""
    return [
        Command(str(page.relative_to(ROOT)), text)
        for page in PAGES
        for text in re.findall(r"(?<!`)`([^`\n]+)`(?!`)", page.read_text(encoding="utf-8"))
        if text.startswith(("./pinch ", "make ", "ros2 ", "rviz2 "))
        and not re.search(r"<|\.\.\.|=\w*\.\.", text)
    ]


class Parsed(Exception):
    """The options were understood; the command goes no further."""

    def __init__(self, options: Any, program: str) -> None:
        super().__init__()
        self.options, self.program = options, program


def parse_pinch(argv: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command itself parse its words, and stop it there."""
    argv = [word for word in argv if not word.startswith("[") and not word.endswith("]")]
    entry = cli.find_entry_point(cli.COMMANDS, argv[0], "command")
    if argv[0] == "benchmark" and len(argv) > 1 and argv[1] != "all":
        entry, argv = cli.find_entry_point("pinch.benchmarks", argv[1], "benchmark"), argv[1:]
    main = entry.load()
    real = settings.parse

    def parse_only(config: Any, words: Any, program: str, description: str) -> Any:
        raise Parsed(real(config, words, program, description), program)

    for module in list(sys.modules.values()):
        if vars(module).get("parse") is real:
            monkeypatch.setattr(module, "parse", parse_only)
    try:
        with pytest.raises(Parsed) as parsed:
            main(argv[1:])
    finally:
        # What was imported meanwhile got the stand-in for good.
        for module in list(sys.modules.values()):
            if vars(module).get("parse") is parse_only:
                module.parse = real  # type: ignore[attr-defined]
    options, kind = parsed.value.options, KINDS.get(parsed.value.program)
    if kind and getattr(options, "config", None) and not options.config.endswith(".yaml"):
        find_config(kind, options.config)
    gripper = getattr(options, "gripper", None)
    if isinstance(gripper, str) and gripper and not gripper.endswith(".yaml"):
        load_gripper(gripper)


def launch_arguments(name: str) -> set[str]:
    """Arguments of a launch file and of those it includes."""
    tree = ast.parse((ROOT / "launch" / name).read_text(encoding="utf-8"))
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    included = [text for text in texts if text.endswith(".launch.py")]
    own = {
        ast.literal_eval(node.args[0])
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "DeclareLaunchArgument"
    }
    return own.union(*(launch_arguments(text) for text in included))


def check_launch(words: list[str]) -> None:
    package, name, *arguments = words
    assert package == "pinch_bringup"
    assert (ROOT / "launch" / name).is_file(), f"no launch file {name}"
    for argument in arguments:
        if argument == "--show-args":
            continue
        key, assigned, value = argument.partition(":=")
        assert assigned and key in launch_arguments(name), f"{name} has no argument {key}"
        if key == "camera":
            find_config("camera", value)


def check_run(words: list[str]) -> None:
    package, executable, *rest = words
    setup = (ROOT / "src" / package / "setup.py").read_text(encoding="utf-8")
    assert f"{executable} = " in setup, f"{package} installs no {executable}"
    if "--params-file" in rest:
        path = Path(rest[rest.index("--params-file") + 1])
        assert (ROOT / path).is_file(), path


def fill(message: Any, values: dict[str, Any]) -> None:
    """Set fields of a message from YAML; a field that does not exist, or of another type, raises."""
    for field, value in values.items():
        assert field in message.get_fields_and_field_types(), f"{type(message).__name__} has no field {field}"
        if isinstance(value, dict):
            fill(getattr(message, field), value)
        else:
            setattr(message, field, value)


def interface_of(kind: str) -> Any:
    """The type that ``package/action/Name`` or ``package/srv/Name`` stands for."""
    package, folder, name = kind.split("/")
    return getattr(importlib.import_module(f"{package}.{folder}"), name)


def check_call(names: list[str], values: str, part: str) -> None:
    """A goal or a request fits its type, and the node serves that name."""
    server, kind = names
    fill(getattr(interface_of(kind), part)(), yaml.safe_load(values or "{}") or {})
    node, endpoint = server.strip("/").split("/")
    source = next(p for p, n in NODES.items() if n == node)
    text = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src" / source / source).rglob("*.py"))
    assert re.search(rf"\"(~/)?{endpoint}\"", text), f"{node} serves no {endpoint}"


def check_ros2(words: list[str]) -> None:
    flags = [word for word in words if word.startswith("--")]
    match [word for word in words if word not in ("--once", "--feedback", "-f")]:
        case ["launch", *rest]:
            check_launch(rest)
        case ["run", *rest]:
            check_run(rest)
        case ["action", "send_goal", server, kind, *values]:
            check_call([server, kind], "".join(values), "Goal")
        case ["service", "call", server, kind, *values]:
            check_call([server, kind], "".join(values), "Request")
        case ["topic", "echo" | "hz", topic]:
            assert topic in published_topics(), f"nobody publishes {topic}"
        case ["lifecycle" | "param", _, node, *_]:
            assert node.strip("/") in NODES.values() or node.startswith("<"), f"no node {node}"
        case [verb, *_] if verb in FOREIGN_VERBS:
            pass
        case ["bag", "record", *_]:
            known = published_topics()
            for topic in (w for w in words if w.startswith("/")):
                # Attempts are published by the user's own program: see docs/finetune.md.
                assert topic in known or topic.startswith("/attempts/"), f"nobody publishes {topic}"
        case _:
            raise AssertionError(
                f"no rule for 'ros2 {' '.join(words)}' with {flags}: check it, or say what it needs"
            )


def check(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    match command.words:
        case ["./pinch", *argv]:
            parse_pinch(argv, monkeypatch)
        case ["make", *targets]:
            makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
            for target in targets:
                assert "=" in target or re.search(rf"^{target}:", makefile, re.MULTILINE), target
        case ["source", path]:
            assert path == "/opt/ros/jazzy/setup.bash" or (ROOT / path).is_file(), path
        case ["export", *assignments]:
            assert all("=" in assignment for assignment in assignments)
        case ["ros2", *words]:
            check_ros2(words)
        case ["rviz2", "-d", path]:
            assert (ROOT / path).is_file(), path
        case _:
            raise AssertionError(f"no rule for '{command.text}': check it, or say on the line what it needs")


@pytest.mark.parametrize("command", commands(), ids=str)
def test_a_command_is_known_with_all_its_options(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    words = command.words
    while words and ASSIGNMENT.match(words[0]):
        words = words[1:]
    if words and NEEDS.search(command.text) and not words[0].startswith(("./pinch", "make", "ros2")):
        # What a container or another tool starts is ours again.
        start = next((i for i, word in enumerate(words) if word in ("./pinch", "ros2")), len(words))
        words = words[start:]
    if words and words[0] == "ros2" and (words[1] in FOREIGN_VERBS or words[2] in FOREIGN_PACKAGES):
        assert NEEDS.search(command.text), "say on the line what it needs"
    elif words:
        check(Command(command.place, shlex.join(words)), monkeypatch)


@pytest.mark.parametrize("command", spans(), ids=str)
def test_a_command_in_a_sentence_is_known(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        check(command, monkeypatch)
    except (SystemExit, PinchError) as ended:
        # A sentence may leave out what must be given, but name nothing that is not there.
        said = f"{ended} {capsys.readouterr().err}"
        if "is missing" not in said and "equired" not in said:
            raise


def test_every_block_is_of_a_kind_that_is_checked() -> None:
    checked = {command.place for command in commands()} | {str(block) for block in (*PYTHON, *YAML)}
    others = [block for block in BLOCKS if str(block) not in checked and not LISTING.match(block.text)]
    drawings_and_output = {("architecture.md", "text"), ("why_no_grasp.md", "text"), ("check.md", "text")}
    assert {(block.page.name, block.language) for block in others} == drawings_and_output


@pytest.mark.parametrize("block", YAML, ids=str)
def test_a_yaml_block_is_a_calibration(block: Block, tmp_path: Path) -> None:
    (tmp_path / "calibration.yaml").write_text(block.text, encoding="utf-8")
    assert load_calibration(tmp_path / "calibration.yaml").parent


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_a_python_block_compiles_and_its_imports_of_pinch_exist(block: Block) -> None:
    tree = ast.parse(block.text, str(block))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules = [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [(node.module or "", alias.name) for alias in node.names]
        else:
            continue
        for module, name in modules:
            if module.startswith("pinch_"):
                assert not name or hasattr(importlib.import_module(module), name), f"{module} has no {name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name}: {target} does not exist"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("./pinch plam --depth a.npy", "'plam' is not a command"),
        ("./pinch benchmark nothing", "'nothing' is not a benchmark"),
        ("./pinch datagen --config missing --out data", "'missing' is not one of the datagen"),
        ("make pie", "pie"),
        ("source scripts/gone.sh", "gone"),
        ("ros2 launch pinch_bringup sim.launch.py colour:=red", "no argument colour"),
        ("ros2 launch pinch_bringup camera.launch.py camera:=kodak", "'kodak' is not one of the camera"),
        (
            "ros2 action send_goal /grasp_executor/pick_and_place pinch_interfaces/action/PickAndPlace "
            "'{place: {place_area: right}}'",
            "no field place",
        ),
        (
            "ros2 action send_goal /grasp_executor/juggle pinch_interfaces/action/Pick '{}'",
            "serves no juggle",
        ),
        ("ros2 topic echo /grasp_planner/gras", "nobody publishes"),
        ("rm -rf /", "no rule"),
    ],
)
def test_a_wrong_command_is_found(text: str, complaint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises((AssertionError, PinchError), match=re.escape(complaint)):
        check(Command("here", text), monkeypatch)


def test_an_unknown_option_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PinchError, match="--pick is no option of pinch demo; did you mean --picks"):
        check(Command("here", "./pinch demo --pick 10"), monkeypatch)
