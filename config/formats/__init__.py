"""How dates read, where Django's own way for a language would be misread by the people who use the hub."""
