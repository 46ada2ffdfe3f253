"""What people look at: plots and tables made from evidence."""
