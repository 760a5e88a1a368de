"""Functions written down: traced into equations, printed, optimised, differentiated, saved."""
