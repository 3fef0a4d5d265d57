"""Batchscope's export and conversion of models, run by the user's own interpreter: standard library and the tools themselves, Python 3.8 and later."""
