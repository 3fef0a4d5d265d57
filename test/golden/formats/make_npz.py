"""Writes npz.json: archives by NumPy, stored and deflated. Run in a venv with numpy: python make_npz.py (in this folder)."""
import base64
import io
import json

import numpy as np

arrays = {
    "x": np.arange(6, dtype=np.float32).reshape(2, 3),
    "ids/of words": np.array([1, 2, 3], dtype=np.int64),
}


def packed(save):
    out = io.BytesIO()
    save(out, **arrays)
    return base64.b64encode(out.getvalue()).decode()


with open("npz.json", "w") as file:
    json.dump({"made_with": f"numpy {np.__version__}", "stored": packed(np.savez), "deflated": packed(np.savez_compressed)}, file, indent=1)
    file.write("\n")
