"""What a bureau is given: statistics, the page, open tables, signs."""
