"""Target Pythons from the network, when the user allows it, and where they are kept."""
