"""Train a network made of scalars on real data, and see its computation graph.

    python -m nn.demo                     # iris
    python -m nn.demo moons --epochs 40 --out moons-output
    python -m nn.demo digits --save digits.npz      # and, later, or after Ctrl-C:
    python -m nn.demo digits --resume digits.npz --epochs 12
    python -m nn.demo moons --diagnose    # what goes on inside, and what goes wrong
    python -m nn.demo digits --no-compile # one scalar after the other, for comparison

What it does is in ``__main__``; ``options`` are the command line, ``report`` the page it writes.
"""
