"""The reference page of all operations, generated: ``python -m autograd.reference``.

``page.py`` puts it together, ``examples.py`` calls the rules of array operations, ``kinks.py``
lists kinks, and ``words.py`` holds what is said in words.  ``import autograd`` does not load this.
"""

from autograd.reference.page import page

__all__ = ["page"]
