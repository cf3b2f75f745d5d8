"""People: windows, screens and widgets. They show what services answer and never touch storage."""
