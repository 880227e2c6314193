import pytest

from recognition.engine import versions

VERSIONS = {"python": "3.12.4", "scikit-learn": "1.9.1", "numpy": "2.3.0", "this toolkit": "0123456789ab"}


@pytest.mark.parametrize(
    ("package", "version", "fits"),
    [
        ("python", "3.12.9", True),
        ("python", "3.13.0", False),
        ("scikit-learn", "1.9.2", True),
        ("scikit-learn", "1.10.0", False),
        ("numpy", "2.9.9", True),
        ("numpy", "3.0.0", False),
        ("this toolkit", "0123456789ac", False),
    ],
)
def test_versions_fit_where_their_leading_numbers_agree(package, version, fits):
    assert versions.mismatch(VERSIONS, {**VERSIONS, package: version}) == (None if fits else package)


def test_a_version_that_is_not_told_fits_none_and_others_are_not_looked_at():
    assert versions.mismatch({}, VERSIONS, ["numpy"]) == "numpy"
    assert versions.mismatch({"numpy": "2.0"}, VERSIONS, ["numpy"]) is None


def test_the_versions_of_work_are_those_of_packages_and_a_hash_of_the_code():
    of_work = versions.of_work()
    assert of_work.items() >= versions.of_packages().items()
    assert len(of_work["this toolkit"]) == 12
