"""Import of history from files: read as streams, judged row by row, stored in batches.

`opening` (bytes to lines) > `reading` (lines to records) > `mapping` (which column is what) >
`values`, `fields` (cells to figures) > `rows` (records to rows) > `work` (rows to the store).
"""
