"""The interval of a measured share. Imports nothing heavy, so that the client can use it too."""

from math import sqrt

Z_95 = 1.959964  # the normal distribution holds 95 % within this many standard deviations


def wilson_interval(successes, trials):
    """Return the 95 % interval of a share, which stays inside 0 and 1 also for few or perfect trials.

    Parameters
    ----------
    successes, trials : int
        Number of those that went well, and of all: at least one.

    Returns
    -------
    low, high : float
        Bounds of the true share, between 0 and 1.

    References
    ----------
    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of the
    American Statistical Association 22 (1927).
    """
    share = successes / trials
    centre = share + Z_95**2 / (2 * trials)
    spread = Z_95 * sqrt(share * (1 - share) / trials + (Z_95 / (2 * trials)) ** 2)
    scale = 1 + Z_95**2 / trials
    return max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
