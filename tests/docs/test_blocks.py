"""The runner of pages: what it runs, what it writes, what it refuses."""

import pytest

from docs import blocks


def page_with(tmp_path, text):
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    return page


def test_blocks_run_in_order_in_one_namespace(tmp_path):
    page = page_with(tmp_path, "```python\nx = 2\n```\nwords\n```python\nassert x == 2\n```\n")
    assert blocks.run_page(page, tmp_path) == 2


def test_a_failing_python_block_fails(tmp_path):
    page = page_with(tmp_path, "```python\nassert 1 == 2\n```\n")
    with pytest.raises(AssertionError):
        blocks.run_page(page, tmp_path)


def test_a_wrong_result_at_a_prompt_fails(tmp_path):
    page = page_with(tmp_path, "```python\n>>> 1 + 1\n3\n```\n")
    with pytest.raises(AssertionError, match="Expected"):
        blocks.run_page(page, tmp_path)


def test_a_file_named_in_the_fence_is_written(tmp_path):
    page = page_with(tmp_path, "```csv a/b.csv\nx,y\n1,2\n```\n```console\n$ cat a/b.csv\nx,y\n```\n")
    assert blocks.run_page(page, tmp_path) == 2
    assert (tmp_path / "a/b.csv").read_text() == "x,y\n1,2\n"


def test_output_that_is_not_printed_fails(tmp_path):
    page = page_with(tmp_path, "```console\n$ echo one two\none three\n```\n")
    with pytest.raises(AssertionError, match="the page says"):
        blocks.run_page(page, tmp_path)


def test_output_may_leave_parts_out(tmp_path):
    page = page_with(tmp_path, "```console\n$ echo one two three\none ... three\n```\n")
    assert blocks.run_page(page, tmp_path) == 1


def test_the_exit_code_is_compared(tmp_path):
    wrong = page_with(tmp_path, "```console\n$ false\n```\n")
    with pytest.raises(AssertionError, match="exit 1, not 0"):
        blocks.run_page(wrong, tmp_path)
    assert blocks.run_page(page_with(tmp_path, "```console\n$ false  # exit 1\n```\n"), tmp_path) == 1


def test_a_block_marked_so_is_not_run(tmp_path):
    assert blocks.blocks_of(page_with(tmp_path, "<!-- not run -->\n```console\n$ false\n```\n")) == []
