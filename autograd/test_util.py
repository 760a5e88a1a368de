"""``check_grads`` under the name that HIPS autograd gives it."""

from autograd.gradcheck import NotDifferentiableError, check_grads

__all__ = ["NotDifferentiableError", "check_grads"]
