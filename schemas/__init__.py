"""What a roster is: field catalogue, headers, parsing, Pandera schema, findings."""
