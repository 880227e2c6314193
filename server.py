"""Serve a trained model over HTTP: POST /prediction, and a page that says how to ask.

example:
  python server.py -p 5000
"""

import argparse
import socket
import sys

from werkzeug.serving import make_server

from recognition import artifact, web
from recognition.errors import RecognitionError, ServiceError


def create_app(name="digits"):
    """Build the WSGI application of a trained model, for any WSGI server: `server:create_app()`."""
    return web.create_app(artifact.load(name))


def main(argv=None):
    """Load the model, then listen until Ctrl-C."""
    args = parse(argv)
    try:
        app = create_app(args.model)
        listener = listen(args.host, args.port)
    except RecognitionError as error:
        print(f"server.py: {error}", file=sys.stderr)
        return 1
    with listener:
        host, port = listener.getsockname()[:2]
        server = make_server(host, port, app, threaded=True, fd=listener.fileno())
        print(f"Serving the model {args.model!r} on http://{host}:{port} (Ctrl-C stops it)", flush=True)
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
    return parser.parse_args(argv)


def port(text):
    """Read a port number from the command line."""
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text} is no port; choose one from 0 to 65535")
    return number


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


if __name__ == "__main__":
    raise SystemExit(main())
