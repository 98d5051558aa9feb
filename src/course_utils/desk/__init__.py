"""The student's desk: working copies of the released chapters, which no update ever spoils.

`merge` decides, without touching a file, what a notebook becomes when a new release meets a student's work; `desk`
applies that to the files, backup first.
"""
