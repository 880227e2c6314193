"""A cluster of two workers, started once for each file of tests, and data of every form."""

import csv

import distributed
import numpy as np
import pytest
from clusters import a_scheduler, workers
from idx_files import encode, write
from PIL import Image
from threadpoolctl import threadpool_limits

from recognition.data import sources
from recognition.engine import connect


@pytest.fixture(scope="module")
def url():
    """The address of a cluster of two workers, which are processes of their own."""
    with a_scheduler() as (_, url), workers(url, 2):
        with distributed.Client(url, timeout=30) as client:
            client.wait_for_workers(2, timeout=30)
        yield url


@pytest.fixture
def cluster(url):
    """The cluster as an engine."""
    with threadpool_limits(2, user_api="blas"), connect(url, 1) as engine:  # not as many threads as a worker has
        engine.client.wait_for_workers(2, timeout=30)
        yield engine


@pytest.fixture(scope="module")
def digits():
    """The images of 0 to 3: few pairs of classes."""
    digits = sources.digits()
    return digits.take(np.flatnonzero(np.isin(digits.labels, list("0123")))[:300])


@pytest.fixture
def places(digits, tmp_path):
    """Forty digits as IDX files, all as a table, and forty as pictures, one of which is broken."""
    images = digits.images[:40] * np.uint8(15)
    write(tmp_path / "emnist-a-train-images-idx3-ubyte.gz", encode(images))
    write(tmp_path / "emnist-a-train-labels-idx1-ubyte.gz", encode(digits.labels[:40].astype(np.uint8)))
    pairs = zip(digits.labels, digits.rows / 16, strict=True)
    rows = [["label", *range(64)], *([label, *row] for label, row in pairs)]
    with (tmp_path / "half.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    for number, (label, image) in enumerate(zip(digits.labels[:40], images, strict=True)):
        (tmp_path / "pictures" / label).mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - image).save(tmp_path / "pictures" / label / f"{number}.png")
    (tmp_path / "pictures" / "0" / "broken.png").write_bytes(b"")
    return tmp_path / "emnist-a", tmp_path / "half.csv", tmp_path / "pictures"
