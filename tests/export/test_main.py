import pytest

from recognition.export import __main__ as command
from recognition.inference import artifact


def test_writes_the_page_and_prints_its_size(model, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(artifact, "load", lambda name: model)
    assert command.main(["-m", "digits", "-o", str(tmp_path / "digits.html")]) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'digits.html'}: 0.")
    assert [path.name for path in tmp_path.iterdir()] == ["digits.html"]


def test_a_missing_model_is_one_line(capsys, tmp_path):
    assert command.main(["-m", "nothing-like-it", "-o", str(tmp_path / "page.html")]) == 1
    error = capsys.readouterr().err
    assert error.startswith("recognition.export: there is no model 'nothing-like-it'")
    assert error.count("\n") == 1


def test_a_file_that_cannot_be_written_is_one_line_and_leaves_no_half(model, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(artifact, "load", lambda name: model)
    assert command.main(["-o", str(tmp_path / "missing" / "page.html")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_no_file_to_write(tmp_path):
    with pytest.raises(SystemExit) as stopped:
        command.main(["-o", str(tmp_path)])
    assert stopped.value.code == 2
