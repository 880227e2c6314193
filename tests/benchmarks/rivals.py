"""What people would use to serve a model: each written as its quick start tells, and this project's own server."""

import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PORT = 7300
OF_OURS = """
import sys
sys.path.insert(0, {root!r})
import numpy as np
from recognition.inference import artifact
model = artifact.load({name!r})
def predict(instances):
    rows = np.array(instances, dtype=float)
    return {{"model": model.name, "predictions": [one.as_dict() for one in model.recognizer.predict(rows)]}}
"""
OF_SVC = """
import joblib
model = joblib.load({svc!r})
def predict(instances):
    return {{"predictions": model.predict(instances).tolist()}}
"""
FLASK = """
from flask import Flask, request
from model import predict
app = Flask(__name__)
@app.post("/prediction")
def prediction():
    return predict(request.get_json()["instances"])
"""
FASTAPI = """
from fastapi import FastAPI
from pydantic import BaseModel
from model import predict
class Question(BaseModel):
    instances: list[list[float]]
app = FastAPI()
@app.post("/prediction")
async def prediction(question: Question):
    return predict(question.instances)
"""
LITSERVE = """
import litserve
class API(litserve.LitAPI):
    def setup(self, device):
        from model import predict
        self.answer = predict
    def decode_request(self, request):
        return request["instances"]
    def predict(self, instances):
        return self.answer(instances)
    def encode_response(self, output):
        return output
if __name__ == "__main__":
    api = API(api_path="/prediction")
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device={workers})
    server.run(port={port}, generate_client_file=False)
"""
BENTOML = """
import bentoml
@bentoml.service(workers={workers})
class Recognition:
    def __init__(self):
        from model import predict
        self.answer = predict
    @bentoml.api(route="/prediction")
    def prediction(self, instances: list[list[float]]) -> dict:
        return self.answer(instances)
"""


@dataclass
class Rival:
    """A way to serve a model: how to install, write and start it."""

    name: str
    workers: int
    venv: str
    packages: tuple
    app: str
    command: str
    port: int = 0
    process: subprocess.Popen = None
    cold: float = 0.0
    memory: float = 0.0
    results: dict = field(default_factory=dict)  # (rows, connections): list of (requests a second, p50, p99)


def rivals():
    """Return all of them, with a port each."""
    ours = f"{{python}} {ROOT / 'server.py'} -p {{port}} -m {{name}}"
    all_rivals = [
        Rival("this, built-in", 0, "", (), "", ours),
        Rival("this, 1 worker", 1, "", (), "", f"{ours} --workers 1"),
        Rival("this, 2 workers", 2, "", (), "", f"{ours} --workers 2"),
        Rival("Flask's own server", 0, "flask", ("gunicorn",), FLASK, "{bin}/flask run -p {port}"),
    ]
    for n in (1, 2):
        plural = "s" if n > 1 else ""
        gunicorn = f"{{bin}}/gunicorn -w {n} -b 127.0.0.1:{{port}} app:app"
        fastapi = f"{{bin}}/fastapi run app.py --host 127.0.0.1 --port {{port}} --workers {n}"
        bentoml = "{bin}/bentoml serve app:Recognition --host 127.0.0.1 -p {port}"
        all_rivals += [
            Rival(f"Flask, gunicorn, {n} worker{plural}", n, "flask", ("gunicorn",), FLASK, gunicorn),
            Rival(f"FastAPI, uvicorn, {n} worker{plural}", n, "fastapi", ("fastapi[standard]",), FASTAPI, fastapi),
            Rival(f"LitServe, {n} worker{plural}", n, "litserve", ("litserve",), LITSERVE, "{bin}/python app.py"),
            Rival(f"BentoML, {n} worker{plural}", n, "bentoml", ("bentoml",), BENTOML, bentoml),
        ]
    for number, rival in enumerate(all_rivals):
        rival.port = PORT + number
    return all_rivals
