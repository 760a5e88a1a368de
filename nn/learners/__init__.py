"""Other learners by gradient descent: the same three lines find lines, borders, groups and plans.

Loss, gradient, step: nothing in that asks for a network.  Each file here states another loss as a
formula, has a function or two to read and copy, and runs: ``python -m nn.learners.k_means`` prints
what it claims and what it measured.

====================== ======================================= =====================================
file                   its loss                                its steps
====================== ======================================= =====================================
``linear_regression``  mean squared error                      gradient descent as it is
``logistic_regression`` surprise at the classes                with Nesterov's momentum
``linear_svm``         hinge, has kinks                        Pegasos: rates 1, 1/2, 1/3, ...
``k_means``            squared distance to the nearest centre  each centre at its own rate: Lloyd's
``policy_gradient``    -(what is earned), cannot be recorded   Adam, along an estimated gradient
====================== ======================================= =====================================

The gradient is never worked out by hand: all that is written down is the loss.
"""
