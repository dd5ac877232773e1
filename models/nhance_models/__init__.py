"""The networks of nhance: architectures, training, evaluation, export."""
