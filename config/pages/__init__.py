"""The pages of what cannot be answered: what happened, what became of what was typed, and the next step (HR-10)."""
