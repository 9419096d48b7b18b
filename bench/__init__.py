"""What a recording costs: time, memory, bytes of state and requests, as ratios measured in one run."""
