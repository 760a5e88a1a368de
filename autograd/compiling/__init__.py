"""Programs at array speed: matrices for neurons, code without a graph, three back ends."""
