"""What a roster is: field catalogue, headers, parsing, Pandera schema, findings."""

# What a pack holds (batch.py). The assessments and honours of a person stand in lists in the person's row of ``rows``.
PACK_TABLES = ("rows", "columns", "findings", "files")
