"""What the tests share: servers, clocks, ready-made values."""
