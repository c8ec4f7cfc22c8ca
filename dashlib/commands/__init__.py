"""One file a command: thin, and imported when the command runs."""
