"""Checks: everything that is wrong with a crisis, all together, each finding with a code and a page."""

from forestall.checks.codes import Code, codes, explain
from forestall.checks.every import check_crisis

__all__ = ["Code", "check_crisis", "codes", "explain"]
