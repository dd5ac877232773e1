"""The commands of `nhance-models`, one module for each kind."""
