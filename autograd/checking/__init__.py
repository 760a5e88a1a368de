"""What ``check_grads`` is made of: do modes agree, who is guilty, what to say about it."""
