"""What every nhance service shares: settings, logs, errors, metrics, stores and the queue."""
