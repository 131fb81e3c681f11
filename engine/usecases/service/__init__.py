"""After-sales tickets: taken in, told apart, timed, worked."""
