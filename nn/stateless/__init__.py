"""What layers compute, as functions of arrays, a family in each file; see ``nn.functional``."""
