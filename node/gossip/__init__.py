"""Partners: mirror their logs and compare what everybody saw."""
