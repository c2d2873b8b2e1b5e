"""What other columns, remarks, rows and sheets say against a cell."""
