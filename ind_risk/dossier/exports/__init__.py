"""What leaves the platform for others to read by machine: register entry, cards, evidence."""
