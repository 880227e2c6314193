from project import ROOT, run


def test_train_serve_ask(start_server, project):
    pictures = [ROOT / "my_test_images" / f"digit{digit}.png" for digit in range(10)]
    done = run(project / "client.py", "-f", *pictures, "--url", start_server(), cwd="/")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    for digit, (picture, line) in enumerate(zip(pictures, done.stdout.splitlines(), strict=True)):
        assert line.startswith(f"{picture}: {digit}")
