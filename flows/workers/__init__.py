"""Guarded worker processes: their pool, and what one worker and one inbox may take."""
