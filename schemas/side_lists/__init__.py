"""Lists that a bureau gives beside the rosters."""
