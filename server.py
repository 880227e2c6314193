"""Serve a trained model over HTTP: POST /prediction, and a page to draw on.

example:
  python server.py -p 5000
  python server.py --host 0.0.0.0 --collect corrected
  python server.py --workers 2 --token-file secret.txt
"""

import signal

from recognition.console import as_exit_code, stop_at_once

if __name__ == "__main__":
    stop_at_once("server.py")
elif __name__ == "__mp_main__":  # a worker: until it serves, Ctrl-C is for the process that will stop it
    signal.signal(signal.SIGINT, signal.SIG_IGN)

import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from recognition.data.collection import make_folder
from recognition.errors import ServiceError
from recognition.inference.live import LiveModel
from recognition.options import Parser, origin, port, positive, token_in
from recognition.servers import builtin, workers
from recognition.serving.admission import Settings
from recognition.serving.application import build_application


def create_app(name="digits", collection=None, token=None, cors=None, allow_hosts=None, export=True):
    """Build the WSGI application of a trained model, for any WSGI server: `server:create_app()`.

    Unless `allow_hosts` are given, that server must refuse requests for other hosts, against DNS rebinding.
    """
    return build_application(LiveModel(name).current, Settings(collection, token, cors, allow_hosts, export))


@as_exit_code("server.py")
def main(argv=None):
    """Load the model, then listen until Ctrl-C or SIGTERM."""
    args = parse(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # until there is something to finish
    if args.workers:
        workers.check()
    if args.collect:
        make_folder(args.collect)
    settings = settings_of(args)
    app = build_application(LiveModel(args.model).current, settings)
    with listen(args.host, args.port) as listener:
        host, port = listener.getsockname()[:2]
        print(f"Serving the model {args.model!r} on {url_of(host, port)} (Ctrl-C stops it)")
        print("\n".join(remarks(host, port, args)), flush=True)
        if not args.workers:
            return builtin.serve(app, listener)
        del app  # the workers make their own
        workers.serve(args.model, settings, listener, args.workers)
    return 0


def parse(argv):
    """Read the command line."""
    parser = Parser(__doc__)
    option = parser.add_argument
    option("-p", "--port", type=port, default=5000, help="port to listen on; 0 takes a free one (default: %(default)s)")
    address = "address to listen on; 0.0.0.0 lets other machines in (default: %(default)s)"
    option("--host", default="127.0.0.1", help=address)
    name = "model to serve, by the name it was trained under (default: %(default)s)"
    option("-m", "--model", default="digits", metavar="NAME", help=name)
    folder = "keep pictures that people correct on the page, for training.py --data FOLDER (default: keep none)"
    option("--collect", type=Path, metavar="FOLDER", help=folder)
    number = "serve by N processes of uvicorn, an extra (default: by the built-in server, for one machine)"
    option("--workers", type=positive, metavar="N", help=number)
    token = "answer only who sends the token that this file holds (default: answer everybody)"
    option("--token-file", type=token_in, metavar="F", help=token)
    site = "let pages of this other site ask, such as https://example.org (default: of none)"
    option("--cors", type=origin, metavar="ORIGIN", help=site)
    host = "further name or address that it is asked under; may be repeated (default: this machine's; with a token all)"
    option("--allow-host", type=str.lower, action="append", default=[], metavar="NAME", help=host)
    alone = "do not give the page as one file with the model in it (default: it can be taken along)"
    option("--no-export", action="store_true", help=alone)
    return parser.parse_args(argv)


def settings_of(args):
    """Return the settings; with a token, which no other site has, every host is answered."""
    hosts = None if args.token_file else (args.host.lower(), *args.allow_host)
    return Settings(args.collect, args.token_file, args.cors, hosts, not args.no_export)


def listen(host, port):
    """Return the listening socket.

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
            f"cannot listen on {host}:{port} ({os.strerror(error.errno)}); choose another port with -p, "
            "or stop the program that holds this one"
        ) from error


def url_of(host, port):
    """Return the address for a browser."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def remarks(host, port, args):
    """Return the lines with what else is worth knowing at the start."""
    lines = []
    if host in ("0.0.0.0", "::") and (address := address_in_network()):
        lines.append(f"A phone in the same network opens {url_of(address, port)}")
    if args.workers:
        lines.append(f"Processes that answer: {args.workers}")
    else:
        lines.append("The built-in server answers: for one machine and a few people; for more, use --workers")
    if host not in ("127.0.0.1", "::1") and not args.token_file:
        lines.append("Everybody who reaches this address may ask; --token-file asks for a token")
    if args.collect:
        lines.append(f"Corrected pictures are kept in {args.collect}")
    return lines


def address_in_network():
    """Return the address of this machine that others in its network see, or None; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # an address of nobody (RFC 5737): the route to it tells
        return probe.getsockname()[0]


if __name__ == "__main__":
    raise SystemExit(main())
