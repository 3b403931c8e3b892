"""`python -m integrations.sandbox --port N`: the sandbox without Django."""

import argparse

from integrations.sandbox.server import serve_until_told


def main() -> None:
    parser = argparse.ArgumentParser(prog="integrations.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--seed-people", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    serve_until_told(host=options.host, port=options.port, people=options.seed_people, seed=options.seed)


if __name__ == "__main__":
    main()
