"""The law read a second time, to hold the rules against."""
