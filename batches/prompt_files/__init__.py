"""Files of prompts as people have them: lines, tables, workbooks and JSON.

Bytes come in, a `PromptFile` goes out, and with a person's choices the items of a job.
"""
