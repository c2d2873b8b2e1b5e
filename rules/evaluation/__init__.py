"""A policy applied to people's facts, in SQL."""
