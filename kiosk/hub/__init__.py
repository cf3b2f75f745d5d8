"""The hub: where stations meet. Routes, its database, and who may speak with it."""
