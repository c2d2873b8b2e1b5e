"""Policies as data, and the SQL that applies them."""
