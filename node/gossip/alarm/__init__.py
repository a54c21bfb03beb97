"""What an operator must hear of, and how."""
