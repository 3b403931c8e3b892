"""Import and export of absences, on the machinery of ``employees.transfer``."""
