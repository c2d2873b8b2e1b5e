"""What remarks, comments and columns that are not read say of what a person holds."""
