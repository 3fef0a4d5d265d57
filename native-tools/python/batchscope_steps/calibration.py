"""Calibration data for ONNX Runtime's static quantisation."""
from __future__ import annotations

from typing import Any, Dict, Optional

import numpy
from onnxruntime.quantization import CalibrationDataReader


class FileReader(CalibrationDataReader):
    """One feed from `.npy` files by input name."""

    def __init__(self, files: Dict[str, str]) -> None:
        self._feed: Optional[Dict[str, Any]] = {name: numpy.load(path) for name, path in files.items()}

    def get_next(self) -> Optional[Dict[str, Any]]:
        """The feed once, then nothing."""
        feed, self._feed = self._feed, None
        return feed
