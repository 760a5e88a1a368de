"""Layers with PyTorch's names, arguments, parameter names and shapes, a family in each file."""
