"""The django-q2 processes of a batch worker: how they end, and how a standstill is seen."""
