"""The enterprise's own .xlsx, marked in its own package."""
