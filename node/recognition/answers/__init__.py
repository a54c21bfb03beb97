"""Answers to questions: what is asked, and what each institution says of it."""
