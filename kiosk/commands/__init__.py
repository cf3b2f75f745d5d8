"""The shell: one file a command. Everything the window can do for data can be done here too."""
