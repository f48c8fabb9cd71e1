"""A first source file for an export that nobody has described yet.

`recognise` tells what kind of file it is (or what it is instead of an
export), `columns` what its columns hold, `roles` and `moments` who and when,
`questionnaires` which columns are answers, `write` the source file, and
`trial` lands the file with it.
"""
