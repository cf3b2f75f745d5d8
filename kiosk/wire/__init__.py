"""How stations and hub write to each other: messages as bytes, and sealed files for a USB stick."""
