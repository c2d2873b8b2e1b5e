"""A policy file: read as plain data, checked, and chosen by its days."""
