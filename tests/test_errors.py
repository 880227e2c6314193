import pytest

from recognition.errors import RecognitionError, writing


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    path = tmp_path / "no" / "out.csv"
    with pytest.raises(RecognitionError, match=r"out\.csv cannot be written: No such file"), writing(path):
        path.write_text("")
