"""Where in a sheet the roster stands, which field each column is, which rows are people."""
