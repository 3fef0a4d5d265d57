"""`python PATH/batchscope_bench REQUEST`; the request is described in `request.py`."""
from __future__ import annotations

import os
import sys

_HERE = os.path.dirname(os.path.abspath(__file__))
_ABOVE = os.path.dirname(_HERE)


def _make_importable() -> None:
    """The packages by their names, behind everything of the user's, and nothing of them by bare names."""
    sys.path[:] = [folder for folder in sys.path if os.path.abspath(folder or ".") != _HERE]
    if _ABOVE not in sys.path:
        sys.path.append(_ABOVE)


_make_importable()
_writes_bytecode = sys.dont_write_bytecode
sys.dont_write_bytecode = True  # nothing of ours appears in the installation; the user's modules do as they always do

from batchscope_bench.bench import main  # noqa: E402  the path comes first

sys.dont_write_bytecode = _writes_bytecode

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
