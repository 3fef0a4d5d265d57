"""Batchscope's benches in the user's own interpreter: standard library and the runtime only, Python 3.8 and later."""
