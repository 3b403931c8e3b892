"""An app for worker processes that play a machine each: which of them did what is written down in its ``VAR_DIR``.

The file ``worked`` there gets a line per piece of work, ``"<verb> <queue>"``. While a file ``hold`` stands there,
comparisons wait at their beginning.
"""
