"""One thread for BLAS, in whatever process asks for it, and left so.

Matrices here are small: a climb of prices asks for thousands of short sums, a fit for short steps. Threads of BLAS wake
for each, meet and spin: at 100,000 orders they took three times the processor of one, at the complaint model ten times,
and from whatever runs beside. A limit that is set back afterwards would be set back under others who still rely on it.
"""

from threadpoolctl import threadpool_limits


def keep_to_one_thread() -> None:
    """From now on, in this process, for every BLAS that is loaded by now; some milliseconds."""
    threadpool_limits(limits=1, user_api="blas")
