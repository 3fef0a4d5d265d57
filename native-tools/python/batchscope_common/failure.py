"""Expected failures of a helper."""
from __future__ import annotations

import traceback
from types import TracebackType
from typing import Optional

#: A traceback is cut in its middle beyond this: one message stays one line of bearable length.
MAX_DETAIL_CHARS = 6000

#: In paths of files whose frames tell the user nothing.
_NOT_THE_USERS = ("/batchscope_common/", "/batchscope_capture/", "/batchscope_bench/", "/batchscope_steps/", "runpy", "/importlib/", "<frozen importlib")


class HelperFailed(Exception):
    """
    Ends the helper's work with words the user can act on.

    :param code: what kind of failure, a word of the table in `torch-messages.ts` or `python-bench-messages.ts`
    :param message: the fact
    :param detail: raw evidence, as a traceback
    """

    def __init__(self, code: str, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.detail = shortened(detail)


def shortened(text: str) -> str:
    """Head and tail of a long text."""
    if len(text) <= MAX_DETAIL_CHARS:
        return text
    half = MAX_DETAIL_CHARS // 2
    return f"{text[:half]}\n… {len(text) - 2 * half} characters left out …\n{text[-half:]}"


def summary_of(error: BaseException) -> str:
    """`ValueError: what it said`, the last line of a traceback."""
    return "".join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]


def users_traceback(error: BaseException) -> str:
    """The traceback from the user's first frame on: neither our frames nor runpy's. Without one, what was raised."""
    return shortened("".join(traceback.format_exception(type(error), error, _first_of_user(error.__traceback__))))


def _first_of_user(frames: Optional[TracebackType]) -> Optional[TracebackType]:
    at = frames
    while at is not None:
        path = at.tb_frame.f_code.co_filename.replace("\\", "/")
        if not any(ours in path for ours in _NOT_THE_USERS):
            return at
        at = at.tb_next
    return None


def is_out_of_memory(error: BaseException) -> bool:
    """Of the machine or of a device, as torch's versions say it: an own class since 1.13, words before and on the CPU."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)
