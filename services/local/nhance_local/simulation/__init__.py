"""What the deployment does under load: a model of its queues, autoscalers and nodes, in SimPy."""
