"""What notes of one log say together: settled, unresolved, or two histories."""
