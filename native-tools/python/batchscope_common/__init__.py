"""What Batchscope's helpers share; run by the user's own interpreter: standard library only, Python 3.8 and later."""
