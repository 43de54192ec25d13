"""What a wheel is and holds, and whether it is accepted. A part of the proposal."""
