"""Reading other people's spreadsheets into rows of text, within limits that a hostile file cannot exceed."""
