"""What people look at: the page to draw on, the same as one file, the report; and what a browser may do there."""

import re
import shlex
from threading import Lock

from flask import make_response, render_template, request
from werkzeug.exceptions import NotFound

from recognition.errors import ModelError
from recognition.export.page import render_page
from recognition.options import without_folders
from recognition.page.document import hash_of, page_contents
from recognition.serving.problems import problem

PAGE_POLICY = "img-src 'self' data: blob:; connect-src 'self'; frame-ancestors 'none'"  # besides that of its contents
REPORT_POLICY = "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
NO_REPORT = ("--quick", "--no-report")  # options of training.py that leave it out
KINDS = ["application/problem+json", "application/json", "text/html"]


def add_routes(app, current, settings):
    """Add the page and the report to a Flask application."""
    contents = page_contents()
    facts = {"collecting": settings.collection is not None, "exporting": settings.export}

    @app.get("/")
    def page():
        html = render_template("index.html", **contents, **facts)
        return html, {"Content-Security-Policy": f"{contents['policy']}; {PAGE_POLICY}"}

    @app.get("/report")
    def report():
        model = current()
        if model.report is None:
            return _missing_report(model)
        return model.report, {"Content-Security-Policy": f"{REPORT_POLICY}; style-src {style_hash(model.report)}"}

    if settings.export:
        _add_exported_page(app, current)


def _add_exported_page(app, current):
    """Add the page as one file, which is made once a model."""
    made, lock = {}, Lock()

    @app.get("/page.html")
    def exported_page():
        model = current()
        digest = model.card["sha256"]
        with lock:
            if digest not in made:
                html = _exported(model)
                made.clear()
                made[digest] = html
            html = made[digest]
        name = {"Content-Disposition": f'inline; filename="{model.name}.html"'}
        return html, {"Content-Security-Policy": "frame-ancestors 'none'", **name}  # the rest stands in it


def _exported(model):
    try:
        return render_page(model)
    except ModelError as error:
        raise NotFound(str(error)) from error


def style_hash(html):
    """Return what a Content-Security-Policy must name to allow the style of a report, `'sha256-...'`."""
    return hash_of(STYLE.search(html)[1])


def _missing_report(model):
    """Return a 404 that says how a model gets its report: a page for browsers, a problem for programs."""
    command = _reporting_command(model)
    if request.accept_mimetypes.best_match(KINDS) == "text/html":
        answer = make_response(render_template("no_report.html", name=model.name, command=command), 404)
        answer.headers["Content-Security-Policy"] = REPORT_POLICY
    else:
        options = " or ".join(NO_REPORT)
        answer = problem(
            NotFound(f"this model has no report; training.py writes one, unless {options} is given: {command}")
        )
    answer.vary.add("Accept")
    return answer


def _reporting_command(model):
    """Return the command that trained a model, without the options that leave the report out."""
    words = shlex.split(without_folders(model.card["command"]))
    # argparse takes the beginning of an option for it
    kept = [word for word in words if not (word.startswith("--") and any(name.startswith(word) for name in NO_REPORT))]
    return shlex.join(kept)
