"""What a roster is: field catalogue, headers, parsing, Pandera schema, findings."""

# What a pack holds (batch.py). The assessments and honours of a person stand in lists in the person's row of ``rows``.
PACK_TABLES = ("rows", "columns", "findings", "files")


class UserError(Exception):
    """What the user has given can't be used; the message, in Chinese, says why. A command shows it and ends with status 2."""
