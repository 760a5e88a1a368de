"""Saving and loading: weights, and whole states of training, in files that hold no code.

- ``atomic.py``: a file is written whole or not at all;
- ``trees.py``: what is saved, as arrays and one text;
- ``npz.py``, ``tensors.py``: the two formats, NumPy's and safetensors;
- ``files.py``: ``save`` and ``load``.
"""
