"""What is checked of typed rows: each column by Pandera, across columns and rows by SQL."""
