"""What was typed into a form that could not be taken any more, until its author has signed in again (HR-10)."""
