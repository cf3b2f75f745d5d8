"""What printers say of themselves, in each family's own words, and what that means."""
