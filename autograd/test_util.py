"""``check_grads`` under the name that HIPS autograd gives it."""

from autograd.gradcheck import check_grads

__all__ = ["check_grads"]
