"""From a batch of files to typed rows, one row a person, with findings beside them."""
