"""After-sales: what buyers complain of, how to make good, which complaints are one problem. No I/O, no clock."""
