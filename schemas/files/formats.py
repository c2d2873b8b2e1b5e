"""Which files may be rosters, by their suffixes, and how large one may be: known before anything that reads them is imported."""

SUFFIXES = frozenset({".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".csv"})
ARCHIVES = {".zip": "zip", ".rar": "RAR", ".7z": "7z", ".gz": "gzip"}  # suffixes of archives → what they are called
MAX_BYTES = 100_000_000  # of a file
