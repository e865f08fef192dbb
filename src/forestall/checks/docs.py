"""The page of all findings, made from their codes and pages: ``python -m forestall.checks.docs``."""

from pathlib import Path

from forestall.checks.codes import Code, codes, explain
from forestall.core.files import write_atomic

_HEAD = """\
# Findings

Made from the codes and their pages by `make docs-tables`; do not edit by hand. `forestall explain CODE`
prints one of them.

**Errors** (E) stop a run. **Warnings** (W) do not, but a person should look. **Notes** (N) say what was
mended on reading. All findings come together, each with table, line, column, value, what was expected
and the nearest valid name. The line is that of the file, the header being line 1.
"""


def checks_page() -> str:
    """Return the page of all findings, in Markdown.

    Examples
    --------
    >>> checks_page().splitlines()[0]
    '# Findings'
    """
    rows = "\n".join(_row(code) for code in codes().values())
    pages = "\n".join(explain(code).replace("\n## ", "\n### ").replace("# ", "## ", 1) for code in codes())
    return f"{_HEAD}\n| code | severity | title |\n|---|---|---|\n{rows}\n\n{pages}"


def _row(code: Code) -> str:
    anchor = f"{code.code} {code.title}".lower().replace(" ", "-").replace(".", "").replace(",", "")
    return f"| [{code.code}](#{anchor}) | {code.severity} | {code.title} |"


if __name__ == "__main__":
    write_atomic(Path("docs/checks.md"), checks_page())
