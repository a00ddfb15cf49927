"""What the notebooks of *One CNN, Every Framework* share. It imports no deep learning framework."""
