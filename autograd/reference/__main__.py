"""``python -m autograd.reference > docs/operations.md``"""

import sys

from autograd.reference.page import page

if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(page())
