"""A linter for trainings: mistakes that raise no error, found in the graph and the gradients."""

from nn.linting.linter import CODES, Linter, lint
from nn.linting.warning import LintWarning

__all__ = ["CODES", "LintWarning", "Linter", "lint"]
