"""Parts of screens. A widget shows what it is given and says what was pressed."""
