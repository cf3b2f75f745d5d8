"""How bytes get to a printer: network, USB device file, serial line, a spooler, a file. None knows what they say."""
