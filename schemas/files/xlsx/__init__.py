"""What python-calamine does not tell of an .xlsx, read from its package."""
