"""The tables that may be published."""
