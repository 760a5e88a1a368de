"""What one can do with a tensor as with NumPy's arrays: methods, and NumPy's own functions."""
