"""Fuzzing: what reads other people's texts never fails but with its own error, and always ends."""
