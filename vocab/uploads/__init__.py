"""Uploads in two steps: a draft is stored and reported on, then confirmed or deleted.

    file ──save_draft──▶ draft ──read_draft──▶ proposal, conversion ──Report──▶ page
                           ▲                                                      │
                           └──── choices, edits, details of a person ◀────────────┘
                         draft ──confirm──▶ revision

The draft has the uploaded bytes. They are read again for each report and on confirmation, so the
rules and limits of that moment apply.
"""
