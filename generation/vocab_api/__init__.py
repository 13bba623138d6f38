"""/v1/vocab: texts of any origin against the words of a list. No model is used."""
