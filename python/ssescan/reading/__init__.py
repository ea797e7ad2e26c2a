"""Reading a stream: sources, the scanner, readers, and how a stream ends."""
