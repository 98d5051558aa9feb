"""The instructor's side: building chapters, and grading them."""
