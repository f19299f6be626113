"""Real sockets: a client that is not bound to good manners, and the puppet's strings."""
