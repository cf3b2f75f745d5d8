"""Speaking with the hub and with other stations: connections, rounds, and when to try again."""
