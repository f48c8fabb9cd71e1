"""A first source file for an export that nobody has described yet.

`recognise` tells what kind of file it is (`elsewhere`: what it is instead of an
export), `columns` what its columns hold, `roles` and `moments` who and when,
`grouped` and `single` which columns are answers, `one_answer_a_line` how a long
export names them, `write` writes the source file, and `trial` lands the file
with it.
"""
