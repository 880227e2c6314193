"""Where work runs: threads of this process, or the workers of a Dask cluster."""

from contextlib import contextmanager

from threadpoolctl import threadpool_limits

from recognition.engine.threads import Threads
from recognition.errors import EngineError


@contextmanager
def connect(url, jobs):
    """Yield the engine that the command line asks for.

    Parameters
    ----------
    url : str or None
        Address of a Dask scheduler; "local" for a cluster on this machine; threads if there is none.
    jobs : int
        Number of threads, or of workers of the local cluster.

    Yields
    ------
    engine : Engine
        Threads or a Cluster, ready to work.

    Raises
    ------
    EngineError
        If Dask is not installed, the scheduler does not answer or has no workers, or they are not like this process.
    """
    with threadpool_limits(1, user_api="blas"):  # as on a worker: a thread for each piece of work, which rounds alike
        if url is None:
            yield Threads(jobs)
            return
        try:
            from recognition.engine import cluster  # an extra, and slow to import
        except ImportError as error:
            raise EngineError("--engine needs Dask; install it with: pip install 'dask[distributed]'") from error
        with cluster.connect(url, jobs) as engine:
            yield engine
