"""A file as sheets of cells: workbooks of every format and CSV, and what python-calamine does not tell of them."""
