"""What platforms take for a broken promise, how likely one breaks, what hours and queues allow; all knobs. Pure."""
