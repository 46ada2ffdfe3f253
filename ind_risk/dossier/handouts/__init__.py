"""What inspectors get beside a list: a page to read and a workbook to fill in and hand back."""
