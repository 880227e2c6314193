from types import SimpleNamespace

import pytest

from recognition.servers import memory


def test_the_c_library_is_told_every_setting(monkeypatch):
    told = {}
    library = SimpleNamespace(mallopt=told.__setitem__)
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: library)
    memory.give_back_large_blocks()
    assert told == memory.SETTINGS


@pytest.mark.parametrize("error", [AttributeError, OSError, TypeError])
def test_where_it_cannot_be_told_the_server_serves_all_the_same(monkeypatch, error):
    def missing(_):
        raise error

    monkeypatch.setattr(memory.ctypes, "CDLL", missing)
    memory.give_back_large_blocks()
