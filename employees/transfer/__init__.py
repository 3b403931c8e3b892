"""Import and export of people: one declaration of columns (``columns``) that both directions and the docs read."""
