# SPDX-License-Identifier: Apache-2.0
"""Where the config folder is found."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pinch_core import resources
from pinch_core.errors import PinchError, UnknownNameError
from pinch_core.resources import CONFIG_RESOURCE, config_directory, config_names, find_config, load_gripper


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PINCH_CONFIG_DIR", raising=False)
    monkeypatch.delenv("AMENT_PREFIX_PATH", raising=False)
    monkeypatch.setattr(resources.sys, "path", [])
    monkeypatch.setattr(resources.site, "getsitepackages", list)


def offer(prefix: Path, package: str, folder: str = "share/{}/config") -> Path:
    """Install a package that offers a config folder; the folder."""
    index = prefix / "share" / "ament_index" / "resource_index" / CONFIG_RESOURCE
    index.mkdir(parents=True)
    path = folder.format(package)
    (index / package).write_text(f"{path}\n", encoding="utf-8")
    (prefix / path).mkdir(parents=True)
    return prefix / path


def test_any_package_may_offer_the_config_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = offer(tmp_path, "somebodys_robots", "share/{}/settings")
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    assert config_directory() == folder


def test_an_overlay_comes_before_what_it_lies_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over, under = offer(tmp_path / "over", "z"), offer(tmp_path / "under", "a")
    monkeypatch.setenv(
        "AMENT_PREFIX_PATH", os.pathsep.join(map(str, (tmp_path / "over", tmp_path / "under")))
    )
    assert config_directory() == over
    over.rmdir()
    assert config_directory() == under


def test_the_environment_overrides_what_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offer(tmp_path, "a")
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    monkeypatch.setenv("PINCH_CONFIG_DIR", str(tmp_path / "mine"))
    assert config_directory() == tmp_path / "mine"


def test_without_any_the_remedy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "share").mkdir()
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    with pytest.raises(UnknownNameError, match="source the workspace, or set PINCH_CONFIG_DIR"):
        config_directory()


def test_a_bare_file_name_is_found_in_the_working_folder_first_then_in_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PINCH_CONFIG_DIR", str(tmp_path / "config"))
    shared = tmp_path / "config" / "grippers" / "panda.yaml"
    shared.parent.mkdir(parents=True)
    shared.touch()
    assert find_config("grippers", "panda.yaml") == shared
    assert find_config("grippers", "elsewhere/panda.yaml") == Path("elsewhere/panda.yaml")
    assert find_config("grippers", "unknown.yaml") == Path("unknown.yaml")
    (tmp_path / "panda.yaml").touch()
    assert find_config("grippers", "panda.yaml") == Path("panda.yaml")


def test_a_link_to_a_deleted_file_is_no_name_of_config(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PINCH_CONFIG_DIR", str(tmp_path))
    (tmp_path / "grippers").mkdir()
    (tmp_path / "grippers" / "here.yaml").touch()
    (tmp_path / "grippers" / "deleted.yaml").symlink_to(tmp_path / "nowhere.yaml")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert config_names("grippers") == ["here"]
    for name in ("deleted", "deleted.yaml"):
        with pytest.raises(PinchError, match=r"here|cannot be read"):
            load_gripper(name)
    with pytest.raises(UnknownNameError, match=r"'deleted' is not one of the grippers .* known: here\."):
        load_gripper("deleted")
