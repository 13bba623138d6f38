"""The pages /lists/ and /uploads/ for logged-in users: their wordlists, and uploads of new ones.

The admin has the same two upload pages, as subclasses of `UploadView` and `DraftView`.
"""
