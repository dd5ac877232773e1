"""Messages of nhance, and those that a client of TensorFlow Serving needs."""
