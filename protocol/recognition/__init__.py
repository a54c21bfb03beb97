"""What institutions say: awards, rules, decisions, and the words for them."""
