"""Fields of request bodies: their types, and the fields that are accepted without an effect.

The values of one request come in; validated values come out, or an error that names the field.
"""
