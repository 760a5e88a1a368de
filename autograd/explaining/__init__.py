"""The chain rule written out: which paths lead from a node to a result, and what flows along each.

``paths`` finds them (all, or the largest of very many), ``names`` gives every node one, ``rules``
says which rule each local derivative comes from.  ``contents`` puts these together, and ``text``,
``mathematics`` (LaTeX) and ``table`` (HTML) write it; ``explain`` is all that users need.
"""

from autograd.explaining.explanation import Explanation, explain

__all__ = ["Explanation", "explain"]
