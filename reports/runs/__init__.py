"""What the runs of a schedule came to, on one page."""
