"""What does one participant have? Its samples, how they are split, and how public ones are shared out."""
