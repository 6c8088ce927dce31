"""Where are artifacts kept? Each store gives and takes the same bytes under the same digest."""
