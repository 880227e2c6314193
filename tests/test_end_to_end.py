from project import ROOT, run


def test_train_serve_ask(start_server, project):
    url = start_server()
    for digit in range(10):
        picture = ROOT / "my_test_images" / f"digit{digit}.png"
        done = run(project / "client.py", "-f", picture, "--url", url, cwd="/")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"{picture}: {digit}")
        assert done.stderr == ""
