"""`guantong serve`: audits by a schedule."""
