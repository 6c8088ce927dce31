"""What can be typed? A file per noun: options in, one call, one document out."""
