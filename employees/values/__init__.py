"""The one way in for values: what is typed, imported or taken from a vendor becomes canonical here, or is refused.

Pure functions without tables or clock. ``clean_…`` return the canonical value ("" for an empty text) or raise
ValidationError with a message that never repeats the value; ``…_key`` return what is compared.
"""
