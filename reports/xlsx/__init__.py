"""What every workbook of ours is written with."""
