"""Serve a trained model over HTTP: POST /prediction, and a page to draw on.

example:
  python server.py -p 5000
  python server.py --host 0.0.0.0 --collect corrected
"""

import argparse
import socket
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from werkzeug.serving import make_server

from recognition.arguments import port
from recognition.errors import RecognitionError, ServiceError
from recognition.live import LiveModel
from recognition.web import application


def create_app(name="digits", collection=None):
    """Build the WSGI application of a trained model, for any WSGI server: `server:create_app()`."""
    return application.create_app(LiveModel(name).current, collection)


def main(argv=None):
    """Load the model, then listen until Ctrl-C."""
    args = parse(argv)
    try:
        app = create_app(args.model, args.collect and folder_for(args.collect))
        listener = listen(args.host, args.port)
    except RecognitionError as error:
        print(f"server.py: {error}", file=sys.stderr)
        return 1
    with listener:
        host, port = listener.getsockname()[:2]
        server = make_server(host, port, app, threaded=True, fd=listener.fileno())
        print(f"Serving the model {args.model!r} on http://{host}:{port} (Ctrl-C stops it)", flush=True)
        for line in remarks(host, port, args.collect):
            print(line, flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print("Stopped.", file=sys.stderr)
    return 0


def parse(argv):
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "-p",
        "--port",
        type=port,
        default=5000,
        help="port to listen on; 0 takes a free one (default: %(default)s)",
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on; 0.0.0.0 lets other machines in (default: %(default)s)",
    )
    parser.add_argument(
        "-m",
        "--model",
        default="digits",
        metavar="NAME",
        help="model to serve, by the name it was trained under (default: %(default)s)",
    )
    parser.add_argument(
        "--collect",
        type=Path,
        metavar="FOLDER",
        help="keep pictures that people correct on the page, for training.py --data FOLDER (default: keep none)",
    )
    return parser.parse_args(argv)


def listen(host, port):
    """Open the listening socket, or say why not.

    Raises
    ------
    ServiceError
        If the port is taken or may not be used, or the host is not of this machine.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except socket.gaierror as error:
        raise ServiceError(f"there is no host {host}; choose another --host, such as 127.0.0.1") from error
    except OSError as error:
        raise ServiceError(
            f"cannot listen on {host}:{port} ({error.strerror}); choose another port with -p, "
            "or stop the program that holds this one"
        ) from error


def folder_for(path):
    """Make the folder for corrections, or say why not: pathlib.Path.

    Raises
    ------
    ServiceError
        If it cannot be made or written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path):
            return path
    except OSError as error:
        raise ServiceError(f"cannot keep pictures in {path} ({error.strerror}); choose another --collect") from error


def remarks(host, port, collection):
    """Tell what else is worth knowing at the start: list of str."""
    lines = []
    if host in ("0.0.0.0", "::") and (address := address_in_network()):
        lines.append(f"A phone in the same network opens http://{address}:{port}")
    if collection:
        lines.append(f"Corrected pictures are kept in {collection}")
    return lines


def address_in_network():
    """Give the address of this machine that others in its network see, or None; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # an address of nobody (RFC 5737): the route to it tells
        return probe.getsockname()[0]


if __name__ == "__main__":
    raise SystemExit(main())
