"""What python-calamine does not tell of workbooks that are made of records: .xls and .xlsb."""
