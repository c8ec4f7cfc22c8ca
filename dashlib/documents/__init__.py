"""What was compiled or found in a file, and how it is read and written."""
