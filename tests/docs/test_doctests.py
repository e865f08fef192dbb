"""Every example in every docstring runs, package by package."""

import doctest
import importlib
import pkgutil

import pytest

import forestall

PACKAGES = sorted(info.name for info in pkgutil.iter_modules(forestall.__path__))
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def modules_of(package):
    module = importlib.import_module(f"forestall.{package}")
    yield module
    for info in pkgutil.walk_packages(getattr(module, "__path__", []), f"{module.__name__}."):
        if not info.name.endswith("__main__"):
            yield importlib.import_module(info.name)


@pytest.mark.parametrize("package", PACKAGES)
def test_examples_of_the_package(package, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    results = {module.__name__: doctest.testmod(module, optionflags=FLAGS) for module in modules_of(package)}
    assert {name: result.failed for name, result in results.items() if result.failed} == {}


def test_examples_of_the_front_door(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(forestall, optionflags=FLAGS).failed == 0
