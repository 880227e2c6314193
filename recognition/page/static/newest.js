// Answer the newest question only: one is under way at a time, and one that comes meanwhile is asked after it.
export function newest(work) {
  let running = false, again = false, stop;
  return async (urgent = false) => {
    if (running) {
      again = true;
      if (urgent) stop.abort();
      return;
    }
    running = true;
    try {
      do {
        again = false;
        stop = new AbortController();
        await work(stop.signal).catch(error => {
          if (error.name !== "AbortError") throw error;
        });
      } while (again);
    } finally {
      running = false;
    }
  };
}
