"""Write the page to draw on as one HTML file with a model in it, which needs no server and no network.

example:
  python -m recognition.export -m digits -o digits.html
"""

from recognition.console import as_exit_code, stop_at_once

if __name__ == "__main__":
    stop_at_once("recognition.export")

from pathlib import Path

from recognition.errors import writing
from recognition.export.page import render_page
from recognition.inference import artifact
from recognition.options import Parser


@as_exit_code("recognition.export")
def main(argv=None):
    """Write the page that the command line names, and print its size; return the exit code."""
    args = parse(argv)
    html = render_page(artifact.load(args.model)).encode()
    with writing(args.output):
        artifact.replace_file(args.output, html)
    print(f"{args.output}: {len(html) / 1e6:.2f} MB, opens in a browser, without a server")
    return 0


def parse(argv):
    """Read the command line."""
    parser = Parser(__doc__, prog="python -m recognition.export")
    option = parser.add_argument
    option("-m", "--model", default="digits", metavar="NAME", help="model to put into it (default: %(default)s)")
    option(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="PAGE.html",
        help="file to write (default: none, it must be given)",
    )
    args = parser.parse_args(argv)
    if args.output.is_dir():
        parser.error(f"-o {args.output} is a folder; name a file in it")
    return args


if __name__ == "__main__":
    raise SystemExit(main())
