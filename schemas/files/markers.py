"""What stands in a grid for a cell whose content the file does not hold. Not blank: a blank 职称 means «no title»."""

UNCALCULATED = "#未计算!"  # a formula that no program ever calculated
LOST_TEXT = "#缺失!"  # a text that the cell names and the file does not have
