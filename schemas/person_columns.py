"""Where the columns of a person stand, as SQL: those of his sheet; or, in a sheet whose tables have other columns each, those of his own table."""

SHEETS = -1  # in columns_of: the columns are the sheet's; else it is the pid of whose own they are


def columns_of(own_columns: str, pid: str) -> str:
    """By which columns_of the columns of a person are found."""
    return f"CASE WHEN {own_columns} IS NULL THEN {SHEETS} ELSE {pid} END"


def person_columns(file: str, columns: str, people: str) -> str:
    """The query of ``file``, sheet, columns_of, name, letter, header from a table of columns and one of people with own_columns; ``file`` names the file in both."""
    return f"""
        SELECT {file}, sheet, {SHEETS} AS columns_of, name, letter, header FROM {columns}
        UNION ALL SELECT {file}, sheet, pid, own.name, own.letter, own.header
        FROM (SELECT {file}, sheet, pid, unnest(own_columns) AS own FROM {people} WHERE own_columns IS NOT NULL)"""
