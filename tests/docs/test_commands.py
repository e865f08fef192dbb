"""Every command is on a page and says what it does."""

from pathlib import Path

import pytest

from forestall.cli.docs import all_commands, commands_page

ROOT = Path(__file__).parents[2]


def test_the_page_of_commands_is_current():
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == commands_page(), "run `make docs-tables`"


@pytest.mark.parametrize("name", sorted(all_commands()))
def test_the_command_and_its_options_say_what_they_do(name):
    one = all_commands()[name]
    assert (one.help or "").strip()
    options = [param for param in one.params if param.name != "help" and param.param_type_name == "option"]
    assert [param.name for param in options if not param.help] == []
