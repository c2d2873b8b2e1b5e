"""Which field, credential or claim each column of a header is: by its words, its place, what stands beside and below it."""
